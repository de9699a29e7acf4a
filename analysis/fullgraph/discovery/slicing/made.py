"""A slice with what stands around its call: in its own functions, and where those are called."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ...model import Expression, Position, Slice, Target
from ...python.binding import scopes
from ...python.syntax.statements import Function
from ..finder import Module
from .contexts import Contexts, Path
from .selection import CannotSlice, Names
from .surroundings import Around, Sliced, counting, names_here, surroundings

Text = Callable[[Names], str | CannotSlice]
"""The text of a slice that has some names of the module besides those that its call needs."""


def slice_of(
    text: Text, at: ast.Call, paths: Sequence[Path], module: Module, **rest: Any
) -> Slice | CannotSlice:
    """The slice whose arguments are evaluated `at` a call, the end of the last of the `paths`.

    The first leads to the call of the function that the next begins with.
    """
    contexts = module.kept(Contexts)
    made = text(frozenset())
    if isinstance(made, CannotSlice):
        return made
    callers = surroundings(paths[0], module, Sliced(module.parsed, scopes.used(ast.parse(made))))
    if wanted := names_here(callers):
        whole = text(wanted)
        made = made if isinstance(whole, CannotSlice) else whole
        if isinstance(whole, CannotSlice):
            callers = tuple(tuple(e for e in one if not e.here) for one in callers)
    outside, *elsewhere = callers
    inside = [each for path in paths for each in contexts.of(path)]
    around = [statement for path in paths for statement in path[:-1] if isinstance(statement, Function)]
    return Slice(
        made,
        start_of(at, module),
        around=outside,
        elsewhere=tuple(elsewhere),
        decorators=tuple(
            start_of(each, module) for function in around for each in contexts.decorators(function)
        ),
        context=(*_said(outside), *inside),
        **rest,
    )


def elsewhere(target: Target) -> Iterator[Target]:
    """The target, and the same as other callers have it, with something else around the call."""
    sliced = target.slice
    if sliced is None or not sliced.elsewhere:
        yield target
        return
    inside = sliced.context[len(_said(sliced.around)) :]
    for around in (sliced.around, *sliced.elsewhere):
        context = (*_said(around), *inside)
        yield replace(target, slice=replace(sliced, around=around, elsewhere=(), context=context))


def _said(around: Around) -> tuple[Expression, ...]:
    return tuple(each.expression for each in counting(around))


def entering(target: Target, within: Around) -> Target:
    """The target, in what a helper has around its own call."""
    if target.slice is None or not within:
        return target
    context = (*target.slice.context, *_said(within))
    return replace(target, slice=replace(target.slice, within=within, context=context))


def start_of(node: ast.expr, module: Module) -> Position:
    """Where a node begins."""
    return module.source.range_of(node).start
