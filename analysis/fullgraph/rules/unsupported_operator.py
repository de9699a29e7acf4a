"""An operator is not supported by torch.export.

Fake tensors have no kernel for it: for example, an operator that makes a nested tensor from a list, or one that
is not implemented for this dtype or device.

## What to do

Use another operator that computes the same, or wrap the call in a custom operator with a fake kernel
(`torch.library.custom_op` and `register_fake`): export then captures it as one node.

## Before

```python
return torch.nested.nested_tensor([x, y]).to_padded_tensor(0.0)
```

## After

```python
return nn.utils.rnn.pad_sequence([x, y], batch_first=True)
```
"""

from __future__ import annotations

from ..model import Finding, Raised
from .rule import Case, Rule, first_sentence, library, page, quoted

_EXCEPTIONS = ("UnsupportedOperatorException", "NotImplementedError", "UnsupportedFakeTensorException")


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, Raised) or failure.exception.rpartition(".")[2] not in _EXCEPTIONS:
        return None
    if failure.said("unsolved guard"):
        return None
    if failure.said("quantized tensor"):
        message = "a parameter or an input is a quantized tensor, which fake tensors do not support"
        hint = "export the float model, then quantize the exported program (PT2E)"
        where = case.target.model.place if failure.frame is None else failure.frame.place
        return Finding("unsupported-operator", "error", message, where, case.target.name, hint)
    what = quoted(failure.frame.text) if failure.frame else "the model"
    reason = f"operator `{failure.operator}`" if failure.operator else first_sentence(failure.message)
    message = f"{what} is not supported by torch.export: {reason}"
    hint = "use another operator, or wrap the call in a custom operator with a fake kernel"
    place = case.place(failure.frame)
    return Finding(
        "unsupported-operator", "error", message, place, case.target.name, hint, library(failure.frame)
    )


RULE = Rule("unsupported-operator", "error", page(__doc__), _explain)
