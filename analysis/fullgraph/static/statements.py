"""Statements: the order in which code runs, and what holds of the names after each."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from ..python.syntax.operators import in_full
from ..text.messages import RAISING
from .conditions import BARE_ASSERT, ask, condition, narrowed
from .context import AnalysisContext
from .domain import (
    DERIVED,
    HOST,
    NONE,
    SIZE,
    UNKNOWN,
    Each,
    Host,
    Items,
    RaggedShape,
    Tensor,
    Value,
    element_of,
    has_data,
    tensor,
)
from .frames import Frame, merged
from .scopes import Function
from .state import assign_attribute, assign_element, note_kind


def run(body: Sequence[ast.stmt], frame: Frame, context: AnalysisContext) -> None:
    for node in body:
        if frame.ended:
            return
        handler = _STATEMENTS.get(type(node))
        if handler is not None:
            handler(node, frame, context)


# -- names -------------------------------------------------------------------------------------------


def bind(target: ast.expr, value: Value, frame: Frame, context: AnalysisContext) -> None:
    """`target = value`."""
    if isinstance(target, ast.Name):
        frame.set(target.id, value)
        return
    match target:
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            _unpack(targets, value, frame, context)
        case ast.Starred(value=inner):
            bind(inner, Each(_element(value)), frame, context)
        case ast.Attribute():
            assign_attribute(target, value, frame, context)
        case ast.Subscript():
            assign_element(target, value, frame, context)


def _unpack(targets: list[ast.expr], value: Value, frame: Frame, context: AnalysisContext) -> None:
    parts: list[Value]
    if isinstance(value, Items) and len(value.elements) == len(targets) and not _starred(targets):
        parts = list(value.elements)
    elif isinstance(value, RaggedShape):
        parts = [SIZE, *[HOST] * (len(targets) - 1)]
    else:
        parts = [_element(value)] * len(targets)
    for target, part in zip(targets, parts, strict=True):
        bind(target, part, frame, context)


def _starred(targets: list[ast.expr]) -> bool:
    return any(isinstance(target, ast.Starred) for target in targets)


def _element(value: Value) -> Value:
    """What iterating over a value gives."""
    match value:
        case Each() | Items():
            element = element_of(value)
            return UNKNOWN if element is None else element
        case Tensor():
            return tensor(value.constant, value.boolean)
        case Host():
            return HOST
    return DERIVED if has_data(value) else UNKNOWN


def _assign(node: ast.Assign, frame: Frame, context: AnalysisContext) -> None:
    value = context.evaluate(node.value, frame, context)
    for target in node.targets:
        bind(target, value, frame, context)
        note_kind(node.value, target, context)


def _annotated(node: ast.AnnAssign, frame: Frame, context: AnalysisContext) -> None:
    if node.value is not None:
        bind(node.target, context.evaluate(node.value, frame, context), frame, context)
        note_kind(node.value, node.target, context)


def _augmented(node: ast.AugAssign, frame: Frame, context: AnalysisContext) -> None:
    load = ast.copy_location(in_full(node), node)
    value = context.evaluate(load, frame, context)
    if isinstance(node.target, ast.Attribute):
        assign_attribute(node.target, value, frame, context, counts=True)
    else:
        bind(node.target, value, frame, context)


def _delete(node: ast.Delete, frame: Frame, context: AnalysisContext) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            frame.names.pop(target.id, None)


def _expression(node: ast.Expr, frame: Frame, context: AnalysisContext) -> None:
    context.evaluate(node.value, frame, context)


def _function(node: ast.FunctionDef, frame: Frame, context: AnalysisContext) -> None:
    frame.set(node.name, Function(node, frame.scope, None, frame.names, frame.owner))


def _forget(node: Any, frame: Frame, context: AnalysisContext) -> None:
    names = node.names if isinstance(node, ast.Global | ast.Nonlocal) else [getattr(node, "name", "")]
    for name in names:
        if isinstance(name, str):
            frame.set(name, UNKNOWN)


# -- the way it takes --------------------------------------------------------------------------------


def _return(node: ast.Return, frame: Frame, context: AnalysisContext) -> None:
    frame.returned.append(context.evaluate(node.value, frame, context) if node.value is not None else NONE)
    frame.ended = True


def _raise(node: ast.Raise, frame: Frame, context: AnalysisContext) -> None:
    # What is formatted into the message matters to nobody.
    frame.ended = True


def _leave(node: ast.stmt, frame: Frame, context: AnalysisContext) -> None:
    """`break` and `continue`: what holds here holds after the loop, too."""
    frame.left.append(frame.names)
    frame.ended = True


def _if(node: ast.If, frame: Frame, context: AnalysisContext) -> None:
    raises = any(isinstance(block[-1], ast.Raise) for block in (node.body, node.orelse) if block)
    known = condition(node.test, frame, context, RAISING if raises else "if")
    if known is not None:
        run(node.body if known else node.orelse, frame, context)
        return
    before = frame.names
    ways = [
        _way(body, {**before, **narrowed(node.test, before, holds)}, frame, context)
        for body, holds in ((node.body, True), (node.orelse, False))
    ]
    _join(ways, frame)


def _way(
    body: Sequence[ast.stmt], names: dict[str, Value], frame: Frame, context: AnalysisContext
) -> dict[str, Value] | None:
    """The names after one of several ways; None where it does not go on from there."""
    frame.names, frame.ended = names, False
    frame.conditional += 1
    run(body, frame, context)
    frame.conditional -= 1
    return None if frame.ended else frame.names


def _join(ways: Sequence[dict[str, Value] | None], frame: Frame) -> None:
    open_ways = [way for way in ways if way is not None]
    frame.ended = not open_ways
    if open_ways:
        frame.names = open_ways[0]
    for way in open_ways[1:]:
        frame.names = merged(frame.names, way)


def _assert(node: ast.Assert, frame: Frame, context: AnalysisContext) -> None:
    condition(node.test, frame, context, BARE_ASSERT if node.msg is None else "assert")
    frame.names.update(narrowed(node.test, frame.names, True))


def _for(node: ast.For, frame: Frame, context: AnalysisContext) -> None:
    over = context.evaluate(node.iter, frame, context)
    iterate(over, node.iter, frame, context)
    element = _element(over)
    # Bound already now, so that a loop which changes nothing else is seen not to need another round.
    bind(node.target, element, frame, context)

    def round_(frame: Frame) -> None:
        bind(node.target, element, frame, context)
        run(node.body, frame, context)

    _rounds(round_, frame)
    run(node.orelse, frame, context)


def iterate(over: Value, node: ast.expr, frame: Frame, context: AnalysisContext) -> None:
    if isinstance(over, Tensor) and over.ragged:
        says = "the length of {} is data-dependent: not known at export time"
        hint = "vectorize the loop, or use `torch.while_loop`"
        context.report("data-dependent-loop", node, says, hint, frame)


def element_when_iterated(over: Value) -> Value:
    return _element(over)


def _while(node: ast.While, frame: Frame, context: AnalysisContext) -> None:
    def round_(frame: Frame) -> None:
        if condition(node.test, frame, context, "while") is not False:
            run(node.body, frame, context)

    _rounds(round_, frame)


def _rounds(round_: Callable[[Frame], None], frame: Frame) -> None:
    """The first round as it is, and another one from all that may hold then."""
    outer = frame.left
    for _ in range(2):
        before, frame.left = dict(frame.names), []
        round_(frame)
        ways = frame.left if frame.ended else [frame.names, *frame.left]
        frame.ended = False
        frame.names = before
        for names in ways:
            frame.names = merged(frame.names, names)
        if frame.names == before:
            break
    frame.left = outer


def _with(node: ast.With, frame: Frame, context: AnalysisContext) -> None:
    suppresses = False
    for item in node.items:
        context.evaluate(item.context_expr, frame, context)
        suppresses |= "suppress" in ast.dump(item.context_expr)
        if item.optional_vars is not None:
            bind(item.optional_vars, UNKNOWN, frame, context)
    frame.quiet += suppresses
    run(node.body, frame, context)
    frame.quiet -= suppresses


def _try(node: ast.Try, frame: Frame, context: AnalysisContext) -> None:
    """What `try` catches does not stop export; so nothing is said of what stands in it."""
    before = dict(frame.names)
    frame.quiet += bool(node.handlers)
    ways = [_way([*node.body, *node.orelse], frame.names, frame, context)]
    for handler in node.handlers:
        names = {**before, handler.name: UNKNOWN} if handler.name else dict(before)
        ways.append(_way(handler.body, names, frame, context))
    frame.quiet -= bool(node.handlers)
    _join(ways, frame)
    ended, frame.ended = frame.ended, False
    run(node.finalbody, frame, context)
    frame.ended |= ended


def _match(node: ast.Match, frame: Frame, context: AnalysisContext) -> None:
    subject = context.evaluate(node.subject, frame, context)
    before = frame.names
    ways = []
    for case in node.cases:
        if isinstance(case.pattern, ast.MatchValue):
            ask(subject, case.pattern.value, frame, context, "match")
        bound = dict.fromkeys(_captured(case.pattern), UNKNOWN)
        frame.names = {**before, **bound}
        if case.guard is not None:
            condition(case.guard, frame, context, "if")
        ways.append(_way(case.body, frame.names, frame, context))
    frame.names = before
    _join([*ways, dict(before)], frame)


def _captured(pattern: ast.pattern) -> list[str]:
    names = (getattr(each, "name", None) or getattr(each, "rest", None) for each in ast.walk(pattern))
    return [name for name in names if isinstance(name, str)]


_STATEMENTS: dict[type[ast.stmt], Callable[[Any, Frame, AnalysisContext], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Delete: _delete,
    ast.Expr: _expression,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _forget,
    ast.ClassDef: _forget,
    ast.Global: _forget,
    ast.Nonlocal: _forget,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Break: _leave,
    ast.Continue: _leave,
    ast.If: _if,
    ast.Assert: _assert,
    ast.For: _for,
    ast.While: _while,
    ast.With: _with,
    ast.Try: _try,
    ast.Match: _match,
}
