"""An assert's condition depends on tensor data.

Export captures one program for all inputs; whether the assert holds is known only at run time.
`torch._assert_async` captures the check in the graph; so does `torch._check` for symbolic numbers. (Non-strict
export converts only an `assert` on a number, without a message: `assert n > 0`. Strict export converts asserts
on tensors too, with or without a message.)

## Before

```python
assert (lengths > 0).all(), "empty sequence"
```

## After

```python
torch._assert_async((lengths > 0).all(), "empty sequence")
```
"""

from __future__ import annotations

from ..model import DataDependent, Finding
from ..text.messages import CHECK
from .rule import Case, Rule, library, origins, page, quoted


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, DataDependent) or failure.frame is None or failure.frame.construct != "assert":
        return None
    text, place = quoted(failure.frame.text), failure.frame.place
    message = f"`assert` condition {text} is data-dependent: not known at export time"
    related = (*origins(failure.symbols, place), *library(failure.frame))
    return Finding("data-dependent-assert", "error", message, place, case.target.name, CHECK, related)


RULE = Rule("data-dependent-assert", "error", page(__doc__), _explain)
