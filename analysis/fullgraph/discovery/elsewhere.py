"""How the classes of one file are built in others: the calls there whose arguments its text settles.

The other files are read when the first class asks, and each is parsed only where it may have an answer.
A call counts where its file does not define such a class itself, but imports it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property

from ..source import SourceText, SyntaxProblem, parse_module
from .constructors import constructions
from .imports import imports_of
from .settled import Text

_CALL = re.compile(r"\b([A-Z]\w*)\(")


class Elsewhere:
    """`read` gives the files of the workspace."""

    def __init__(self, read: Callable[[], Iterable[SourceText]]) -> None:
        self._read = read

    def constructions(self, name: str) -> tuple[str, ...]:
        """`Net(3, hidden=64)`, each once, in the order of the files."""
        found = (call for source in self._by_name.get(name, ()) for call in _constructions(name, source))
        return tuple(dict.fromkeys(found))

    @cached_property
    def _by_name(self) -> dict[str, list[SourceText]]:
        index: dict[str, list[SourceText]] = defaultdict(list)
        for source in self._read():
            for name in sorted(set(_CALL.findall(source.text))):
                index[name].append(source)
        return dict(index)


NOWHERE = Elsewhere(lambda: ())


def _constructions(name: str, source: SourceText) -> list[str]:
    tree = parse_module(source.normal)
    if isinstance(tree, SyntaxProblem):
        return []
    imported = imports_of(tree).by_name.get(name, "")
    try:
        return constructions(name, Text(tree, at_home=False)) if imported.rpartition(".")[2] == name else []
    except RecursionError:
        return []
