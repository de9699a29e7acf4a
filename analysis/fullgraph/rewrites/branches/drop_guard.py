"""Removes a condition around operations that have no effect when the condition is false.

`if mask.any(): x[mask] = 0` reads tensor data to save work that is cheaper than the read. Without the
condition, the model exports and computes the same. What the branch itself makes of the mask, such as the mask in
another order or the places where it holds, may stand in between. A part without rows adds none to what `torch.cat`
joins, and padding by the difference of two sizes adds none where they are equal.

## Before

```python
if not x.isfinite().all():
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

from ...model import DataDependent, DimContradicted, Edit, Range
from ...python.binding.liveness import bound_before, read_later
from ...python.syntax.assignments import assigned
from ...python.syntax.literals import is_whole_slice, is_zero
from ...python.syntax.names import call_name, last_name
from ...python.syntax.precedence import Binds, operand
from ..edit.blocks import in_place_of
from ..edit.module import Code, code_of
from ..rewrite import Problem, Proposal, Rewrite, page
from .cond import branch_of
from .idle_clamp import is_idle
from .idle_part import is_idle_part


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, (DataDependent, DimContradicted)):
        return
    code, node = found
    branch = branch_of(code, node)
    if not isinstance(branch, ast.If) or branch.orelse:
        return
    if isinstance(branch.test, ast.BoolOp):
        yield from _asked_less(code, branch, branch.test, node)
        return
    if not _asks_alone(branch.test, node):
        return
    amount = _padded(code, branch)
    if amount is not None or _are_idle(code, branch, branch.test) or is_idle_part(code, branch):
        edit = in_place_of(code, branch, branch.body, amount or ())
        if edit is not None:
            yield Proposal(f"Remove the redundant condition `{code.flat(branch.test)}`", (edit,))


def _asked_less(code: Code, branch: ast.If, test: ast.BoolOp, node: ast.expr) -> Iterator[Proposal]:
    """`if mask is not None and mask.any():` without its last question: what the others ask is asked as before."""
    last = test.values[-1]
    if not isinstance(test.op, ast.And) or not _asks_alone(last, node) or not _are_idle(code, branch, last):
        return
    gone = Range(code.bracketed(test.values[-2]).end, code.bracketed(last).end)
    if "#" in code.source.between(gone):
        return
    edit = code.edit(gone, "")
    yield Proposal(f"Remove the redundant condition `{code.flat(last)}`", (edit,))


def _asks_alone(test: ast.expr, node: ast.expr) -> bool:
    """Whether a test is what was asked for, or its opposite, or a comparison of it with something else."""
    if isinstance(test, ast.Compare):
        return node in (test, test.left)
    return test is node or (isinstance(test, ast.UnaryOp) and test.operand is node)


def _are_idle(code: Code, branch: ast.If, test: ast.expr) -> bool:
    """Whether the statements of a branch change nothing where a test is false."""
    mask = _mask(test)
    if mask is None:
        return False
    said = {_words(code, mask)}
    for statement in branch.body:
        name, value = assigned(statement) or ("", None)
        if value is not None and _is_own(code, branch, name) and _is_none(code, value, said):
            said.add(name)
        elif not _is_idle(code, mask, said, statement):
            return False
    return True


def _is_own(code: Code, branch: ast.If, name: str) -> bool:
    """Whether nobody but the branch knows a name."""
    return name not in bound_before(code, branch) and not read_later(code, branch, [name])


def _is_none(code: Code, value: ast.expr, said: set[str]) -> bool:
    """Whether a value is a mask of nothing, or picks nothing, where those that are `said` are such masks.

    `mask.scatter(1, order, mask)` is the same mask in another order, `order[mask]` are the places where it holds.
    """
    if isinstance(value, ast.Subscript):
        return _words(code, value.slice) in said
    if not isinstance(value, ast.Call):
        return False
    name, words = last_name(value), [_words(code, each) for each in _operands(value)]
    if name == "scatter":
        return len(words) == 4 and {words[0], words[3]} <= said
    return name in ("gather", "take_along_dim", "clone") and words[0] in said


def _is_idle(code: Code, mask: ast.expr, said: set[str], statement: ast.stmt) -> bool:
    """Whether a statement changes nothing where no mask that is `said` holds anywhere."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    target, value = statement.targets[0], statement.value
    if isinstance(target, ast.Subscript):
        return _words(code, target.slice) in said
    if not isinstance(target, (ast.Name, ast.Attribute)) or not isinstance(value, ast.Call):
        return False
    name, own, operands = last_name(value), code.flat(target), _operands(value)
    texts = [code.flat(each) for each in operands]
    if name == "masked_fill":
        return texts[:1] == [own] and len(operands) > 1 and _words(code, operands[1]) in said
    if name == "where":
        return len(texts) == 3 and _words(code, operands[0]) in said and texts[2] == own
    return texts[:1] == [own] and _fits(code, value, mask, own)


_SHAPING = frozenset({"unsqueeze", "view", "reshape", "expand", "expand_as", "bool"})


def _words(code: Code, mask: ast.expr) -> str:
    """The text of a mask; of `~mask[:, None]` it is `~mask`, as another shape of it masks nothing else."""
    if isinstance(mask, ast.UnaryOp) and isinstance(mask.op, ast.Invert):
        inner = _words(code, mask.operand)
        return inner[1:] if inner.startswith("~") else f"~{inner}"
    if isinstance(mask, ast.Subscript) and _only_reshapes(mask.slice):
        return _words(code, mask.value)
    if isinstance(mask, ast.Call) and isinstance(mask.func, ast.Attribute) and mask.func.attr in _SHAPING:
        return _words(code, mask.func.value)
    return code.flat(mask)


def _only_reshapes(index: ast.expr) -> bool:
    """`[:, None]`: all of it, with more dimensions."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return all(
        (isinstance(part, ast.Constant) and part.value in (None, ...)) or is_whole_slice(part)
        for part in parts
    )


def _fits(code: Code, call: ast.Call, mask: ast.expr, own: str) -> bool:
    """Whether a call on `own` leaves alone what the mask finds in order.

    `nan_to_num` also replaces infinities, which `isnan` alone does not find.
    """
    name = last_name(call)
    if name == "nan_to_num":
        inner = mask.operand if isinstance(mask, ast.UnaryOp) and isinstance(mask.op, ast.Invert) else None
        if not isinstance(inner, ast.Call) or last_name(inner) != "isfinite":
            return False
        return [code.flat(each) for each in _operands(inner)] == [own]
    return name in ("clamp", "clamp_min", "clamp_max", "clip") and is_idle(code, call, mask, own)


def _mask(test: ast.expr) -> ast.expr | None:
    """`mask` of `mask.any()` and `torch.any(mask)`; of `not mask.all()` it is `~mask`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        kept = _only_operand(test.operand, "all")
        return None if kept is None else ast.copy_location(ast.UnaryOp(ast.Invert(), kept), kept)
    return _only_operand(test, "any")


def _only_operand(test: ast.expr, name: str) -> ast.expr | None:
    if not isinstance(test, ast.Call) or last_name(test) != name or test.keywords:
        return None
    operands = _operands(test)
    return operands[0] if len(operands) == 1 else None


def _operands(node: ast.Call) -> list[ast.expr]:
    """The tensor first, whether it stands before the dot or in the brackets."""
    if isinstance(node.func, ast.Attribute) and call_name(node.func.value) not in ("torch", "F"):
        return [node.func.value, *node.args]
    return list(node.args)


# -- padding -----------------------------------------------------------------------------------------


def _padded(code: Code, branch: ast.If) -> tuple[Edit, ...] | None:
    """The edits of `if n: x = F.pad(x, (0, n))`, which adds nothing where `n` is 0; None for any other branch.

    `n > 0` does not hold for what is less, either, where padding would cut something off.
    """
    test, statement = branch.test, branch.body[0]
    torch = code.torch
    amounts, may_be_less = _amount(code, test)
    if not amounts or len(branch.body) != 1 or not isinstance(statement, ast.Assign) or torch is None:
        return None
    call = statement.value
    if not isinstance(call, ast.Call) or last_name(call) != "pad" or len(call.args) != 2:
        return None
    if [code.flat(t) for t in statement.targets] != [code.flat(call.args[0])]:
        return None
    sizes = call.args[1].elts if isinstance(call.args[1], (ast.Tuple, ast.List)) else []
    named = [size for size in sizes if code.flat(size) in amounts]
    if not named or any(not is_zero(size) for size in sizes if size not in named):
        return None
    if not may_be_less:
        return ()
    return tuple(code.replaced(size, f"{torch}.sym_max({code.flat(size)}, 0)") for size in named)


def _amount(code: Code, test: ast.expr) -> tuple[set[str], bool]:
    """`n` of `n`, `n != 0` and `n > 0`, and whether it may be less than 0 where the test does not hold.

    Of `m != n` it is `m - n` and `n - m`, of `m > n` it is `m - n` alone.
    """
    if isinstance(test, (ast.Name, ast.Attribute)):
        return {code.flat(test)}, False
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return set(), False
    if not isinstance(test.ops[0], (ast.NotEq, ast.Gt, ast.Lt)):
        return set(), False
    more, less = test.left, test.comparators[0]
    if isinstance(test.ops[0], ast.Lt):
        more, less = less, more
    may_be_less = not isinstance(test.ops[0], ast.NotEq)
    if is_zero(less):
        return {code.flat(more)}, may_be_less
    turned = {_difference(code, less, more)} if not may_be_less else set()
    return {_difference(code, more, less), *turned}, may_be_less


def _difference(code: Code, more: ast.expr, less: ast.expr) -> str:
    left, right = code.flat(more), code.flat(less)
    return f"{operand(left, Binds.SUM)} - {operand(right, Binds.PRODUCT)}"


_RULES = frozenset(
    {"data-dependent-branch", "data-dependent-guard", "dim-relation", "dim-range", "dim-specialized"}
    | {"silent-specialization"}
)
REWRITE = Rewrite("drop-guard", _RULES, page(__doc__), _find)
