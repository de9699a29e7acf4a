"""Rewrites a data-dependent update of state as an unconditional update with `torch.where`.

A branch that only changes buffers and other state cannot be a branch of `torch.cond`, as it
returns nothing. Instead, the new value is always computed, and `torch.where` selects between it and the old
one. A name that such a branch gives a value beside it is chosen in the same way.

## Before

```python
if self.started:
    self.mean.mul_(0.9).add_(new, alpha=0.1)
else:
    self.mean.copy_(new)
```

## After

```python
self.mean.copy_(torch.where(self.started, self.mean.mul(0.9).add(new, alpha=0.1), new))
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...model import DataDependent, Position, Range
from ...python.binding.api_tables import CHANGE_NO_VALUES, OVERWRITING, RANDOM_IN_PLACE, is_in_place
from ...python.binding.liveness import bound_before, is_shared_and_written, read_later
from ...python.syntax.assignments import assigned, assigned_name, target_of
from ...python.syntax.names import is_name, last_name
from ...python.syntax.precedence import argument, owner
from ...python.syntax.statements import elif_of
from ..edit.blocks import WIDEST, step_of
from ..edit.lines import has_own_lines, indentation, said_in
from ..edit.module import Code, code_of, on_one_line, written_out
from ..edit.naming import free_name
from ..rewrite import Problem, Proposal, Rewrite, page
from .cond import branch_of
from .condition import predicate
from .truth import is_boolean


@dataclass(frozen=True)
class _Update:
    """What is written to (`self.mean`, as text), and its new value."""

    target: str
    value: str
    statement: ast.stmt
    assigned: bool = False
    """Whether what stands at the target is replaced, as by `self.mean = …`, or set by index; else it is written into."""

    @property
    def is_name(self) -> bool:
        return isinstance(target_of(self.statement), ast.Name)


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, DataDependent):
        return
    code, node = found
    torch, branch = code.torch, branch_of(code, node)
    if torch is None or not isinstance(branch, ast.If) or not _is_plain(code, branch):
        return
    test = predicate(code, branch.test, torch)
    sides = [_side(code, branch, block) for block in (branch.body, branch.orelse)]
    if (
        test is None
        or sides[0] is None
        or sides[1] is None
        or not _are_updates(code, branch, *sides[0], *sides[1])
    ):
        return
    place = Range(Position(code.range(branch).start.line, 0), code.range(branch).end)
    # A number's truth is another form: torch.where takes no number.
    forms = [test] if is_boolean(branch.test) else [test, f"{owner(test)}.bool()"]
    for form in forms:
        lines = [f"{indentation(code, branch)}{said}" for said in said_in(code, place)]
        lines += _lines(code, branch, form, torch, (sides[0], sides[1]))
        yield Proposal("Rewrite as a torch.where update", (code.edit(place, "\n".join(lines)),))


def _is_plain(code: Code, branch: ast.If) -> bool:
    """Whether nothing would be lost: no comments, no `elif`, each statement on lines of its own."""
    statements = [branch, *branch.body, *branch.orelse]
    alone = all(has_own_lines(code, each) for each in statements)
    return alone and not code.is_elif(branch) and elif_of(branch) is None


def _are_updates(code: Code, branch: ast.If, *found: _Update | ast.stmt) -> bool:
    """Whether something is written to; names alone are for `torch.where` and `torch.cond`."""
    updates = [each for each in found if isinstance(each, _Update)]
    names = {each.target for each in updates if each.is_name}
    # A name may hold a part of what is written to from before the branch, too: what is chosen is no part of it.
    given = [pair for pair in map(assigned, ast.walk(code.scope_of(branch))) if pair and pair[0] in names]
    only_names = all(each.is_name for each in updates)
    return not only_names and not is_shared_and_written(code, branch, given)


# -- what a side updates -----------------------------------------------------------------------------


def _side(code: Code, branch: ast.If, block: Sequence[ast.stmt]) -> list[_Update | ast.stmt] | None:
    """Its updates, and the statements that only give a name for itself; None where it does anything else."""
    found: list[_Update | ast.stmt] = []
    made: set[str] = set()
    for statement in block:
        each = statement if _fills(statement, made) else _update(code, statement)
        each = each or _named(code, branch, statement) or _temporary(code, branch, statement)
        if each is None:
            return None
        found.append(each)
        if each is statement and isinstance(statement, ast.Assign) and last_name(statement.value) in _MAKERS:
            made.add(assigned_name(statement))
    return found if not block or any(isinstance(each, _Update) for each in found) else None


_MAKERS = frozenset(
    [
        "zeros",
        "ones",
        "full",
        "empty",
        "zeros_like",
        "ones_like",
        "full_like",
        "empty_like",
        "new_zeros",
        "new_ones",
        "new_full",
        "clone",
    ]
)


def _fills(node: ast.stmt, made: set[str]) -> bool:
    """Whether a statement writes to a tensor that the branch has made for itself."""
    target = target_of(node)
    return (
        isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id in made
    )


def _update(code: Code, node: ast.stmt) -> _Update | None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return _called(code, node, node.value)
    if isinstance(node, ast.AugAssign) and isinstance(node.target, (ast.Attribute, ast.Subscript)):
        is_part = isinstance(node.target, ast.Subscript)
        return _Update(code.flat(node.target), on_one_line(written_out(code, node)), node, is_part)
    target = target_of(node)
    if isinstance(node, ast.Assign) and isinstance(target, (ast.Attribute, ast.Subscript)):
        return _Update(code.flat(target), argument(code.flat(node.value)), node, assigned=True)
    return None


def _named(code: Code, branch: ast.If, node: ast.stmt) -> _Update | None:
    """A name that has a value before, and is read later: `last = x[i].clone()`."""
    name, value = assigned(node) or ("", None)
    if value is None or name not in bound_before(code, branch) or not read_later(code, branch, [name]):
        return None
    if _is_rounded(code, branch, name):
        return None
    text = on_one_line(written_out(code, node)) if isinstance(node, ast.AugAssign) else code.flat(value)
    return _Update(name, argument(text), node, assigned=True)


def _is_rounded(code: Code, branch: ast.If, name: str) -> bool:
    """Whether a float32 would round what Python keeps: fractions that it adds up, or whole numbers beside a `0.0`."""
    given = [pair[1] for n in ast.walk(code.scope_of(branch)) if (pair := assigned(n)) and pair[0] == name]
    inside = [node for value in given for node in ast.walk(value)]
    numbers = [n.value for n in inside if isinstance(n, ast.Constant) and isinstance(n.value, float)]
    if code.whole and numbers:
        return True
    plain = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.expr_context)
    alone = all(isinstance(node, plain) or is_name(node, name) for node in inside)
    return alone and any(number % 1 for number in numbers) and any(isinstance(v, ast.BinOp) for v in given)


def _called(code: Code, node: ast.Expr, call: ast.Call) -> _Update | None:
    """`t.copy_(v)`, `t.mul_(0.9).add_(v)`."""
    steps: list[ast.Call] = []
    owner: ast.expr = call
    while isinstance(owner, ast.Call) and isinstance(owner.func, ast.Attribute):
        name = owner.func.attr
        if not is_in_place(name) or name.startswith("_") or name in RANDOM_IN_PLACE | CHANGE_NO_VALUES:
            return None
        steps.insert(0, owner)
        owner = owner.func.value
    if not isinstance(owner, (ast.Name, ast.Attribute)) or not steps:
        return None
    target = code.flat(owner)
    value = _given(code, steps[0]) if len(steps) == 1 else None
    if value is None:
        names = [step.func.attr for step in steps if isinstance(step.func, ast.Attribute)]
        if any(name in OVERWRITING for name in names):
            return None
        value = target + "".join(
            f".{name[:-1]}({_arguments(code, s)})" for name, s in zip(names, steps, strict=True)
        )
    return _Update(target, value, node)


def _given(code: Code, call: ast.Call) -> str | None:
    """The new value of a method that forgets the old one."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if call.keywords or OVERWRITING.get(name) != len(call.args):
        return None
    return code.flat(call.args[0]) if call.args else "0"


def _arguments(code: Code, call: ast.Call) -> str:
    return ", ".join([*map(code.flat, call.args), *map(code.flat, call.keywords)])


def _temporary(code: Code, branch: ast.If, node: ast.stmt) -> ast.stmt | None:
    """A name that nothing else has, before or after: it can be given its value in any case."""
    name = assigned_name(node) if isinstance(node, ast.Assign) else ""
    if not name or code.function_of(branch) is None or name in bound_before(code, branch):
        return None
    return None if read_later(code, branch, [name]) else node


# -- the text ----------------------------------------------------------------------------------------


def _lines(
    code: Code,
    branch: ast.If,
    test: str,
    torch: str,
    sides: tuple[list[_Update | ast.stmt], list[_Update | ast.stmt]],
) -> list[str]:
    indent = indentation(code, branch)
    step = step_of(code, branch.body, indent)
    pairs = _paired(sides)
    updates = [each for each in pairs if not isinstance(each, ast.stmt)]
    lines = []
    targets = {target for target, _, _, _ in updates}
    if (len(updates) > 1 and not isinstance(branch.test, ast.Name)) or test in targets:
        name = free_name(code, branch, "condition", "chosen")
        lines.append(f"{indent}{name} = {test}{'.clone()' if test in targets else ''}")
        test = name
    for each in pairs:
        if isinstance(each, ast.stmt):
            lines.append(f"{indent}{code.flat(each)}")
        else:
            target, is_assigned, *values = each
            lines += _chosen(target, is_assigned, [test, *values], indent, step, torch)
    return lines


_Pair = tuple[str, bool, str, str]


def _paired(sides: tuple[list[_Update | ast.stmt], list[_Update | ast.stmt]]) -> list[_Pair | ast.stmt]:
    """One choice for what both sides write to; what one side leaves alone stays as it was.

    In the order of the text, which is right: a later value sees the earlier update where its own side is
    taken, and where it is not, it is not looked at.
    """
    updates = [[each for each in side if isinstance(each, _Update)] for side in sides]
    names = [[each.target for each in side] for side in updates]
    alone = all(len(set(side)) == len(side) for side in names) and not _reads_others(updates)
    alone &= all(map(_names_come_first, sides))
    both = set(names[0]) & set(names[1]) if alone else set()
    other = {each.target: each.value for each in updates[1]}
    found: list[_Pair | ast.stmt] = []
    for side, first in zip(sides, (True, False), strict=True):
        for each in side:
            if not isinstance(each, _Update):
                found.append(each)
            elif each.target in both:
                found += [(each.target, each.assigned, each.value, other[each.target])] if first else []
            else:
                values = (each.value, each.target) if first else (each.target, each.value)
                found.append((each.target, each.assigned, *values))
    # What the second side's values are made of must be there when they are chosen from.
    return sorted(found, key=lambda each: not isinstance(each, ast.stmt)) if both else found


def _names_come_first(side: Sequence[_Update | ast.stmt]) -> bool:
    order = [isinstance(each, _Update) for each in side]
    return order == sorted(order)


def _reads_others(sides: Sequence[Sequence[_Update]]) -> bool:
    """Whether a new value is made of something else that is updated too."""
    every = {each.target for side in sides for each in side}
    return any(other in each.value for side in sides for each in side for other in every - {each.target})


def _chosen(
    target: str, assigned: bool, values: Sequence[str], indent: str, step: str, torch: str
) -> Iterator[str]:
    head, tail = (
        (f"{indent}{target} = {torch}.where(", ")")
        if assigned
        else (f"{indent}{target}.copy_({torch}.where(", "))")
    )
    line = f"{head}{', '.join(values)}{tail}"
    if len(line) <= WIDEST:
        yield line
        return
    yield head
    yield f"{indent}{step}{', '.join(values)}"
    yield f"{indent}{tail}"


REWRITE = Rewrite("masked-update", frozenset({"data-dependent-branch"}), page(__doc__), _find)
