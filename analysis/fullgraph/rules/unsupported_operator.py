"""An operator that export cannot take.

Fake tensors have no kernel for it: an operator of sparse, quantised or nested tensors, one that is not
implemented for this dtype or device, or one that reads memory directly.

## What to do

Use another operator that computes the same, or wrap the call into a custom operator with a fake kernel
(`torch.library.custom_op` and `register_fake`): export then records it as one node.

## Before

```python
return torch.sparse.mm(self.adjacency, x)
```

## After

```python
return self.adjacency.to_dense() @ x
```
"""

from __future__ import annotations

from ..model import Finding, Raised
from .export_error import UNSOLVED
from .rule import Case, Rule, first_sentence, library, page, quoted

_EXCEPTIONS = ("UnsupportedOperatorException", "NotImplementedError", "UnsupportedFakeTensorException")


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, Raised) or failure.exception.rpartition(".")[2] not in _EXCEPTIONS:
        return None
    if UNSOLVED in failure.message:
        return None
    if "quantized nyi in meta tensors" in failure.message:
        message = (
            "a parameter or an input is a quantized tensor, which torch cannot stand in for while it traces"
        )
        hint = "export with plain tensors, and quantize the exported program (pt2e)"
        where = case.target.model.place if failure.frame is None else failure.frame.place
        return Finding("unsupported-operator", "error", message, where, case.target.name, hint)
    what = quoted(failure.frame.text) if failure.frame else "the model"
    operator = f"operator `{failure.operator}`" if failure.operator else first_sentence(failure.message)
    message = f"{what} cannot be exported: {operator}"
    hint = "use another operator, or wrap it into a custom operator with a fake kernel"
    place = case.place(failure.frame)
    return Finding(
        "unsupported-operator", "error", message, place, case.target.name, hint, library(failure.frame)
    )


RULE = Rule("unsupported-operator", "error", page(__doc__), _explain)
