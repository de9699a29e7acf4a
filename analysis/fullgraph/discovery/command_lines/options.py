"""The options that a script takes, as its text and that of the files it imports declare them to argparse."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...python.syntax.names import last_name
from ..repository.index import RepositoryIndex
from ..repository.parsed import ParsedFile

_FLAGS = ("store_true", "store_false", "store_const", "append_const", "count", "help", "version")
_DEEPEST = 2


@dataclass(frozen=True, slots=True)
class Option:
    """`names` are those of its flags, or its only name if it goes by its place."""

    names: tuple[str, ...]
    flag: bool = False  # it takes no value
    several: bool = False
    has_default: bool = False
    required: bool = False

    @property
    def by_place(self) -> bool:
        return not self.names[0].startswith("-")

    @property
    def name(self) -> str:
        """What the program calls it."""
        longest = next((each for each in self.names if each.startswith("--")), self.names[0])
        return longest.lstrip("-").replace("-", "_")


def options_of(home: ParsedFile, index: RepositoryIndex) -> tuple[Option, ...]:
    """Those of a file and of what it imports, each once."""
    found: dict[str, Option] = {}
    for file in _with_imported(home, index, 0, set()):
        for call in file.nodes.calls("add_argument"):
            option = _option(call)
            if option is not None:
                found.setdefault(option.names[0], option)
    return tuple(found.values())


def reads_arguments(home: ParsedFile, index: RepositoryIndex) -> bool:
    """Whether it asks for the arguments themselves, `sys.argv[1]`."""
    return "sys.argv[" in home.source.text and not options_of(home, index)


def _with_imported(
    home: ParsedFile, index: RepositoryIndex, depth: int, seen: set[str]
) -> Iterator[ParsedFile]:
    if home.file in seen:
        return
    seen.add(home.file)
    yield home
    if depth < _DEEPEST:
        for name in (*home.imports.by_name.values(), *home.stars):
            module = _module(home.absolute(name), home, index)
            if module is not None:
                yield from _with_imported(module, index, depth + 1, seen)


def _module(dotted: str, home: ParsedFile, index: RepositoryIndex) -> ParsedFile | None:
    """The module that a name leads to, or that which holds it."""
    return index.module(dotted, home) or index.module(dotted.rpartition(".")[0], home)


def _option(call: ast.Call) -> Option | None:
    names = [_text(each) for each in call.args]
    if not names or not all(names):
        return None
    said = {each.arg: each.value for each in call.keywords}
    flag = (
        _text(said.get("action")) in _FLAGS or last_name(said.get("action", call)) == "BooleanOptionalAction"
    )
    default = said.get("default")
    nargs = _text(said.get("nargs"))
    by_place = not names[0].startswith("-")
    return Option(
        tuple(names),
        flag=flag,
        several=nargs not in ("", "?", "1"),
        has_default=flag or not (default is None or _is_none(default)),
        required=_text(said.get("required")) == "True" or (by_place and nargs not in ("?", "*")),
    )


def _text(node: ast.expr | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
