"""Where the names of a repository lead: from what a file says to the definition, through packages that hand on.

`from vit_pytorch import ViT` leads to the class in vit_pytorch/vit.py, which the package's `__init__.py`
imports in turn. The rule: names lead where Python's import would lead. A name that is the same is not enough.
"""

from __future__ import annotations

import ast
import os
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any, TypeVar

from ...python.syntax.names import dotted_name
from ...python.syntax.statements import Function
from ...text.source import SourceText, SyntaxProblem
from ..command_lines.commands import Command
from ..configurations.composition import Configurations
from .parsed import ParsedFile, parsed_file

_DEEPEST = 12
_Found = TypeVar("_Found")
_WORD = re.compile(r"\w+")

Key = tuple[str, str]
"""A definition's file and name."""


@dataclass(frozen=True, eq=False)
class Definition:
    """A class or function at the top of a file."""

    home: ParsedFile
    node: ast.ClassDef | Function

    @property
    def key(self) -> Key:
        return self.home.file, self.node.name

    @property
    def dotted(self) -> str:
        return f"{self.home.name}.{self.node.name}"


class RepositoryIndex:
    """`read` gives the repository's files, and `name_of` the name that each is imported by.

    `roots` are the folders whose modules Python finds. The files are read when the first question comes, and
    each is parsed when it may have an answer, by `parse`: who asks again and again remembers there.
    `documents` gives the code that stands in documents, docstrings and configurations, which nobody imports,
    `configurations` these files themselves, and `commands` how documents run the repository's scripts.
    """

    def __init__(
        self,
        read: Callable[[], Iterable[SourceText]],
        name_of: Callable[[str], str] = lambda file: PurePath(file).stem,
        roots: tuple[str, ...] = (),
        parse: Callable[[SourceText, str], ParsedFile | SyntaxProblem] = parsed_file,
        documents: Callable[[Mapping[str, SourceText]], Iterable[ParsedFile]] = lambda _: (),
        configurations: Callable[[], Configurations] = lambda: Configurations(()),
        commands: Callable[[], Iterable[Command]] = lambda: (),
    ) -> None:
        self._read = read
        self._name_of = name_of
        self._roots = roots
        self._parse = parse
        self._documents = documents
        self._configurations = configurations
        self._commands = commands
        self._parsed: dict[str, ParsedFile | None] = {}
        self._once: dict[Callable[[RepositoryIndex], Any], Any] = {}
        self._naming: dict[str, frozenset[str]] = {}
        self._documents_naming: dict[str, tuple[ParsedFile, ...]] = {}

    @cached_property
    def sources(self) -> Mapping[str, SourceText]:
        """By file."""
        return {source.file: source for source in self._read()}

    @cached_property
    def documents(self) -> tuple[ParsedFile, ...]:
        """The code in documents and docstrings: several texts may stand in one file."""
        return tuple(self._documents(self.sources))

    @cached_property
    def configurations(self) -> Configurations:
        """The configuration files, each read when something asks for what it holds."""
        return self._configurations()

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """The command lines of documents and shell scripts, those next to the root first."""
        return tuple(self._commands())

    def parsed(self, source: SourceText) -> ParsedFile | SyntaxProblem:
        """A file of the repository or, where the index has another text, that of `source`."""
        known = self._parsed.get(source.file)
        if known is not None and known.source.text == source.text:
            return known
        found = self._parse(source, self._name_of(source.file))
        if isinstance(found, SyntaxProblem):
            self._parsed.setdefault(source.file, None)
        else:
            self._parsed[source.file] = found
        return found

    def file(self, file: str) -> ParsedFile | None:
        """A file that parses."""
        if file not in self._parsed:
            source = self.sources.get(file)
            found = self.parsed(source) if source is not None else None
            return found if isinstance(found, ParsedFile) else None
        return self._parsed[file]

    def mentioning(self, word: Callable[[str], bool], *, documents: bool = False) -> Iterator[ParsedFile]:
        """The files whose text has something, in the order of their names; then the `documents`, if asked for."""
        for file, source in self.sources.items():
            if word(source.text) and (found := self.file(file)) is not None:
                yield found
        yield from (each for each in self.documents if word(each.source.text)) if documents else ()

    def naming(self, *names: str) -> Iterator[ParsedFile]:
        """The files whose text has one of the names as a word, in the order of the files."""
        files = frozenset().union(*map(self._files_naming, names))
        found = (self.file(file) for file in self.sources if file in files)
        return (each for each in found if each is not None)

    def documents_naming(self, name: str) -> tuple[ParsedFile, ...]:
        """Those of the `documents`."""
        if name not in self._documents_naming:
            has = _has_word(name)
            self._documents_naming[name] = tuple(each for each in self.documents if has(each.source.text))
        return self._documents_naming[name]

    def _files_naming(self, name: str) -> frozenset[str]:
        if name not in self._naming:
            has = _has_word(name)
            self._naming[name] = frozenset(each.file for each in self.sources.values() if has(each.text))
        return self._naming[name]

    def once(self, find: Callable[[RepositoryIndex], _Found]) -> _Found:
        """What a function finds in the whole repository; it is called when this is first asked."""
        if find not in self._once:
            self._once[find] = find(self)
        found: _Found = self._once[find]
        return found

    def below_root(self, file: str) -> str:
        """A file's path below the first root that holds it: what its folders above are called is no matter."""
        held = (root for root in self._roots if file.startswith(os.path.join(root, "")))  # noqa: PTH118
        return next((os.path.relpath(file, root) for root in held), file)

    # -- names ---------------------------------------------------------------------------------------

    def definition_of(self, node: ast.expr, home: ParsedFile) -> Definition | None:
        """What a name in a file is, as `models.Net` after `from package import models`."""
        return self.resolve(dotted_name(node), home)

    def resolve(self, dotted: str, home: ParsedFile) -> Definition | None:
        """The definition that a dotted name of a file leads to; None where it leads out of the repository."""
        return self._in(home, dotted, 0) if dotted else None

    def _in(self, home: ParsedFile, dotted: str, depth: int) -> Definition | None:
        """A name as the text of `home` means it."""
        first, _, rest = dotted.partition(".")
        own = home.definitions.get(first)
        if own is not None:
            return None if rest else Definition(home, own)
        imported = home.imports.by_name.get(first)
        if imported is not None:
            whole = f"{home.absolute(imported)}.{rest}" if rest else home.absolute(imported)
            return self._absolute(whole, home, depth + 1)
        stars = (self._absolute(f"{star}.{dotted}", home, depth + 1) for star in home.stars)
        return next(filter(None, stars), None)

    def _absolute(self, dotted: str, asking: ParsedFile, depth: int) -> Definition | None:
        """A name as an import of `asking` means it: the longest part of it that is a module, and what is in that."""
        parts = dotted.split(".")
        if depth > _DEEPEST:
            return None
        for count in range(len(parts) - 1, 0, -1):
            home = self.module(".".join(parts[:count]), asking)
            if home is not None and home is not asking:
                return self._in(home, ".".join(parts[count:]), depth)
        return None

    def module(self, name: str, asking: ParsedFile) -> ParsedFile | None:
        """The file that an import of `asking` finds: beside it first, as a script's own folder is, then anywhere."""
        folder = os.path.dirname(asking.file)  # noqa: PTH120 (once for each name, of a text)
        parts = name.split(".")
        for home in (folder, *self._roots):
            path = os.path.join(home, *parts)  # noqa: PTH118
            for file in (f"{path}.py", os.path.join(path, "__init__.py")):  # noqa: PTH118
                if file in self.sources and file != asking.file:
                    return self.file(file)
        named = self._by_name.get(name, ())
        return self.file(named[0]) if len(named) == 1 else None

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for file in self.sources:
            found[self._name_of(file)].append(file)
        return found


def naming_any(names: Collection[str]) -> Callable[[str], bool]:
    """Whether a text has one of many names as a word: it is searched once, and not once for each."""
    return lambda text: not frozenset(_WORD.findall(text)).isdisjoint(names)


def _has_word(word: str) -> Callable[[str], bool]:
    """To look for the characters first takes a tenth of the time."""
    pattern = re.compile(rf"\b{re.escape(word)}\b")
    return lambda text: word in text and pattern.search(text) is not None
