"""How often a loop runs depends on the data.

Export unrolls Python loops: each round is recorded. A count that is read from a tensor is not known when
the program is recorded.

## What to do

Compute on the whole tensor instead of row by row; loop over a size that is known; or use
`torch.while_loop`, which is an operator of the exported program.

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
    message = f"how often the loop over {text} runs depends on the data, and export records each round"
    hint = "compute on the whole tensor, or use torch.while_loop"
    related = (*origins(failure.symbols, place), *library(failure.frame))
    return Finding("data-dependent-loop", "error", message, place, case.target.name, hint, related)


def _iterates(failure: DataDependent) -> bool:
    frame = failure.frame
    return frame is not None and (
        frame.callee == "range" or (frame.construct == "for" and frame.callee is None)
    )


RULE = Rule("data-dependent-loop", "error", page(__doc__), _explain)
