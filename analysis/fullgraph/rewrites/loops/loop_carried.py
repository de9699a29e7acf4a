"""What a loop carries from round to round: the names that its body binds and that live on.

A loop becomes a function of these. The rule: a loop that leaves otherwise than by its end, that changes
something other than its names, or of whose names one is not bound before it, is not offered as a function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...model import Edit, Position, Range
from ..edit.module import Code, Function, call_name

Loop = ast.While | ast.For

_LEAVING = (
    ast.Break,
    ast.Continue,
    ast.Return,
    ast.Raise,
    ast.Yield,
    ast.YieldFrom,
    ast.Await,
    ast.Global,
    ast.Nonlocal,
    ast.Delete,
    ast.Try,
    ast.With,
    ast.FunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.NamedExpr,
    ast.Assert,
)
_CHANGING = frozenset({"append", "extend", "insert", "pop", "add", "update", "remove", "clear", "setdefault"})


@dataclass(frozen=True)
class Carried:
    """`names` in the order in which the loop's text has them; `written` those changed in place, by index."""

    names: tuple[str, ...]
    written: frozenset[str]


def carried(code: Code, loop: Loop) -> Carried | None:
    """None where the loop is no function of names."""
    function = code.function_of(loop)
    if function is None or loop.orelse or not _is_plain(loop):
        return None
    bound = dict.fromkeys(bound_in(loop.body))
    written = frozenset(_written(loop.body))
    before, after = bound_before(code, loop), used_after(code, loop)
    alive = [name for name in (*bound, *written) if name in before or name in after]
    names = tuple(dict.fromkeys(name for name in _in_order(loop) if name in alive))
    if not names or not before.issuperset(names) or len(names) != len(set(alive)):
        return None
    return Carried(names, written)


def packed(names: Sequence[str]) -> str:
    """A tuple of them, as an expression or a target."""
    return f"({names[0]},)" if len(names) == 1 else ", ".join(names)


def in_brackets(texts: Sequence[str]) -> str:
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def header(code: Code, loop: Loop) -> Range | None:
    """From the loop's keyword to its colon, where the body has lines of its own."""
    last = loop.test if isinstance(loop, ast.While) else loop.iter
    start, first = code.range(loop).start, code.range(loop.body[0]).start
    if not code.has_own_lines(loop) or not code.has_own_lines(loop.body[0]):
        return None
    end = code.range(last).end
    text = code.source.between(Range(end, Position(first.line, 0)))
    colon = text.find(":")
    if colon < 0 or text[:colon].strip(" )\n"):
        return None
    return Range(start, code.source.position_at(code.source.offset_at(end) + colon + 1))


def plain_assignments(code: Code, loop: Loop, names: Sequence[str]) -> list[Edit] | None:
    """`x += y` of a carried name as `x = x + y`: in place, it would change what the loop was given."""
    edits = []
    for node in (n for statement in loop.body for n in ast.walk(statement)):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in names:
            sign = _between(code, node).removesuffix("=").strip()
            if not sign:
                return None
            value = code.text(node.value)
            weak = isinstance(
                node.value, (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.UnaryOp, ast.Lambda)
            )
            adding = isinstance(node.op, ast.Add) and _is_term(node.value)
            text = f"({value})" if weak and not adding else value
            edits.append(code.replaced(node, f"{node.target.id} = {node.target.id} {sign} {text}"))
    return edits


def _is_term(value: ast.expr) -> bool:
    return isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.Div, ast.MatMult, ast.Pow))


def _between(code: Code, node: ast.AugAssign) -> str:
    between = Range(code.range(node.target).end, code.range(node.value).start)
    return code.source.between(between).strip(" (\n")


def aliases(loop: Loop, names: Sequence[str]) -> frozenset[str]:
    """The carried names that end a round as another name's value: `previous = x`."""
    found: dict[str, bool] = {}
    for statement in loop.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    found.update(_aliased(target, node.value))
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                found[node.target.id] = False
    return frozenset(name for name in names if found.get(name, False))


def _aliased(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, bool]]:
    if isinstance(target, ast.Name):
        yield target.id, isinstance(value, ast.Name)
    elif (
        isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts)
    ):
        for one, other in zip(target.elts, value.elts, strict=True):
            yield from _aliased(one, other)
    elif isinstance(target, ast.Tuple):
        for one in target.elts:
            yield from _aliased(one, value if isinstance(value, ast.Call) else one)


def _is_plain(loop: Loop) -> bool:
    return not any(_leaves(node) for statement in loop.body for node in ast.walk(statement))


def _leaves(node: ast.AST) -> bool:
    if isinstance(node, (ast.Attribute, ast.Starred)) and isinstance(node.ctx, ast.Store):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return _changes(node.value) or not isinstance(node.value.func, ast.Attribute)
    return isinstance(node, _LEAVING)


def _changes(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and (
        call.func.attr in _CHANGING or not call.func.attr.endswith("_")
    )


def bound_in(body: Sequence[ast.stmt]) -> Iterator[str]:
    """In functions, in the order of their text; a comprehension's own names are not the function's."""
    for statement in body:
        inner = {
            n
            for node in ast.walk(statement)
            if isinstance(node, ast.comprehension)
            for n in ast.walk(node.target)
        }
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in inner:
                yield node.id


def _written(body: Sequence[ast.stmt]) -> Iterator[str]:
    """`out` of `out[i] = …` and of `out.add_(…)`."""
    for node in (n for statement in body for n in ast.walk(statement)):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name):
                yield node.value.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
                yield function.value.id


def bound_before(code: Code, loop: Loop) -> frozenset[str]:
    function = code.function_of(loop) or code.tree
    start = code.range(loop).start
    stored = (n for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    names = {node.id for node in stored if code.range(node).start < start}
    return frozenset(
        names | {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)} - {"self"}
    )


def used_after(code: Code, loop: Loop) -> frozenset[str]:
    """Read below the loop, or anywhere in a loop around it."""
    function = code.function_of(loop) or code.tree
    end = code.range(loop).end
    own = set(ast.walk(loop))
    outer = [up for up in code.ancestors(loop) if isinstance(up, (ast.For, ast.While))]
    around = {node for up in outer for node in ast.walk(up)} - own
    loaded = (n for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    return frozenset(n.id for n in loaded if n in around or (n not in own and code.range(n).start >= end))


def _in_order(loop: Loop) -> Iterator[str]:
    found = [node for node in ast.walk(loop) if isinstance(node, ast.Name)]
    yield from (node.id for node in sorted(found, key=lambda node: (node.lineno, node.col_offset)))


def start_as_tensor(code: Code, function: Function, loop: Loop, torch: str, name: str) -> Edit | None:
    """A number that the loop goes on from, as a tensor: `i = 0` above the loop."""
    start = code.range(loop).start
    given = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and any(isinstance(each, ast.Name) and each.id == name for each in node.targets)
        and code.range(node).start < start
    ]
    value = given[-1].value if given else None
    number = value.operand if isinstance(value, ast.UnaryOp) else value
    endless = isinstance(value, ast.Call) and call_name(value) == "float"
    if value is None or not (isinstance(number, ast.Constant) or endless):
        return None
    return code.replaced(value, f"{torch}.tensor({code.text(value)})")
