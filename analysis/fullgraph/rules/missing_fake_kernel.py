"""A custom operator has no fake kernel.

Export runs the program on fake tensors, which have a dtype and a shape but no data. For a custom operator,
you must define the dtype and shape of the outputs in a fake kernel (also called meta kernel or abstract
implementation).

## Before

```python
@torch.library.custom_op("mylib::scale", mutates_args=())
def scale(x: torch.Tensor, by: float) -> torch.Tensor:
    return native.scale(x, by)
```

## After

```python
@scale.register_fake
def _(x, by):
    return torch.empty_like(x)
```

For a size that depends on tensor data, use `torch.library.get_ctx().new_dynamic_size()`.
"""

from __future__ import annotations

from ..model import Finding, KernelMissing
from .rule import Case, Rule, library, page


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, KernelMissing):
        return None
    message = f"custom operator `{failure.operator}` has no fake kernel: its output shapes are not known at export time"
    hint = f'register one after the operator is defined: `@torch.library.register_fake("{_schema(failure.operator)}")`'
    place = case.place(failure.frame)
    return Finding(
        "missing-fake-kernel", "error", message, place, case.target.name, hint, library(failure.frame)
    )


def _schema(operator: str) -> str:
    namespace, _, name = operator.partition(".")
    return f"{namespace}::{name}"


RULE = Rule("missing-fake-kernel", "error", page(__doc__), _explain)
