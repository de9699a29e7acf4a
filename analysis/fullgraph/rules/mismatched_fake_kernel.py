"""A custom operator's fake kernel does not say what the operator really gives.

Export believes the fake kernel. When it promises another dtype, rank or size than the real kernel gives,
the exported program was made for tensors that never come: it fails at run time, or computes something
else.

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
    message = f"the fake kernel of `{failure.operator}` is wrong: {failure.reason}"
    hint = "mend the function registered with register_fake"
    place = case.place(failure.frame)
    return Finding("mismatched-fake-kernel", severity, message, place, case.target.name, hint)


RULE = Rule("mismatched-fake-kernel", "error", page(__doc__), _explain)
