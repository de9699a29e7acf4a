"""A model that the repository builds by its name: `build("a", width=8)`, `TABLE[args.arch]()`, `getattr(nets, "Net")()`.

Where a name is not written down at the call, it is what it is where the file runs, and the check finds out whether
it leads to the class. The rule: a function that builds by name is one of the repository's that looks something up.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ...python.binding import scopes
from ...python.syntax.names import dotted_name, last_name
from ...python.syntax.statements import Function
from ..classes.classes import Class
from ..finder import Module
from ..inputs.call_sites import CallSite, site_of
from ..repository.index import RepositoryIndex
from ..repository.parsed import ParsedFile
from ..repository.registrations import KINDS, items_of
from . import composition
from .registered import Registered
from .way import Construction

_BUILDS = re.compile(
    r"(build|create|make|get|instantiate|init|load|setup|from)(_\w+)?|\w+_(builder|factory|from_config)"
)
_SIGNS = re.compile(
    r"\b(build|create|make|get|getattr|instantiate|init|load|setup|from)\w*\(|\w_factory\(|\]\("
)
_LOOKS_UP = frozenset({"getattr", "eval", "globals", "import_module", "get", "build", "locals", "vars"})


def find(model: Class, module: Module) -> Iterator[Construction]:
    """The calls that may give it."""
    yield from composition.reachable(_sites(Registered(model, module)), module)


def _sites(registered: Registered) -> Iterator[tuple[CallSite, ParsedFile]]:
    """Calls that say one of its names first, then those of which only a run tells the name."""
    index = registered.module.index
    known = ((_is_named(each, registered), each) for each in index.once(_calls))
    found = [(named, each) for named, each in known if named is not None]
    for _, each in sorted(found, key=lambda pair: not pair[0]):
        site = site_of(each.call, each.home.tree.body)
        if site is not None and not composition.is_in_a_model(site, each.home, registered.module):
            yield site, each.home


@dataclass(frozen=True)
class _ByName:
    """A call that builds what `key` names; of an attribute of `owner`, in a `table`, or by a function."""

    call: ast.Call
    home: ParsedFile
    key: ast.expr
    owner: ast.expr | None = None
    table: ast.expr | None = None


def _calls(index: RepositoryIndex) -> tuple[_ByName, ...]:
    """All of a repository."""
    homes = index.mentioning(lambda text: _SIGNS.search(text) is not None)
    found = (_by_name(call, home, index) for home in homes for call in home.nodes.of(ast.Call))
    return tuple(each for each in found if each is not None)


def _by_name(call: ast.Call, home: ParsedFile, index: RepositoryIndex) -> _ByName | None:
    match call.func:
        case ast.Call(func=ast.Name(id="getattr"), args=[owner, name, *_]):
            return _ByName(call, home, name, owner=owner)
        case ast.Subscript(value=ast.Name() | ast.Attribute() as table, slice=key):
            return _ByName(call, home, key, table=table)
        case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[key, *_]):
            return _ByName(call, home, key, table=table)
    if call.args and _builds_by_name(call, home, index):
        return _ByName(call, home, _said(call.args[0]))
    return None


def _is_named(each: _ByName, registered: Registered) -> bool | None:
    """Whether a call says the name of what it builds; None where it builds something else."""
    if each.owner is not None:
        has = _defines(each.owner, each.home, registered)
        return None if has is False else _of_key(each.key, {registered.model.name}, defines=bool(has))
    if not registered.names or (each.table is not None and not registered.has_table(each.table)):
        return None
    return _of_key(each.key, registered.names, defines=True)


def _of_key(key: ast.expr, names: Collection[str], *, defines: bool) -> bool | None:
    if isinstance(key, ast.Constant):
        return True if key.value in names else None
    return False if defines else None


def _said(first: ast.expr) -> ast.expr:
    """The name that an argument says: itself, or the type in a dict."""
    return next((value for name, value in items_of(first) if name in KINDS), first)


def _defines(owner: ast.expr, home: ParsedFile, registered: Registered) -> bool | None:
    """Whether a module that is asked for an attribute has the class; None of what may be any module."""
    name = dotted_name(owner)
    found = registered.module.index.resolve(f"{name}.{registered.model.name}", home) if name else None
    if found is not None:
        return found.key == registered.model.key
    imported = home.imports.by_name.get(scopes.root(owner) or "")
    return None if imported is None else False


def _builds_by_name(call: ast.Call, home: ParsedFile, index: RepositoryIndex) -> bool:
    """Whether a function or a registry of the repository is asked to build what an argument names."""
    if not _BUILDS.fullmatch(last_name(call)):
        return False
    found = index.definition_of(call.func, home)
    if found is not None:
        called = (last_name(each) for each in ast.walk(found.node) if isinstance(each, ast.Call))
        keyed = any(isinstance(each, ast.Subscript) for each in ast.walk(found.node))
        return isinstance(found.node, Function) and (keyed or not _LOOKS_UP.isdisjoint(called))
    root = scopes.root(call.func)
    if not isinstance(call.func, ast.Attribute) or root is None:
        return False
    imported = home.imports.by_name.get(root)
    return root in home.text.top or (imported is not None and _is_ours(home.absolute(imported), home, index))


def _is_ours(dotted: str, home: ParsedFile, index: RepositoryIndex) -> bool:
    return (index.module(dotted, home) or index.module(dotted.rpartition(".")[0], home)) is not None
