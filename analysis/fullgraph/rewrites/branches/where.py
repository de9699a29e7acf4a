"""Rewrites a branch on data as `torch.where`, where both sides are cheap.

Both sides are computed, and one is taken, element by element: no functions, and a graph that every backend
takes. It is for sides that can be computed whatever the condition says.

## Before

```python
if x.mean() > 0:
    x = x * self.scale
```

## After

```python
x = torch.where(x.mean() > 0, x * self.scale, x)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...model import DataDependent, Position, Range
from ..edit.blocks import WIDEST, step_of
from ..edit.module import Code, call_name, code_of
from ..edit.names import bound_before, is_shared_and_written
from ..rewrite import Problem, Proposal, Rewrite, page
from .branch_function import SIGNS
from .cond import branch_of, given_to
from .condition import predicate
from .kept_tensors import kept_tensors, outside

_CHEAP_TEXT = """
    abs neg clamp clip clamp_min clamp_max relu sign minimum maximum where nan_to_num masked_fill sigmoid
    tanh zeros_like ones_like full_like rand_like empty_like new_zeros new_ones new_full zeros ones full
    tensor floor ceil round trunc sin cos exp square to float double half long int bool type_as clone
    detach mean sum amax amin max min any all size numel dim logical_not logical_and logical_or isnan
    isinf add sub mul expand unsqueeze squeeze norm view reshape flatten new_tensor contiguous
"""
_CHEAP = frozenset(_CHEAP_TEXT.split())
"""Operations that give a result for every input and cost no more than the elements they go through."""

_TOTAL = (ast.Add, ast.Sub, ast.Mult)


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, DataDependent):
        return
    code, node = found
    torch, branch = code.torch, branch_of(code, node)
    if torch is None or branch is None or code.in_string(branch):
        return
    test = predicate(code, branch.test, torch)
    choice = None
    if test is not None:
        choice = (
            _of_ternary(code, branch) if isinstance(branch, ast.IfExp) else _of_statement(code, branch, torch)
        )
    if choice is None or test is None or not all(map(_is_cheap, choice.values)):
        return
    name = choice.head.removesuffix(" = ")
    given = [(name, value) for value in choice.values] if choice.head != "return " else []
    given += given_to(code, branch) if isinstance(branch, ast.IfExp) else []
    if is_shared_and_written(code, branch, given):
        return
    edit = code.edit(choice.place, _written(code, branch, test, choice, torch))
    yield Proposal(f"Rewrite as {torch}.where", (edit,))
    if kept := tuple(outside(kept_tensors(problem, code), choice.place)):
        yield Proposal(f"Rewrite as {torch}.where, with tensors in place of numbers", (*kept, edit))


def _written(code: Code, branch: ast.If | ast.IfExp, test: str, choice: _Choice, torch: str) -> str:
    line = f"{choice.head}{torch}.where({test}, {choice.texts[0]}, {choice.texts[1]})"
    if len(line) <= WIDEST or choice.indent is None:
        return line
    step = step_of(code, branch.body, choice.indent) if isinstance(branch, ast.If) else "    "
    parts = (test, *choice.texts)
    one = f"{choice.indent}{step}{', '.join(parts)}"
    inner = [one] if len(one) <= WIDEST else [f"{choice.indent}{step}{part}," for part in parts]
    return "\n".join((f"{choice.head}{torch}.where(", *inner, f"{choice.indent})"))


@dataclass(frozen=True)
class _Choice:
    """Values of one thing; `texts` are what is taken if the condition holds, and if not. `head` stands before the call, which replaces what is at `place`."""

    values: tuple[ast.expr, ...]
    texts: tuple[str, str]
    head: str
    place: Range
    indent: str | None = None


def _of_ternary(code: Code, node: ast.IfExp) -> _Choice:
    texts = (code.flat(node.body), code.flat(node.orelse))
    return _Choice((node.body, node.orelse), texts, "", code.bracketed(node))


def _of_statement(code: Code, node: ast.If, torch: str) -> _Choice | None:
    if not code.has_own_lines(node) or _has_comment(code, node) or _is_elif(code, node):
        return None
    if isinstance(node.body[0], ast.Return):
        return _of_returns(code, node)
    name, values = _assigned(node)
    function = code.function_of(node)
    if name is None or function is None:
        return None
    if len(values) == len(_chain(node)):  # there is no else
        if name not in bound_before(code, function, node):
            return None
        values.append(ast.Name(name, ast.Load()))
    other = _text(code, values[-1])
    for each, value in reversed(list(zip(_chain(node), values, strict=False))[1:]):
        test = predicate(code, each.test, torch)
        if test is None:
            return None
        other = f"{torch}.where({test}, {_text(code, value)}, {other})"
    texts = (_text(code, values[0]), other)
    return _Choice(tuple(values), texts, f"{name} = ", code.range(node), code.indent(node))


def _is_elif(code: Code, node: ast.If) -> bool:
    return code.source.between(code.range(node)).startswith("elif")


def _chain(node: ast.If) -> list[ast.If]:
    """An `if` with its `elif`s."""
    found = [node]
    while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        node = node.orelse[0]
        found.append(node)
    return found


def _assigned(node: ast.If) -> tuple[str | None, list[ast.expr]]:
    """The one name that each side of a chain assigns, with the values."""
    chain = _chain(node)
    blocks = [*(each.body for each in chain), *([chain[-1].orelse] if chain[-1].orelse else [])]
    if any(len(block) != 1 for block in blocks):
        return None, []
    given = [_value(block[0]) for block in blocks]
    names = {each[0] for each in given if each}
    if len(names) != 1 or None in given:
        return None, []
    return names.pop(), [each[1] for each in given if each]


def _value(statement: ast.stmt) -> tuple[str, ast.expr] | None:
    """A name and what it becomes."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return (target.id, statement.value) if isinstance(target, ast.Name) else None
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        left = ast.Name(statement.target.id, ast.Load())
        return statement.target.id, ast.BinOp(left, statement.op, statement.value)
    return None


def _text(code: Code, value: ast.expr) -> str:
    """The text of a value; `x += y` is not in the text as a sum, and what is kept is not there at all."""
    if isinstance(value, ast.Name):
        return value.id
    if isinstance(value, ast.BinOp) and not hasattr(value, "lineno"):
        assert isinstance(value.left, ast.Name)
        right = code.flat(value.right)
        right = (
            right
            if isinstance(value.right, (ast.Name, ast.Call, ast.Constant, ast.Attribute))
            else f"({right})"
        )
        return f"{value.left.id} {SIGNS[type(value.op)]} {right}"
    return value.id if isinstance(value, ast.Name) else code.flat(value)


def _of_returns(code: Code, node: ast.If) -> _Choice | None:
    """`if c: return a`, and `return b` in its else or just behind it."""
    function = code.function_of(node)
    first, last = node.body[0], (node.orelse or [node])[-1]
    if not node.orelse:
        if function is None or node not in function.body or function.body[-2:-1] != [node]:
            return None
        last = function.body[-1]
        if _comment_between(code, node, last):
            return None
    if not isinstance(first, ast.Return) or not isinstance(last, ast.Return):
        return None
    if first.value is None or last.value is None or not code.has_own_lines(last):
        return None
    texts = (code.flat(first.value), code.flat(last.value))
    place = Range(code.range(node).start, code.range(last).end)
    return _Choice((first.value, last.value), texts, "return ", place, code.indent(node))


def _has_comment(code: Code, node: ast.stmt) -> bool:
    """Comments would have no place any more."""
    where = code.range(node)
    return any("#" in line for line in code.source.lines[where.start.line : where.end.line + 1])


def _comment_between(code: Code, first: ast.stmt, last: ast.stmt) -> bool:
    start, end = code.range(first).end, code.range(last).start
    return "#" in code.source.between(Range(Position(start.line, start.character), end))


def _is_cheap(value: ast.expr) -> bool:
    """Whether a value can be computed whatever the condition says, and costs little."""
    if isinstance(value, (ast.Name, ast.Attribute)):
        return True
    if isinstance(value, ast.Constant):
        return isinstance(value.value, (bool, int, float))
    if isinstance(value, ast.UnaryOp):
        return _is_cheap(value.operand)
    if isinstance(value, ast.BinOp):
        total = (
            isinstance(value.op, _TOTAL)
            or (isinstance(value.op, ast.Div) and _is_number(value.right))
            or (
                isinstance(value.op, ast.Pow)
                and isinstance(value.right, ast.Constant)
                and value.right.value in (2, 3)
            )
        )
        return total and _is_cheap(value.left) and _is_cheap(value.right)
    if isinstance(value, ast.Subscript):
        return _is_cheap(value.value) and isinstance(value.value, ast.Attribute | ast.Call)
    if isinstance(value, ast.Call):
        return _is_cheap_call(value)
    return False


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value != 0


def _is_cheap_call(node: ast.Call) -> bool:
    name = call_name(node.func).rpartition(".")[2] or getattr(node.func, "attr", "")
    if name not in _CHEAP or call_name(node.func).startswith("self."):
        return False
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    arguments = (*node.args, *(keyword.value for keyword in node.keywords))
    return (owner is None or _is_cheap(owner)) and all(map(_is_argument, arguments))


def _is_argument(node: ast.expr) -> bool:
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(map(_is_argument, node.elts))
    return isinstance(node, (ast.Constant, ast.UnaryOp)) or _is_cheap(node)


REWRITE = Rewrite("where", frozenset({"data-dependent-branch"}), page(__doc__), _find)
