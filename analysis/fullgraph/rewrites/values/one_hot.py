"""Compares the labels with all classes, where the data says how many classes there are.

`one_hot` needs a Python int for the number of classes. `torch.arange` takes a symbolic one, and a comparison with it
gives the same vectors. That each label is a class is checked, as `one_hot` does.

## Before

```python
classes = labels.max().item() + 1
return F.one_hot(labels, classes)
```

## After

```python
classes = labels.max().item() + 1
torch._assert_async(((labels >= 0) & (labels < classes)).all(), "a label is no class")
return (labels.unsqueeze(-1) == torch.arange(classes, device=labels.device)).long()
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import DataDependent
from ...python.syntax.literals import is_number
from ...python.syntax.names import call_name, last_name, method_name
from ..edit.lines import put_above
from ..edit.module import Code, code_of
from ..edit.naming import only_value
from ..rewrite import Problem, Proposal, Rewrite, page


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None or not isinstance(problem.failure, DataDependent):
        return
    code, call = found
    statement = code.statement_of(call)
    if not isinstance(call, ast.Call) or last_name(call) != "one_hot" or statement is None:
        return
    given = [*call.args, *(each.value for each in call.keywords if each.arg == "num_classes")]
    if len(given) != 2 or len(given) != len(call.args) + len(call.keywords):
        return
    labels, classes = given
    plain = isinstance(labels, (ast.Name, ast.Attribute)) and isinstance(classes, ast.Name)
    if not plain or not _is_of_greatest(code, classes):
        return
    label, number = code.flat(labels), code.flat(classes)
    asked = f"(({label} >= 0) & ({label} < {number})).all()"
    check = put_above(code, statement, f'{torch}._assert_async({asked}, "a label is no class")')
    text = f"({label}.unsqueeze(-1) == {torch}.arange({number}, device={label}.device)).long()"
    if check is not None:
        yield Proposal("Compare the labels with all classes", (check, code.replaced(call, text)))


def _is_of_greatest(code: Code, classes: ast.expr) -> bool:
    """Whether there is one class more than the greatest label: `int(labels.max()) + 1`. Others may be `-1`, for any."""
    value = only_value(code, classes) if isinstance(classes, ast.Name) else None
    if isinstance(value, ast.Call) and call_name(value) == "int" and len(value.args) == 1:
        value = value.args[0]
    elif (
        isinstance(value, ast.Call) and method_name(value) == "item" and isinstance(value.func, ast.Attribute)
    ):
        value = value.func.value
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add):
        return False
    more, one = (value.left, value.right) if is_number(value.right) else (value.right, value.left)
    greatest = any(isinstance(n, ast.Call) and last_name(n) in ("max", "amax") for n in ast.walk(more))
    return greatest and ast.unparse(one) == "1"


REWRITE = Rewrite("one-hot", frozenset({"data-dependent-guard"}), page(__doc__), _find)
