"""In which definitions each statement of a file stands."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from ...python.syntax.statements import Function, of_scope
from ..finder import Module

Path = tuple[ast.stmt, ...]


def paths_of(module: Module) -> Mapping[ast.stmt, Path]:
    """By statement, the definitions that it stands in, outermost first, and itself."""
    return module.kept(_paths_in)


def _paths_in(module: Module) -> Mapping[ast.stmt, Path]:
    return dict(_paths(module.tree.body, ()))


def _paths(body: Iterable[ast.stmt], around: Path) -> Iterator[tuple[ast.stmt, Path]]:
    for statement in of_scope(body):
        yield statement, (*around, statement)
        if isinstance(statement, Function | ast.ClassDef):
            yield from _paths(statement.body, (*around, statement))
