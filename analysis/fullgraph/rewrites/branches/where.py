"""Rewrites a data-dependent branch as `torch.where`, if both branches are cheap.

Both branches are computed, and `torch.where` selects elementwise: the graph needs no subgraphs, and every
backend supports it. This requires that both branches can be computed whatever the condition is.

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

from ...model import DataDependent, Range
from ...python.binding.liveness import bound_before, is_shared_and_written
from ...python.syntax.assignments import assigned, assigned_name
from ...python.syntax.names import call_name, last_name
from ...python.syntax.operators import COMPARISONS
from ...python.syntax.precedence import Binds, operand
from ...python.syntax.statements import alternatives
from ..edit.blocks import WIDEST, step_of
from ..edit.lines import below, has_own_lines, indentation, said_in
from ..edit.module import Code, code_of, on_one_line, written_out
from ..rewrite import Problem, Proposal, Rewrite, page
from .cond import branch_of, given_to
from .condition import is_for_python, predicate
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
            _of_ternary(code, branch, torch)
            if isinstance(branch, ast.IfExp)
            else _of_statement(code, branch, torch)
        )
    if choice is None or test is None or not all(map(_is_cheap, choice.values)):
        return
    name = choice.head.removesuffix(" = ")
    given = [(name, value) for value in choice.values] if choice.head != "return " else []
    given += given_to(code, branch) if isinstance(branch, ast.IfExp) else []
    if is_shared_and_written(code, branch, given):
        return
    said = said_in(code, choice.place) if choice.indent is not None else []
    text = below(said, _written(code, branch, test, choice, torch), choice.indent or "")
    edit = code.edit(choice.place, text)
    yield Proposal(f"Rewrite as {torch}.where", (edit,))
    if kept := tuple(outside(kept_tensors(problem, code), choice.place)):
        yield Proposal(f"Rewrite as {torch}.where, and keep numbers as tensors", (*kept, edit))


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


def _of_ternary(code: Code, node: ast.IfExp, torch: str) -> _Choice | None:
    sides = [_side(code, each, torch) for each in (node.body, node.orelse)]
    if sides[0] is None or sides[1] is None:
        return None
    values = tuple(value for side in sides if side for value in side[0])
    return _Choice(values, (sides[0][1], sides[1][1]), "", code.bracketed(node))


def _side(code: Code, node: ast.expr, torch: str) -> tuple[tuple[ast.expr, ...], str] | None:
    """The values that a side may have, and its text; of a choice within a choice a `torch.where` of its own."""
    if not isinstance(node, ast.IfExp):
        return (node,), code.flat(node)
    inner = _of_ternary(code, node, torch)
    text = _chosen(code, node.test, torch, *inner.texts) if inner else None
    return (inner.values, text) if inner and text else None


def _chosen(code: Code, test: ast.expr, torch: str, text: str, other: str) -> str | None:
    """A choice within the choice: by torch, or by Python where the condition is no tensor."""
    if is_for_python(code, test):
        return f"{operand(text, Binds.OR)} if {operand(code.flat(test), Binds.OR)} else {other}"
    asked = predicate(code, test, torch)
    return f"{torch}.where({asked}, {text}, {other})" if asked else None


def _of_statement(code: Code, node: ast.If, torch: str) -> _Choice | None:
    if not has_own_lines(code, node) or code.is_elif(node):
        return None
    if isinstance(node.body[0], ast.Return):
        return _of_returns(code, node)
    name, given = _assigned(node)
    if not name or code.function_of(node) is None:
        return None
    values = [found[1] for each in given if (found := assigned(each))]
    texts, chain = [_text(code, each) for each in given], alternatives(node)
    if len(given) == len(chain):  # there is no else
        if name not in bound_before(code, node):
            return None
        values.append(ast.Name(name, ast.Load()))
        texts.append(name)
    other = texts[-1]
    for each, text in reversed(list(zip(chain, texts, strict=False))[1:]):
        chosen = _chosen(code, each.test, torch, text, other)
        if chosen is None:
            return None
        other = chosen
    return _Choice(tuple(values), (texts[0], other), f"{name} = ", code.range(node), indentation(code, node))


def _assigned(node: ast.If) -> tuple[str, list[ast.stmt]]:
    """The one name that each side of a chain assigns, with the statements that do it."""
    chain = alternatives(node)
    blocks = [*(each.body for each in chain), *([chain[-1].orelse] if chain[-1].orelse else [])]
    names = {assigned_name(block[0]) if len(block) == 1 else "" for block in blocks}
    return (names.pop(), [block[0] for block in blocks]) if len(names) == 1 else ("", [])


def _text(code: Code, statement: ast.stmt) -> str:
    """The text of what a name becomes; `x += y` is not in the text as a sum."""
    if isinstance(statement, ast.AugAssign):
        return on_one_line(written_out(code, statement))
    assert isinstance(statement, ast.Assign)
    return code.flat(statement.value)


def _of_returns(code: Code, node: ast.If) -> _Choice | None:
    """`if c: return a`, and `return b` in its else or just behind it."""
    function = code.function_of(node)
    first, last = node.body[0], (node.orelse or [node])[-1]
    if not node.orelse:
        if function is None or node not in function.body or function.body[-2:-1] != [node]:
            return None
        last = function.body[-1]
    if not isinstance(first, ast.Return) or not isinstance(last, ast.Return):
        return None
    if first.value is None or last.value is None or not has_own_lines(code, last):
        return None
    texts = (code.flat(first.value), code.flat(last.value))
    place = Range(code.range(node).start, code.range(last).end)
    return _Choice((first.value, last.value), texts, "return ", place, indentation(code, node))


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
    if isinstance(value, ast.Compare):
        return all(type(op) in COMPARISONS for op in value.ops) and all(
            map(_is_cheap, (value.left, *value.comparators))
        )
    if isinstance(value, ast.Subscript):
        return _is_cheap(value.value) and isinstance(value.value, ast.Attribute | ast.Call)
    if isinstance(value, ast.Call):
        return _is_cheap_call(value)
    return False


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value != 0


def _is_cheap_call(node: ast.Call) -> bool:
    name = last_name(node)
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
