"""The number of iterations of a loop depends on tensor data.

Export unrolls Python loops: every iteration is captured. A count that is read from a tensor is not known at
export time.

## What to do

Vectorize: compute on the whole tensor instead of row by row. Otherwise, loop over a known size, or use
`torch.while_loop`, which is captured as one operator.

## Before

```python
for _ in range(steps.item()):
    x = self.step(x)
```

## After

```python
def more(i, x):
    return i < steps

def step(i, x):
    return i + 1, self.step(x)

_, x = torch.while_loop(more, step, (torch.zeros_like(steps), x))
```
"""

from __future__ import annotations

from ..model import DataDependent, Finding
from .rule import Case, Rule, library, origins, page, quoted


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, DataDependent) or failure.frame is None or not _iterates(failure):
        return None
    text, place = quoted(failure.frame.text), failure.frame.place
    message = f"the length of {text} is data-dependent: not known at export time"
    hint = "vectorize the loop, or use `torch.while_loop`"
    related = (*origins(failure.symbols, place), *library(failure.frame))
    return Finding("data-dependent-loop", "error", message, place, case.target.name, hint, related)


def _iterates(failure: DataDependent) -> bool:
    frame = failure.frame
    return frame is not None and (
        frame.callee == "range" or (frame.construct == "for" and frame.callee is None)
    )


RULE = Rule("data-dependent-loop", "error", page(__doc__), _explain)
