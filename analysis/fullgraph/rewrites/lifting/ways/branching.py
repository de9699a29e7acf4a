"""A branch whose condition is lifted: both ways are computed, and each name is given the one that holds.

An early return becomes a condition that the returns after it ask. What only speaks is left out of the
exported program; a way that costs much is left to `torch.cond`.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from ....python.binding.liveness import read_later
from ....python.binding.scopes import bound, used
from ....python.syntax.assignments import assigned_name
from ....python.syntax.statements import returning
from ...branches.speaking import speaks
from ...checks.message import message_of
from ...edit.lines import has_own_lines, put_above
from ..placing import put
from ..reading.holding import augmented_later, kept_value, later_read, still_holds
from ..scalars import texts
from ..scalars.conditions import chosen, truth
from ..scope import Exit, Scope
from ..value import CannotLiftError, Value, inverted
from .appending import appends
from .assuming import assume, left, of_two
from .outputs import outward
from .remarks import Remarks, remarks, said_alone, ways_of

Block = Sequence[ast.stmt]


def branch(scope: Scope, node: ast.stmt, test: Value, body: Block, orelse: Block) -> bool:
    """Whether a branch was rewritten; what is not has to stay a branch."""
    if not has_own_lines(scope.code, node):
        raise CannotLiftError
    if not body and orelse:
        test, body, orelse = replace(test, text=inverted(test.text)), orelse, body
    ways = (_checks, _stop, _returns, _exit, _mixed, appends, _assigns)
    return said_alone(scope, node, test, body, orelse) or _tried(scope, node, test, body, orelse, ways)


def skipped(scope: Scope, node: ast.If, rest: Block) -> bool:
    """Whether `if c: continue` was rewritten, with the rest of the round as the other way."""
    if node.orelse or not isinstance(node.body[-1], ast.Continue) or not rest:
        return False
    test = truth(scope, node.test)
    if not test.is_lifted or not all(has_own_lines(scope.code, each) for each in (node, *rest)):
        return False
    body, orelse = node.body[:-1], rest
    if not body:
        test, body, orelse = replace(test, text=inverted(test.text)), list(rest), []
    if not _tried(scope, node, test, body, orelse, (appends, _assigns)):
        return False
    for each in rest:
        put(scope, each, [])
    return True


Way: TypeAlias = Callable[[Scope, ast.stmt, Value, Block, Block], list[str] | None]
"""The lines in place of a branch, where it is one of this kind."""


def _tried(
    scope: Scope, node: ast.stmt, test: Value, body: Block, orelse: Block, ways: Sequence[Way]
) -> bool:
    names, exits, taken = dict(scope.names), list(scope.exits), set(scope.taken)
    with contextlib.suppress(CannotLiftError), scope.unchecked(test.text, inverted(test.text)):
        lines = _told_apart(scope, node, test, body, orelse, ways)
        if lines is not None:
            put(scope, node, lines)
            return True
    scope.names, scope.exits, scope.taken = names, exits, taken
    return False


def _told_apart(
    scope: Scope, node: ast.stmt, test: Value, body: Block, orelse: Block, ways: Sequence[Way]
) -> list[str] | None:
    """The lines of a branch, beside what its ways say."""
    is_check = _checks in ways and _is_check(body, orelse)
    said = Remarks(test, body, orelse) if is_check else remarks(scope, node, test, body, orelse)
    for way in ways:
        lines = way(scope, node, said.test, said.body, said.orelse)
        if lines is not None:
            return [*said.before, *lines, *said.after]
    return None


# -- what raises -----------------------------------------------------------------------------------


def _is_check(body: Block, orelse: Block) -> bool:
    rest = [each for each in body if not speaks(each)]
    return not orelse and len(rest) == 1 and isinstance(rest[0], ast.Raise)


def _checks(scope: Scope, _: ast.stmt, test: Value, body: Block, orelse: Block) -> list[str] | None:
    """`if not close: raise ValueError("…")`."""
    rest = [each for each in body if isinstance(each, ast.Raise)]
    if not _is_check(body, orelse):
        return None
    if scope.catching:
        raise CannotLiftError  # nothing catches it in an exported program
    raised = rest[0].exc
    message = raised.args[0] if isinstance(raised, ast.Call) and raised.args else None
    parts = [inverted(test.text), *([text] if (text := said(scope, message)) else [])]
    return [f"{scope.torch}._assert_async({', '.join(parts)})"]


def said(scope: Scope, message: ast.expr | None) -> str:
    """A message that needs no data; of an f-string, with the names of what it would show."""
    found = message_of(scope.code, message)
    return found.text() if found is not None else ""


# -- returns -----------------------------------------------------------------------------------------


def _returns(scope: Scope, _: ast.stmt, test: Value, body: Block, orelse: Block) -> list[str] | None:
    """Both ways return."""
    if scope.loops or not body or not orelse or returning(body) != "always" or returning(orelse) != "always":
        return None
    value = chosen(scope, test, _returned(scope, body), _returned(scope, orelse))
    for each in reversed(scope.exits):
        value = chosen(scope, Value(each.test, "bool"), each.value, value)
    scope.results.append(value)
    return [f"return {_leaving(scope, value)}"]


def _leaving(scope: Scope, value: Value) -> str:
    return outward(scope, ast.Constant(None), value) if scope.is_entry else value.detached.text


def _returned(scope: Scope, statements: Block) -> Value:
    """What statements return, all of which is computed whatever is taken."""
    before = dict(scope.names)
    try:
        for index, statement in enumerate(statements):
            if isinstance(statement, ast.Return):
                if statement.value is None:
                    raise CannotLiftError
                return scope.of(statement.value).detached
            if isinstance(statement, ast.If) and returning(statement.body) == "always":
                rest = statement.orelse or list(statements[index + 1 :])
                test = truth(scope, statement.test)
                if not test.is_lifted:
                    raise CannotLiftError
                return chosen(scope, test, _returned(scope, statement.body), _returned(scope, rest))
            assume(scope, statement)
    finally:
        scope.names = before
    raise CannotLiftError


def _exit(scope: Scope, node: ast.stmt, test: Value, body: Block, orelse: Block) -> list[str] | None:
    """`if c: return a`, and what comes after it goes on."""
    if orelse or not body or returning(body) != "always":
        return None
    value = _returned(scope, body)
    if not value.cheap or not _ends_in_return(scope):
        raise CannotLiftError
    if scope.loops:
        return _exit_of_loop(scope, test, value)
    if _only_returns_follow(scope, node):
        scope.exits.append(Exit(test.text, value))
        return []
    lines, name = list[str](), test.text
    if name not in scope.taken:
        name = scope.fresh("done", "stopped", "ended")
        lines.append(f"{name} = {test.text}")
    if not still_holds(scope, value, node):
        if augmented_later(scope, value, node):
            raise CannotLiftError
        kept = scope.fresh("result", "early_result")
        lines.append(f"{kept} = {value.text}")
        value = value.named(kept)
    scope.exits.append(Exit(name, value))
    return lines


def _mixed(scope: Scope, node: ast.stmt, test: Value, body: Block, orelse: Block) -> list[str] | None:
    """`if c: y = a`, `elif d: return b`: some ways return, the others give names a value."""
    ways = [each for way in ways_of(scope, test, body, orelse) for each in _split(scope, *way)]
    kinds = [returning(block) for _, block in ways]
    if scope.loops or "always" not in kinds or "sometimes" in kinds or not _ends_in_return(scope):
        return None
    lines, going_on, passed = list[str](), list[tuple[Value, dict[str, Value]]](), list[str]()
    for (asked, block), kind in zip(ways, kinds, strict=True):
        name = (
            scope.fresh("done", "stopped", "ended") if kind == "always" else scope.fresh("condition", "holds")
        )
        own = (asked.operand if passed else asked.text,) if asked.text else ()
        here = " & ".join((*passed, *own))
        lines.append(f"{name} = {here}")
        passed.append(f"~{name}")
        if kind == "always":
            scope.exits.append(Exit(name, kept_value(scope, _returned(scope, block), node)))
        else:
            going_on.append((replace(test, text=name), left(scope, block)))
    wanted = read_later(scope.code, node, dict.fromkeys(name for _, names in going_on for name in names))
    values = {each: _of_ways(scope, each, going_on) for each in wanted}
    known, told = _told(scope, values)
    for each, value in known.items():
        scope.bind(each, value.detached)
    return [*lines, *told, *_given(known)]


def _split(scope: Scope, test: Value, body: Block) -> Iterator[tuple[Value, Block]]:
    """A way that begins with `if d: return b` is two ways, of which the first is asked first."""
    inner = body[0] if body and test.text else None
    if isinstance(inner, ast.If) and not inner.orelse and returning(inner.body) == "always":
        asked = truth(scope, inner.test)
        if not asked.is_lifted:
            raise CannotLiftError
        yield replace(asked, text=f"{test.operand} & {asked.operand}"), inner.body
        body = body[1:]
    yield test, body


def _of_ways(scope: Scope, name: str, going_on: Sequence[tuple[Value, dict[str, Value]]]) -> Value:
    value = scope.names.get(name)
    for test, names in reversed(going_on):
        value = of_two(scope, test, name, names, {} if value is None else {name: value})
    assert value is not None
    return value


def _exit_of_loop(scope: Scope, test: Value, value: Value) -> list[str] | None:
    loop = scope.loops[0]
    read = used(value.tree)
    if len(scope.loops) > 1 or read & bound([loop]) or not _ends_in_return(scope):
        return None
    name = scope.fresh("done", "stopped", "ended")
    scope.exits.append(Exit(name, value))
    scope.write(put_above(scope.code, loop, f"{name} = {scope.torch}.tensor(False)"))
    return [f"{name} = {name} | {test.operand}"]


def _ends_in_return(scope: Scope) -> bool:
    """Whether a return that asks for the early ones certainly comes."""
    return returning(scope.enclosed[-1] if scope.enclosed else scope.function.body[-1:]) == "always"


def _only_returns_follow(scope: Scope, node: ast.stmt) -> bool:
    block = scope.code.block_of(node)
    after = block[block.index(node) + 1 :]
    plain = all(isinstance(each, ast.Return) or _is_exit(each) for each in after)
    return bool(after) and plain and returning(after) == "always"


def _is_exit(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.If) and not statement.orelse and isinstance(statement.body[0], ast.Return)
    )


def _stop(scope: Scope, node: ast.stmt, test: Value, body: Block, orelse: Block) -> list[str] | None:
    """`if not same: ok = False; break`: that further rounds run changes nothing."""
    if not scope.loops or orelse or not body or not isinstance(body[-1], ast.Break):
        return None
    loop = scope.loops[-1]
    told = {assigned_name(each) for each in body[:-1]}
    constant = all(
        isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant) for each in body[:-1]
    )
    if read_later(scope.code, loop, sorted(bound([loop]) - bound(loop.body))):
        return None  # which round was the last
    others = set(read_later(scope.code, loop, sorted(bound(loop.body) - told)))
    if not constant and not others and len(scope.loops) == 1 and not loop.orelse:
        return _first(scope, node, test, body[:-1])
    if not constant or any(not _is_lasting(loop, name) for name in others) or loop.orelse:
        return None
    if any(_has_effect(each) for each in loop.body if each is not node):
        return None
    if len(body) == 1:
        return []
    return _assigns(scope, node, test, body[:-1], [])


def _first(scope: Scope, node: ast.stmt, test: Value, body: Block) -> list[str] | None:
    """`if close: level = i; break`: what the first round gives in which it is so, and no further round."""
    loop = scope.loops[-1]
    rest = [each for each in loop.body if each is not node]
    told = {assigned_name(each) for each in body}
    if (
        any(map(_has_effect, rest))
        or "" in told
        or told & (bound(rest) | used(*rest))
        or node not in loop.body
    ):
        return None
    done, name = scope.fresh("done", "stopped", "ended"), scope.fresh("condition", "holds")
    scope.write(put_above(scope.code, loop, f"{done} = {scope.torch}.tensor(False)"))
    lines = _assigns(scope, node, replace(test, text=name), body, [])
    if lines is None:
        return None
    return [f"{name} = {test.operand} & ~{done}", *lines, f"{done} = {done} | {name}"]


def _is_lasting(loop: ast.For, name: str) -> bool:
    """Whether a name is joined by `and` each time: once it is false, it stays so."""
    given = [n for n in ast.walk(loop) if assigned_name(n) == name]
    return bool(given) and all(_is_joined(each, name) for each in given)


def _is_joined(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.BitAnd)
    value = node.value if isinstance(node, ast.Assign) else None
    joined = isinstance(value, ast.BoolOp) and isinstance(value.op, ast.And)
    return joined and any(isinstance(part, ast.Name) and part.id == name for part in value.values)  # type: ignore[union-attr]


def _has_effect(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and not speaks(statement)


# -- names -------------------------------------------------------------------------------------------


def _assigns(scope: Scope, node: ast.stmt, test: Value, body: Block, orelse: Block) -> list[str] | None:
    """Both ways give names a value."""
    first, second = left(scope, body), left(scope, orelse)
    wanted = later_read(scope, node, dict.fromkeys((*first, *second)), (*body, *orelse))
    name = test.text if len(wanted) < 2 or test.text.isidentifier() else scope.fresh("condition", "holds")
    asked = replace(test, text=name)
    values = {each: of_two(scope, asked, each, first, second) for each in wanted}
    lines = [f"{name} = {test.text}"] if name != test.text else []
    known, told = _told(scope, values)
    for each, value in known.items():
        scope.bind(each, value.detached)
    return [*lines, *told, *_given(known)]


def _told(scope: Scope, values: dict[str, Value]) -> tuple[dict[str, Value], list[str]]:
    """The names that are given tensors, and the lines that are left of those that are given strings."""
    lines = list[str]()
    for name, value in values.items():
        if value.kind == "text":
            known, inner = texts.settled(scope, value)
            if not texts.is_only_compared(scope, name):
                raise CannotLiftError
            lines += inner
            scope.bind(name, known)
    return {name: value for name, value in values.items() if value.kind != "text"}, lines


def _given(values: dict[str, Value]) -> Iterator[str]:
    """The assignments; all at once where one reads what another writes."""
    texts = {name: value.detached.text for name, value in values.items()}
    names = list(texts)
    mixed = any(
        names[index] in used(ast.parse(text, mode="eval").body)
        for index in range(len(names))
        for text in list(texts.values())[index + 1 :]
    )
    if mixed:
        yield f"{', '.join(names)} = {', '.join(texts.values())}"
    else:
        yield from (f"{name} = {text}" for name, text in texts.items())
