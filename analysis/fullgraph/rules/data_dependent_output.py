"""The result of an operator depends on tensor data, and cannot be a symbol.

`torch.allclose`, `torch.equal`, and the like return a Python bool. At export time, tensors hold no data, and
there is no symbol to return instead.

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
    "aten.allclose": "use `torch.isclose(a, b).all()`, which returns a tensor",
    "aten.equal": "use `(a == b).all()`, which returns a tensor",
}


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, Raised) or failure.exception.rpartition(".")[2] not in _EXCEPTIONS:
        return None
    operator = failure.operator or "?"
    what = quoted(failure.frame.text) if failure.frame else f"`{operator}`"
    message = f"the result of {what} depends on tensor data (`{operator}`)"
    hint = _INSTEAD.get(operator.removesuffix(".default"), "use an operator that returns a tensor")
    place = case.place(failure.frame)
    return Finding(
        "data-dependent-output", "error", message, place, case.target.name, hint, library(failure.frame)
    )


RULE = Rule("data-dependent-output", "error", page(__doc__), _explain)
