"""torch needs the truth of an expression over a number that only the data can tell.

A number made by `.item()`, or a size made by `nonzero`, a mask or `unique`, is an unbacked symbol: torch
knows its name and not its value. A view, a slice or a broadcast with it has to decide something (is it
1? is it 0? does it divide?) that torch cannot know.

## What to do

Say what you know, on the line after the number is made: `torch._check(n > 0)`,
`torch._check(n <= x.shape[0])`. Give views the sizes that you know instead of -1.

## Before

```python
n = mask.sum().item()
return x[:n].view(n, -1)
```

## After

```python
n = mask.sum().item()
torch._check(n > 1)
torch._check(n <= x.shape[0])
return x[:n].view(n, x.shape[1])
```
"""

from __future__ import annotations

from ..model import DataDependent, Finding
from .rule import Case, Rule, library, origins, page, quoted


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, DataDependent):
        return None
    place = case.place(failure.frame)
    what = quoted(failure.frame.text) if failure.frame else "the model"
    message = f"{what} needs to know {_asked(failure)}, which only the data can tell"
    related = (*origins(failure.symbols, place), *library(failure.frame))
    return Finding("data-dependent-guard", "error", message, place, case.target.name, _hint(failure), related)


def _asked(failure: DataDependent) -> str:
    if failure.asks == "bool":
        return f"whether `{failure.expression}`"
    return f"the {failure.asks} `{failure.expression}`"


def _hint(failure: DataDependent) -> str:
    if failure.frame is not None and failure.frame.callee == "len":
        return "len(…) needs the number itself; .shape[0] stays symbolic"
    if failure.asks != "bool" or not failure.symbols:
        return "keep the number symbolic, or compute with tensors"
    name = failure.symbols[0].name
    return f"say what you know of `{name}` after the line that makes it: torch._check(…)"


RULE = Rule("data-dependent-guard", "error", page(__doc__), _explain)
