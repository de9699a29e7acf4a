"""Chooses the kernel of attention by hand, where the data says how many tokens there are.

For tokens that a mask picks (`x[mask].reshape(b, -1, c)`): which kernel computes attention depends on whether there
is any token, which is not known at export. The one that asks nothing, `SDPBackend.MATH`, takes them all. The
exported program calls `scaled_dot_product_attention` as before, and chooses anew when it runs; in eager mode, the
model keeps to this kernel, which holds all scores at once.

## Before

```python
visible = x[mask].reshape(b, -1, c)
return self.block(visible)    # a TransformerEncoderLayer
```

## After

```python
visible = x[mask].reshape(b, -1, c)
with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
    return self.block(visible)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import DataDependent
from ...python.syntax.names import last_name
from ..edit.lines import put_under
from ..edit.module import Code, code_of
from ..rewrite import Problem, Proposal, Rewrite, page

_SINCE = (2, 3)
_ATTENTION = "scaled_dot_product_attention"


def _find(problem: Problem) -> Iterator[Proposal]:
    found, failure = code_of(problem), problem.failure
    if found is None or not isinstance(failure, DataDependent) or problem.torch < _SINCE:
        return
    code, call = found
    torch, statement = code.torch, code.statement_of(call)
    asks_for_none = failure.asks == "bool" and failure.expression.endswith(" == 0")
    if torch is None or not asks_for_none or not _may_attend(code, call):
        return
    if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr)):
        kernel = f"{torch}.nn.attention.SDPBackend.MATH"
        edit = put_under(code, [statement], f"with {torch}.nn.attention.sdpa_kernel({kernel}):")
        if edit is not None:
            yield Proposal("Compute attention with the kernel SDPBackend.MATH", (edit,))


def _may_attend(code: Code, call: ast.expr) -> bool:
    """Whether it is a call of attention, or of a module: `self.block(x)`, `block(x)` for each of several."""
    if not isinstance(call, ast.Call):
        return False
    if last_name(call) == _ATTENTION:
        return True
    called: ast.expr = call.func
    while isinstance(called, ast.Subscript):
        called = called.value
    if isinstance(called, ast.Attribute):
        return isinstance(called.value, ast.Name) and called.value.id != code.torch
    return isinstance(called, ast.Name)


REWRITE = Rewrite("math-attention", frozenset({"data-dependent-guard"}), page(__doc__), _find)
