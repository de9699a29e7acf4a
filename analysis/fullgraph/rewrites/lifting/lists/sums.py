"""Loops over numbers that only add up: `for t in ids.tolist(): if t != pad: count += 1` is `(ids != pad).sum()`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ....python.syntax.names import names_in
from ....python.syntax.precedence import Binds, operand, owner
from ...edit.lines import has_own_lines
from ..placing import put
from ..reading.holding import ends_with
from ..scalars.arithmetic import combined
from ..scalars.conditions import truth
from ..scope import Scope
from ..value import CannotLiftError, Value, inverted
from .containers import bind_target, entry_of
from .joined import going_over, sources_of, spread

Named = Callable[[Scope, str, Value], Value]


@dataclass(frozen=True)
class _Added:
    """What a round adds to a name, and the conditions for it: each with whether it has to hold."""

    node: ast.AugAssign
    name: str
    asked: tuple[tuple[ast.expr, bool], ...]


def added_up(scope: Scope, loop: ast.For, named: Named) -> bool:
    """Whether a loop was rewritten as sums over all of its rounds; `named` gives a name what it holds then."""
    before, sources = dict(scope.names), sources_of(scope, loop)
    if not sources or loop.orelse or not has_own_lines(scope.code, loop):
        return False
    try:
        found = list(_added(loop.body, ()))
        if _reads_sums(loop, found) or not ends_with(scope, loop):
            return False
        with scope.unchecked(), going_over(scope, sources):
            bind_target(scope, loop.target, entry_of(scope, loop.iter))
            terms = [_term(scope, each, sources) for each in found]
    except CannotLiftError:
        return False
    finally:
        scope.names = before
    lines = []
    for each, term in zip(found, terms, strict=True):
        whole = combined(each.node.op, scope.names.get(each.name, Value(each.name)), term)
        lines.append(f"{each.name} = {named(scope, each.name, whole).text}")
    put(scope, loop, lines)
    return True


def _added(body: Sequence[ast.stmt], asked: tuple[tuple[ast.expr, bool], ...]) -> Iterator[_Added]:
    """What a round adds, whichever way it goes."""
    for index, each in enumerate(body):
        if isinstance(each, ast.Continue):
            return
        if isinstance(each, ast.If):
            ends = any(isinstance(node, ast.Continue) for node in ast.walk(each))
            rest = body[index + 1 :] if ends else []
            yield from _added([*each.body, *rest], (*asked, (each.test, True)))
            yield from _added([*each.orelse, *rest], (*asked, (each.test, False)))
            if ends:
                return
        elif isinstance(each, ast.AugAssign) and isinstance(each.target, ast.Name):
            if not isinstance(each.op, ast.Add | ast.Sub):
                raise CannotLiftError
            yield _Added(each, each.target.id, asked)
        elif not isinstance(each, ast.Pass):
            raise CannotLiftError


def _reads_sums(loop: ast.For, found: Sequence[_Added]) -> bool:
    """Whether a round goes on from what others left."""
    names = {each.name for each in found}
    read = [test for each in found for test, _ in each.asked] + [each.node.value for each in found]
    return not found or any(names & names_in(each) for each in read) or bool(names & names_in(loop.target))


def _term(scope: Scope, added: _Added, sources: Mapping[str, str]) -> Value:
    """All that the rounds add to a name."""
    number = scope.names.get(added.name)
    value = scope.of(added.node.value)
    if number is None or not (number.is_lifted or number.python) or not (value.is_lifted or value.python):
        raise CannotLiftError
    masks = [_mask(scope, test, holds, sources) for test, holds in added.asked]
    mask = masks[0] if len(masks) == 1 else " & ".join(operand(each, Binds.SIGN) for each in masks)
    text = spread(scope, value.detached.text, sources) if value.is_lifted else None
    if text is not None:
        text = f"{scope.torch}.where({mask}, {text}, 0)" if mask else text
        kind = "int" if value.kind == "bool" else value.kind
        fraction = kind != "int" and value.fraction
        return Value(f"{owner(text)}.sum()", kind, True, value.roots, fraction=fraction, computed=fraction)
    if not mask or value.is_lifted:
        raise CannotLiftError
    counted = f"{owner(mask)}.sum()"
    one = value.text == "1"
    return Value(counted if one else f"{counted} * {value.operand}", value.type, True, exact=one)


def _mask(scope: Scope, node: ast.expr, holds: bool, sources: Mapping[str, str]) -> str:
    test = truth(scope, node)
    text = spread(scope, test.text, sources) if test.is_lifted else None
    if text is None:
        raise CannotLiftError
    return text if holds else inverted(text)
