"""Removes a branch for the empty case, if the rest of the function handles it.

Eager code often returns early when there is nothing to do. torch operators accept tensors without rows, so
the rest of the function usually returns the same result. The same holds where an `else`, or the rest of a loop's
round, gives what the special case gives without rows: `x[:0]`, `x.new_zeros(0, 4)`.

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
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from ...model import DataDependent, Edit
from ...python.syntax.assignments import assigned
from ...python.syntax.literals import is_zero
from ...python.syntax.names import last_name, method_name
from ..edit.blocks import in_place_of
from ..edit.lines import take_out
from ..edit.module import Code, code_of
from ..rewrite import Problem, Proposal, Rewrite, page

_Way = TypeVar("_Way", list[ast.stmt], ast.expr)


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, DataDependent):
        return
    code, node = found
    asked = code.parents.get(node)
    test = asked if isinstance(asked, ast.UnaryOp) else node
    branch = code.parents.get(test)
    edit = None
    if isinstance(branch, ast.IfExp) and branch.test is test:
        edit = _of_values(code, branch)
    elif isinstance(branch, ast.If) and branch.test is test and not code.is_elif(branch):
        # `elif` is the `if` of an else: taking it out leaves an else without a block.
        edit = _of_ways(code, branch) if branch.orelse else _left_early(code, branch)
    if edit is not None:
        yield Proposal(f"Remove the special case `{code.flat(test)}`", (edit,))


def _left_early(code: Code, branch: ast.If) -> Edit | None:
    """`if n == 0: return …`, and a round of a loop that ends with what its rest does, too."""
    *before, last = branch.body
    # `continue` leaves out a round for which there is nothing to do.
    if not isinstance(last, ast.Return | ast.Continue) or not is_empty(branch.test, code.block_of(branch)):
        return None
    block = code.block_of(branch)
    rest = block[block.index(branch) + 1 :]
    if before and not (isinstance(last, ast.Continue) and _are_done_by(before, rest)):
        return None
    return take_out(code, branch, commented=True)


def _of_ways(code: Code, branch: ast.If) -> Edit | None:
    """`if n > 0: … else: …`, of which one way is for nothing at all."""
    empty, full = _told_apart(branch.test, branch.body, branch.orelse)
    if not empty or not full or not _are_done_by(empty, full):
        return None
    return in_place_of(code, branch, full)


def _of_values(code: Code, choice: ast.IfExp) -> Edit | None:
    """`boxes[keep] if keep.any() else boxes.new_zeros(0, 4)`."""
    empty, full = _told_apart(choice.test, choice.body, choice.orelse)
    if empty is None or full is None or not _has_no_rows(empty) or "#" in code.text(choice):
        return None
    return code.edit(code.bracketed(choice), code.text(full))


def _told_apart(test: ast.expr, body: _Way, orelse: _Way) -> tuple[_Way | None, _Way | None]:
    """What is for nothing at all, and what is for all else."""
    if is_empty(test, []):
        return body, orelse
    return (orelse, body) if _is_full(test) else (None, None)


def _are_done_by(special: Sequence[ast.stmt], rest: Sequence[ast.stmt]) -> bool:
    """Whether a special case gives, without rows, what the rest gives anyway, and does nothing else."""
    given = [_given(each) for each in special]
    anyway = {found[0] for each in rest for node in ast.walk(each) if (found := _given(node))}
    return all(found is not None and found[0] in anyway and _has_no_rows(found[1]) for found in given)


def _given(node: ast.AST) -> tuple[str, ast.expr] | None:
    """What a statement gives, and to what: a name, a list, or the caller."""
    if isinstance(node, ast.Return) and node.value is not None:
        return "return", node.value
    if isinstance(node, ast.Expr) and method_name(node.value) == "append" and len(node.value.args) == 1:  # type: ignore[attr-defined]
        return ast.unparse(node.value.func), node.value.args[0]  # type: ignore[attr-defined]
    return assigned(node) if isinstance(node, ast.stmt) else None


def _has_no_rows(value: ast.expr) -> bool:
    """`x[:0]`, `x.new_zeros(0, 4)`, `torch.tensor([])`; of a tuple or a dict, each of its entries."""
    if isinstance(value, ast.Tuple | ast.Dict):
        parts = value.values if isinstance(value, ast.Dict) else value.elts
        return bool(parts) and all(map(_has_no_rows, parts))
    if isinstance(value, ast.Subscript):
        end = value.slice.upper if isinstance(value.slice, ast.Slice) else None
        return end is not None and is_zero(end)
    if not isinstance(value, ast.Call):
        return False
    name, keywords = last_name(value), {each.arg: each.value for each in value.keywords}
    if name in _OF_VALUES:
        given = value.args[0] if value.args else keywords.get("data")
        return isinstance(given, ast.List) and not given.elts
    if name not in _OF_SIZES:
        return False
    sizes = [*value.args[: 1 if name in _WITH_VALUE else None], *filter(None, [keywords.get("size")])]
    each = [n for size in sizes for n in (size.elts if isinstance(size, ast.Tuple | ast.List) else [size])]
    return any(map(is_zero, each))


_OF_VALUES = frozenset({"tensor", "as_tensor", "new_tensor", "Tensor", "LongTensor", "FloatTensor"})
_WITH_VALUE = frozenset({"full", "new_full"})
_OF_SIZES = _WITH_VALUE | {"zeros", "ones", "empty", "new_zeros", "new_ones", "new_empty"}


def _is_full(test: ast.expr) -> bool:
    """`n > 0`, `n != 0`, `n >= 1`, `mask.any()`."""
    if isinstance(test, ast.Call):
        return last_name(test) in ("any", "numel", "len")
    limits = {ast.Gt: 0, ast.NotEq: 0, ast.GtE: 1}
    return _is_size_against(test, limits)


def is_empty(test: ast.expr, block: list[ast.stmt]) -> bool:
    """`n == 0`, `n < 1`, `not mask.any()`, and `start == end` where the block works on `x[start:end]`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return last_name(test.operand) in ("any", "numel", "len") or isinstance(
            test.operand, (ast.Name, ast.Subscript)
        )
    names = [test.left, *test.comparators] if isinstance(test, ast.Compare) else []
    if isinstance(test, ast.Compare) and all(isinstance(each, ast.Name) for each in names):
        ends = {each.id for each in names if isinstance(each, ast.Name)}
        return isinstance(test.ops[0], ast.Eq) and len(names) == 2 and _is_slice(block, ends)
    return _is_size_against(test, {ast.Eq: 0, ast.LtE: 0, ast.Lt: 1})


def _is_size_against(test: ast.expr, limits: Mapping[type[ast.cmpop], int]) -> bool:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or type(test.ops[0]) not in limits:
        return False
    bound, size = test.comparators[0], test.left
    limit = limits[type(test.ops[0])]
    return isinstance(bound, ast.Constant) and bound.value == limit and not isinstance(size, ast.BinOp)


def _is_slice(block: list[ast.stmt], edges: set[str]) -> bool:
    """Whether something is cut from one of two names to the other."""
    slices = (node for each in block for node in ast.walk(each) if isinstance(node, ast.Slice))
    return any({last_name(n.lower or n), last_name(n.upper or n)} == edges for n in slices)


REWRITE = Rewrite("empty-case", frozenset({"data-dependent-branch"}), page(__doc__), _find)
