"""In which definitions each statement of a file stands."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from ...python.syntax.statements import Function, of_scope
from ..finder import Module

Path = tuple[ast.stmt, ...]


class _Paths(dict[ast.stmt, Path]):
    """By statement."""


def paths_of(module: Module) -> Mapping[ast.stmt, Path]:
    """By statement, the definitions that it stands in, outermost first, and itself."""
    known = module.memory.setdefault(_Paths, {})
    assert isinstance(known, dict)
    if not known:
        known.update(_paths(module.tree.body, ()))
    return known


def _paths(body: Iterable[ast.stmt], around: Path) -> Iterator[tuple[ast.stmt, Path]]:
    for statement in of_scope(body):
        yield statement, (*around, statement)
        if isinstance(statement, Function | ast.ClassDef):
            yield from _paths(statement.body, (*around, statement))
