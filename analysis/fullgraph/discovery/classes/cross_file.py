"""How the classes of one file are built in others: the calls there whose arguments its text settles.

The other files are read when the first class asks, and each is parsed only where it may have an answer.
A call counts where its file does not define such a class itself, but imports it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property

from ...python.binding.constant_folding import Text
from ...python.binding.imports import Imports, imports_of
from ...python.syntax.names import last_part
from ...python.syntax.nodes import Nodes
from ...text.source import SourceText, SyntaxProblem, parse_module
from .constructors import constructions

_CALL = re.compile(r"\b([A-Z]\w*)\(")


class ConstructionIndex:
    """`read` gives the files of the workspace."""

    def __init__(self, read: Callable[[], Iterable[SourceText]]) -> None:
        self._read = read
        self._read_already: dict[str, tuple[Text, Imports] | None] = {}

    def constructions(self, name: str) -> tuple[str, ...]:
        """`Net(3, hidden=64)`, each once, in the order of the files."""
        read = filter(None, map(self._parsed, self._by_name.get(name, ())))
        return tuple(dict.fromkeys(call for each in read for call in _constructions(name, *each)))

    def _parsed(self, source: SourceText) -> tuple[Text, Imports] | None:
        """Once for all the classes that a file may build."""
        if source.file not in self._read_already:
            tree = parse_module(source.normal)
            nodes = None if isinstance(tree, SyntaxProblem) else Nodes(tree)
            self._read_already[source.file] = (
                (Text(nodes, at_home=False), imports_of(nodes)) if nodes else None
            )
        return self._read_already[source.file]

    @cached_property
    def _by_name(self) -> dict[str, list[SourceText]]:
        index: dict[str, list[SourceText]] = defaultdict(list)
        for source in self._read():
            for name in sorted(set(_CALL.findall(source.text))):
                index[name].append(source)
        return dict(index)


NOWHERE = ConstructionIndex(lambda: ())


def _constructions(name: str, text: Text, imports: Imports) -> list[str]:
    imported = imports.by_name.get(name, "")
    try:
        return constructions(name, text) if last_part(imported) == name else []
    except RecursionError:
        return []
