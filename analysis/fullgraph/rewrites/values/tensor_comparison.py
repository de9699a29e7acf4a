"""Compares tensors with an operator that returns a tensor.

`torch.allclose` and `torch.equal` return a Python bool, which is not known at export time.

## Before

```python
same = torch.allclose(x, y, atol=1e-3)
```

## After

```python
same = torch.isclose(x, y, atol=1e-3).all()
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import Raised
from ...python.syntax.names import call_name, method_name
from ...python.syntax.precedence import operand
from ..edit.module import Code, code_of
from ..rewrite import Problem, Proposal, Rewrite, page


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, Raised):
        return
    code, call = found
    if not isinstance(call, ast.Call):
        return
    name = call_name(call.func)
    method = method_name(call)
    torch = code.torch
    if method == "allclose":
        name_only = code.tokens.last(code.span(call.func)[1])
        close = code.edit(code.between(name_only.startpos, name_only.endpos), "isclose")
        end = code.range(call).end
        edits = (close, code.edit(type(code.range(call))(end, end), ".all()"))
        yield Proposal("Use isclose, which returns a tensor", edits)
    elif method == "equal" and (operands := _operands(code, call, name == f"{torch}.equal")):
        yield Proposal("Use ==, which returns a tensor", (code.replaced(call, operands),))


def _operands(code: Code, call: ast.Call, is_function: bool) -> str | None:
    sides = list(call.args)
    if not is_function and isinstance(call.func, ast.Attribute):
        sides.insert(0, call.func.value)
    if len(sides) != 2 or call.keywords:
        return None
    left, right = (operand(code.text(side)) for side in sides)
    return f"({left} == {right}).all()"


REWRITE = Rewrite("tensor-comparison", frozenset({"data-dependent-output"}), page(__doc__), _find)
