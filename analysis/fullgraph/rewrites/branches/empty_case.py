"""Removes a branch for the empty case, if the rest of the function handles it.

Eager code often returns early when there is nothing to do. torch operators accept tensors without rows, so
the rest of the function usually returns the same result.

## Before

```python
keep = torch.nonzero(scores > 0.3).squeeze(1)
if keep.shape[0] == 0:
    return boxes.new_zeros(0, 4)
return boxes[keep]
```

## After

```python
keep = torch.nonzero(scores > 0.3).squeeze(1)
return boxes[keep]
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import DataDependent
from ...python.syntax.names import last_name
from ..edit.lines import take_out
from ..edit.module import code_of
from ..rewrite import Problem, Proposal, Rewrite, page


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, DataDependent):
        return
    code, node = found
    asked = code.parents.get(node)
    test = asked if isinstance(asked, ast.UnaryOp) else node
    statement = code.parents.get(test)
    if not isinstance(statement, ast.If) or statement.test is not test or statement.orelse:
        return
    # `continue` leaves out a round for which there is nothing to do.
    leaving = (ast.Return, ast.Continue)
    if (
        not isinstance(statement.body[-1], leaving)
        or len(statement.body) != 1
        or not is_empty(test, code.block_of(statement))
    ):
        return
    # `elif` is the `if` of an else: taking it out leaves an else without a block.
    if not code.is_elif(statement) and (edit := take_out(code, statement, commented=True)):
        yield Proposal(f"Remove the special case `{code.flat(test)}`", (edit,))


def is_empty(test: ast.expr, block: list[ast.stmt]) -> bool:
    """`n == 0`, `n < 1`, `not mask.any()`, and `start == end` where the block works on `x[start:end]`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return last_name(test.operand) in ("any", "numel", "len") or isinstance(
            test.operand, (ast.Name, ast.Subscript)
        )
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    limit = {ast.Eq: 0, ast.LtE: 0, ast.Lt: 1}.get(type(test.ops[0]))
    bound, size = test.comparators[0], test.left
    if isinstance(bound, ast.Name) and isinstance(size, ast.Name):
        return isinstance(test.ops[0], ast.Eq) and _is_slice(block, {bound.id, size.id})
    return isinstance(bound, ast.Constant) and bound.value == limit and not isinstance(size, ast.BinOp)


def _is_slice(block: list[ast.stmt], edges: set[str]) -> bool:
    """Whether something is cut from one of two names to the other."""
    slices = (node for each in block for node in ast.walk(each) if isinstance(node, ast.Slice))
    return any({last_name(n.lower or n), last_name(n.upper or n)} == edges for n in slices)


REWRITE = Rewrite("empty-case", frozenset({"data-dependent-branch"}), page(__doc__), _find)
