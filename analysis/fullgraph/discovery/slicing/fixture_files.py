"""The slice up to a call whose names have values from elsewhere, with the slices of the files of their fixtures."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...model import FixtureFile, Slice
from ..finder import Module
from ..inputs.fixtures import abroad
from ..inputs.pytest_values import supplied_of
from .made import slice_of
from .selection import CannotSlice, Names
from .slicer import slice_at, slice_for


def supplied_slice(
    module: Module,
    path: Sequence[ast.stmt],
    call: ast.Call,
    wanted: Names,
    supplied: Mapping[str, ast.expr],
) -> Slice | CannotSlice:
    """What is run for the names `wanted` at the end of a path; `call` is where they are evaluated."""
    text = slice_at(module, path, wanted, supplied)
    if isinstance(text, CannotSlice):
        return text
    given = supplied_of(supplied, wanted, text)
    files = tuple(_files((supplied[name] for name, _ in given), module))
    problem = next((each for each in files if isinstance(each, CannotSlice)), None)
    if problem is not None:
        return problem
    kept = tuple(each for each in files if isinstance(each, FixtureFile))

    def whole(names: Names) -> str | CannotSlice:
        return slice_at(module, path, wanted | names, supplied) if names else text

    return slice_of(whole, call, [path], module, supplied=given, fixtures=kept)


def _files(values: Iterable[ast.expr], module: Module) -> Iterator[FixtureFile | CannotSlice]:
    names: dict[str, set[str]] = defaultdict(set)
    for node in (node for value in values for node in ast.walk(value)):
        if (found := abroad(node)) is not None:
            names[found[0]].add(found[1].partition(".")[0])
    for file, wanted in names.items():
        home = module.index.file(file)
        assert home is not None
        text = slice_for(Module(home, module.index), frozenset(wanted))
        yield text if isinstance(text, CannotSlice) else FixtureFile(file, home.name, text)
