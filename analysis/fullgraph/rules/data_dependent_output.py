"""An operator whose result cannot be known without the data.

`torch.allclose`, `torch.equal` and the like give a Python bool. Export runs on tensors without data, and
has no symbol to put in its place.

## Before

```python
if torch.allclose(x, y):
    ...
```

## After

```python
same = torch.isclose(x, y).all()   # a tensor, for torch.cond or torch.where
```
"""

from __future__ import annotations

from ..model import Finding, Raised
from .rule import Case, Rule, library, page, quoted

_EXCEPTIONS = ("DataDependentOutputException", "DynamicOutputShapeException")
_INSTEAD = {
    "aten.allclose": "torch.isclose(a, b).all() gives a tensor",
    "aten.equal": "(a == b).all() gives a tensor",
}


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, Raised) or failure.exception.rpartition(".")[2] not in _EXCEPTIONS:
        return None
    operator = failure.operator or first_word(failure.message)
    what = quoted(failure.frame.text) if failure.frame else f"`{operator}`"
    message = f"what {what} gives cannot be known without the data (operator `{operator}`)"
    hint = _INSTEAD.get(operator.removesuffix(".default"), "use an operator that gives a tensor")
    place = case.place(failure.frame)
    return Finding(
        "data-dependent-output", "error", message, place, case.target.name, hint, library(failure.frame)
    )


def first_word(message: str) -> str:
    return (message.split() or ["?"])[0].removesuffix(".default")


RULE = Rule("data-dependent-output", "error", page(__doc__), _explain)
