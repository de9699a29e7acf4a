"""The fake kernel of a custom operator does not match the real kernel.

Export trusts the fake kernel. If the fake kernel returns a different dtype, rank, or size than the real
kernel, the exported program is built for the wrong tensors: it fails at run time, or computes something else.

## Before

```python
@pool.register_fake
def _(x):
    return torch.empty_like(x)
```

## After

```python
@pool.register_fake
def _(x):
    return x.new_empty(x.shape[0], x.shape[1] // 2)
```
"""

from __future__ import annotations

from ..model import Finding, KernelMismatch, Severity
from .rule import Case, Rule, page


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, KernelMismatch):
        return None
    # A program that exports all the same is not stopped, but wrong.
    severity: Severity = "warning" if case.facts.exported else "error"
    message = f"the fake kernel of `{failure.operator}` does not match the real kernel: {failure.reason}"
    hint = "fix the function registered with `register_fake`"
    place = case.place(failure.frame)
    return Finding("mismatched-fake-kernel", severity, message, place, case.target.name, hint)


RULE = Rule("mismatched-fake-kernel", "error", page(__doc__), _explain)
