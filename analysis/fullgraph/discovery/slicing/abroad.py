"""What an import changes by running a file, and what a function of another file changes of things that this one knows.

`import patches`, whose top sets `net.Net.forward`; `setup.apply()`, which does. The rule: names are compared by what
they mean, where Python's imports lead, so that `Net` here and `net.Net` there are one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from weakref import WeakKeyDictionary

from ...python.syntax.statements import is_main_guard, of_scope
from ..finder import Module
from ..repository.index import RepositoryIndex
from ..repository.parsed import ParsedFile

Names = frozenset[str]
ChangedIn = Callable[[ast.stmt, ParsedFile], Names]
"""The names of a file that one of its statements changes."""

_DEEPEST = 2

_known: WeakKeyDictionary[ParsedFile, Names] = WeakKeyDictionary()


def here(names: Iterable[str], home: ParsedFile, asking: ParsedFile, index: RepositoryIndex) -> Iterator[str]:
    """What the file `asking` calls those things that `names` of another file stand for, or parts of them."""
    if home is asking:
        yield from names
    else:
        yield from _called([_meaning(each, home, index) for each in names], asking, index)


def by_import(node: ast.Import | ast.ImportFrom, module: Module, changed_in: ChangedIn) -> Names:
    """The names of a file that change because an import runs other files."""
    meant: set[str] = set()
    for home in _imported(node, module.parsed, module.index):
        meant |= _changed_by(home, module.index, changed_in, 0)
    return frozenset(_called(meant, module.parsed, module.index))


def _called(meant: Iterable[str], asking: ParsedFile, index: RepositoryIndex) -> Iterator[str]:
    wanted = tuple(meant)
    if not wanted:
        return
    for own in (*asking.imports.by_name, *asking.definitions):
        meaning = _meaning(own, asking, index)
        if any(_is_part(meaning, each) or _is_part(each, meaning) for each in wanted):
            yield own


def _is_part(part: str, whole: str) -> bool:
    return part == whole or part.startswith(f"{whole}.")


def _meaning(name: str, home: ParsedFile, index: RepositoryIndex) -> str:
    found = index.resolve(name, home)
    if found is not None:
        return found.dotted
    imported = home.imports.by_name.get(name)
    return f"{home.name}.{name}" if imported is None else home.absolute(imported)


def _imported(
    node: ast.Import | ast.ImportFrom, home: ParsedFile, index: RepositoryIndex
) -> Iterator[ParsedFile]:
    """The files of the repository that an import runs."""
    if isinstance(node, ast.Import):
        names = [each.name for each in node.names]
    else:
        base = home.absolute(f"{'.' * node.level}{node.module or ''}")
        names = [base, *(f"{base}.{each.name}" for each in node.names)]
    found = (index.module(each, home) for each in names if each)
    yield from (each for each in found if each is not None and each is not home)


def _changed_by(home: ParsedFile, index: RepositoryIndex, changed_in: ChangedIn, depth: int) -> Names:
    """What the things are called that running a file changes, by their full names."""
    if home in _known:
        return _known[home]
    _known[home] = frozenset()  # of files that import each other
    found: set[str] = set()
    top = (each for each in home.tree.body if not (isinstance(each, ast.If) and is_main_guard(each.test)))
    for statement in of_scope(top):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            inner = _imported(statement, home, index) if depth < _DEEPEST else ()
            found = found.union(*(_changed_by(each, index, changed_in, depth + 1) for each in inner))
        else:
            found |= {
                _meaning(each, home, index) for each in changed_in(statement, home) if _is_foreign(each, home)
            }
    _known[home] = frozenset(found)
    return _known[home]


def _is_foreign(name: str, home: ParsedFile) -> bool:
    """What a file does to its own, its import is needed for anyway."""
    return name in home.imports.by_name
