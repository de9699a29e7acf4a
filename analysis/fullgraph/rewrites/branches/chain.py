"""A chain of branches of which each is one expression, as calls of `torch.cond` one in another.

    if k == 0: return self.a(x)
    elif k == 1: return self.b(x)           return torch.cond(k == 0, lambda: self.a(x), lambda: torch.cond(…))
    return self.c(x)

The rule: each way returns one value, or gives the same name one. A way that raises is a check above the others.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ...model import Edit, Position, Range
from ...python.binding.liveness import bound_before, is_shared_and_written
from ...python.syntax.assignments import assigned_name
from ...python.syntax.precedence import Binds, argument, operand
from ...python.syntax.statements import alternatives
from ..edit.blocks import WIDEST, step_of
from ..edit.lines import has_own_lines, indentation, said_in
from ..edit.module import Code
from .branch_function import Side
from .condition import is_for_python, predicate
from .speaking import is_remark


@dataclass(frozen=True)
class _Chain:
    """The ways in their order; `values` has one more than `tests`, which is None where a name stays what it is.

    Where the last way raises, there is none more.
    """

    statements: tuple[ast.stmt, ...]
    tests: tuple[ast.expr, ...]
    values: tuple[ast.expr | None, ...]
    name: str  # what is given a value; "" where it is returned
    raised: ast.Raise | None


def chained(code: Code, node: ast.If, torch: str) -> tuple[Edit, ...] | None:
    """The edits for a chain of at least two conditions that a branch begins."""
    chain = _chain(code, node)
    if (
        chain is None
        or any(is_for_python(code, test) for test in chain.tests)
        or not all(has_own_lines(code, s) for s in chain.statements)
    ):
        return None
    tests = [predicate(code, test, torch) for test in chain.tests]
    side = Side(code, (), torch)
    values = [f"{chain.name}.clone()" if value is None else _own_text(side, value) for value in chain.values]
    if None in tests or None in values:
        return None
    known, own = [each for each in tests if each], [each for each in values if each]
    given = [(chain.name, value) for value in chain.values if value is not None] if chain.name else []
    if is_shared_and_written(code, node, given):
        return None
    indent = indentation(code, node)
    first, last = code.range(chain.statements[0]), code.range(chain.statements[-1])
    end = Position(last.end.line, len(code.source.lines[last.end.line]))
    place = Range(Position(first.start.line, 0), end)
    lines = [f"{indent}{said}" for said in said_in(code, place)]
    if chain.raised is not None:
        asked = " | ".join(operand(each, Binds.SIGN) for each in known)
        lines.append(f"{indent}{torch}._assert_async({asked}{_said(code, chain.raised)})")
        known = known[:-1]
    head = f"{chain.name} = " if chain.name else "return "
    step = step_of(code, node.body, indent)
    lines += _written(f"{indent}{head}", known, own, torch, indent, step)
    return (code.edit(place, "\n".join(lines)),)


def _written(
    head: str, tests: Sequence[str], values: Sequence[str], torch: str, indent: str, step: str
) -> list[str]:
    """`torch.cond(a, lambda: x, lambda: torch.cond(b, lambda: y, lambda: z))`, on one line or on several."""
    whole = values[-1]
    for test, value in zip(reversed(tests), reversed(values[:-1]), strict=True):
        whole = f"{torch}.cond({test}, lambda: {value}, lambda: {whole})"
    if len(head) + len(whole) <= WIDEST:
        return [f"{head}{whole}"]
    lines, deeper = [], indent
    for index, (test, value) in enumerate(zip(tests, values[:-1], strict=True)):
        lines.append(f"{head if index == 0 else f'{deeper}lambda: '}{torch}.cond(")
        deeper += step
        lines += [f"{deeper}{test},", f"{deeper}lambda: {value},"]
    lines.append(f"{deeper}lambda: {values[-1]},")
    for index in range(len(tests)):
        deeper = deeper.removesuffix(step)
        lines.append(f"{deeper}){',' if index < len(tests) - 1 else ''}")
    return lines


# -- which chain it is -------------------------------------------------------------------------------


def _chain(code: Code, node: ast.If) -> _Chain | None:
    """The `elif`s of an `if`, and further ones behind it where each of its ways returns."""
    if code.is_elif(node):
        return None
    statements: list[ast.stmt] = [node]
    ways = [(each.test, each.body) for each in alternatives(node)]
    last = alternatives(node)[-1].orelse
    block = code.block_of(node)
    rest = block[block.index(node) + 1 :]
    while not last and rest and isinstance(ways[-1][1][-1], ast.Return):
        statements.append(rest[0])
        if isinstance(rest[0], ast.If):
            ways += [(each.test, each.body) for each in alternatives(rest[0])]
            last = alternatives(rest[0])[-1].orelse
        else:
            last = [rest[0]]
        rest = rest[1:]
    if len(ways) < 2:
        return None
    raised = last[-1] if last and isinstance(last[-1], ast.Raise) else None
    name = assigned_name(ways[0][1][-1]) if isinstance(ways[0][1][-1], ast.Assign) else ""
    values = [_value(body, name) for body in (*(body for _, body in ways), *([] if raised else [last]))]
    stays = raised is None and not last and name in bound_before(code, node)
    tests = tuple(test for test, _ in ways)
    known = None not in (values[:-1] if stays else values)
    compared = raised is None or all(isinstance(test, ast.Compare) for test in tests)
    return _Chain(tuple(statements), tests, tuple(values), name, raised) if known and compared else None


def _value(body: Sequence[ast.stmt], name: str) -> ast.expr | None:
    """What one way returns, or gives the name; None where it does anything else."""
    only = [each for each in body if not is_remark(each)]
    if len(only) != 1 or len(only) != len(body):
        return None
    if isinstance(only[0], ast.Return):
        return None if name else only[0].value
    same = isinstance(only[0], ast.Assign) and assigned_name(only[0]) == name
    return only[0].value if same and name else None  # type: ignore[attr-defined]


def _own_text(side: Side, value: ast.expr) -> str | None:
    """The text of a value on one line, as cond may return it."""
    if isinstance(value, (ast.Dict, ast.List)) or any(
        isinstance(each, (ast.NamedExpr, ast.IfExp, ast.Yield, ast.Await)) for each in ast.walk(value)
    ):
        return None
    edits = side.own(value)
    if edits is None:
        return None
    nodes = {
        side.code.range(each): each for each in reversed([*ast.walk(value)]) if isinstance(each, ast.expr)
    }
    return argument(side.code.flat_with(value, {nodes[edit.place.range]: edit.new_text for edit in edits}))


def _said(code: Code, raised: ast.Raise) -> str:
    call = raised.exc
    message = call.args[0] if isinstance(call, ast.Call) and len(call.args) == 1 else None
    plain = isinstance(message, ast.Constant) and isinstance(message.value, str)
    return f", {code.flat(message)}" if plain and message is not None else ""
