"""A slice with what stands around its call: in its own functions, and where those are called."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...model import Position, Slice, Surrounding, Target
from ...python.syntax.statements import Function
from ..finder import Module
from .contexts import Contexts, Path
from .surroundings import surroundings


def slice_of(text: str, at: ast.Call, paths: Sequence[Path], module: Module, **rest: Any) -> Slice:
    """The slice whose arguments are evaluated `at` a call, the end of the last of the `paths`.

    The first leads to the call of the function that the next begins with.
    """
    contexts = module.kept(Contexts)
    outside = surroundings(paths[0], module)
    inside = (each for path in paths for each in contexts.of(path))
    around = [statement for path in paths for statement in path[:-1] if isinstance(statement, Function)]
    return Slice(
        text,
        start_of(at, module),
        around=outside,
        decorators=tuple(
            start_of(each, module) for function in around for each in contexts.decorators(function)
        ),
        context=(*(each.expression for each in outside), *inside),
        **rest,
    )


def entering(target: Target, within: tuple[Surrounding, ...]) -> Target:
    """The target, in what a helper has around its own call."""
    if target.slice is None or not within:
        return target
    context = (*target.slice.context, *(each.expression for each in within))
    return replace(target, slice=replace(target.slice, within=within, context=context))


def start_of(node: ast.expr, module: Module) -> Position:
    """Where a node begins."""
    return module.source.range_of(node).start
