"""The conditions of a text: those whose both sides a comparison is to see."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ..model import DataDependent, Facts, Place
from ..project import files
from ..text.source import SourceText, parse_module


def source_in(texts: files.Texts, file: str) -> SourceText | None:
    """A file that a fix can lie in: Python, or the settings."""
    if file.endswith(".py"):
        source = files.read_source(file, texts)
    else:
        source = files.read_pyproject(files.project_of(file), texts)
    return source if isinstance(source, SourceText) else None


def branches_of(facts: Facts) -> tuple[Place, ...]:
    """The conditions that depend on data, whose both sides the inputs are to take."""
    asked = (each for each in facts.failures if isinstance(each, DataDependent) and each.asks == "bool")
    frames = (failure.frame for failure in asked)
    # What a call of torch's needs to know (`callee`) has no sides that the user's text shows.
    return tuple(dict.fromkeys(frame.place for frame in frames if frame and not frame.callee))


def conditions_in(places: Sequence[Place], texts: files.Texts) -> Iterator[Place]:
    """Every condition of these files: which of them a fix settles beside its finding's own shows later."""
    for file in dict.fromkeys(place.file for place in places):
        source = source_in(texts, file) if file.endswith(".py") else None
        tree = parse_module(source.normal) if source else None
        if source is not None and isinstance(tree, ast.Module):
            tests = (n.test for n in ast.walk(tree) if isinstance(n, (ast.If, ast.IfExp, ast.While)))
            yield from (source.place(source.range_of(leaf)) for test in tests for leaf in _leaves(test))


def _leaves(test: ast.expr) -> Iterator[ast.expr]:
    """What `and`, `or` and `not` join: each is asked for its truth by itself."""
    parts = list(test.values) if isinstance(test, ast.BoolOp) else []
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        parts = [test.operand]
    if parts:
        yield from (leaf for part in parts for leaf in _leaves(part))
    else:
        yield test
