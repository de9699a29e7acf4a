"""Does without the condition what changes nothing where the condition is false.

`if mask.any(): x[mask] = 0` asks for the data to save work that costs less than to ask. Without the
question the model exports, and gives the same.

## Before

```python
if x.isnan().any():
    x = torch.nan_to_num(x)
```

## After

```python
x = torch.nan_to_num(x)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..model import DataDependent, Position, Range
from .blocks import header, is_movable, last_line, lines_of
from .code import Code, call_name, code_of
from .cond import branch_of
from .rewrite import Problem, Proposal, Rewrite, page


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, DataDependent):
        return
    code, node = found
    branch = branch_of(code, node)
    if not isinstance(branch, ast.If) or branch.test is not node or branch.orelse:
        return
    if not code.has_own_lines(branch) or not is_movable(code, branch.body):
        return
    if code.source.between(code.range(branch)).startswith("elif"):
        return
    if all(_is_idle(code, branch.test, each) for each in branch.body):
        opened = header(code, code.range(branch.test).end)
        if opened.comment:
            return
        end = last_line(code, branch.body)
        lines = lines_of(code, branch.body, opened, (), code.indent(branch))
        whole = Range(Position(code.range(branch).start.line, 0), Position(end, len(code.source.lines[end])))
        edit = code.edit(whole, "\n".join(lines))
        yield Proposal(f"Do it without asking `{code.flat(branch.test)}`", (edit,))


def _is_idle(code: Code, test: ast.expr, statement: ast.stmt) -> bool:
    """Whether a statement changes nothing where the test is false."""
    mask = _mask(test)
    if mask is None or not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    said, target, value = code.flat(mask), statement.targets[0], statement.value
    if isinstance(target, ast.Subscript):
        return code.flat(target.slice) == said
    if not isinstance(target, (ast.Name, ast.Attribute)) or not isinstance(value, ast.Call):
        return False
    name, own = _name(value), code.flat(target)
    texts = [code.flat(each) for each in _operands(value)]
    if name == "masked_fill":
        return texts[:2] == [own, said]
    if name == "where":
        return len(texts) == 3 and texts[0] == said and texts[2] == own
    return texts[:1] == [own] and _fits(name, mask, own, code)


def _fits(name: str, mask: ast.expr, own: str, code: Code) -> bool:
    """Operations that leave alone what is in order already: of the same tensor that the mask looks at."""
    about = {code.flat(each) for each in ast.walk(mask) if isinstance(each, (ast.Name, ast.Attribute))}
    return own in about and name in ("nan_to_num", "clamp", "clamp_min", "clamp_max", "clip")


def _mask(test: ast.expr) -> ast.expr | None:
    """`mask` of `mask.any()` and `torch.any(mask)`."""
    if not isinstance(test, ast.Call) or _name(test) != "any" or test.keywords:
        return None
    operands = _operands(test)
    return operands[0] if len(operands) == 1 else None


def _name(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else call_name(node)


def _operands(node: ast.Call) -> list[ast.expr]:
    """The tensor first, whether it stands before the dot or in the brackets."""
    if isinstance(node.func, ast.Attribute) and call_name(node.func.value) not in ("torch", "F"):
        return [node.func.value, *node.args]
    return list(node.args)


REWRITE = Rewrite("unconditional", frozenset({"data-dependent-branch"}), page(__doc__), _find)
