"""What is looked up by its name to be called: `TABLE["net"]`, `TABLE.get(arch)`, `getattr(nets, "Net")`.

A table is a dict that is written out, here or where an import leads, or one that decorators fill:
`@register("net")`. The rule: a name that leads to several things leads to none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...python.syntax.names import dotted_name, last_name
from ..repository.index import Definition, RepositoryIndex
from ..repository.parsed import ParsedFile
from ..repository.registrations import KINDS, items_of, registrations

_DEEPEST = 6
_BUILDING = frozenset({"build", "create", "make", "build_from_cfg", "build_model", "create_model"})


@dataclass(frozen=True, slots=True)
class Lookup:
    """The name `key` in a `table`, or of an attribute of `owner`; of neither, in whatever a registry holds."""

    key: ast.expr
    table: ast.expr | None = None
    owner: ast.expr | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An expression in a table of a file: `Net`, `partial(Net, 3)`, `lambda n: Net(n)`."""

    home: ParsedFile
    value: ast.expr

    @property
    def path(self) -> Sequence[ast.stmt]:
        """The end of the file: by then all that the table names is bound."""
        return self.home.tree.body[-1:]


def lookup_in(node: ast.expr) -> Lookup | None:
    """The lookup that an expression is."""
    match node:
        case ast.Subscript(value=ast.Call(func=ast.Name(id="globals" | "locals")), slice=key):
            return Lookup(key, owner=ast.Name("", ast.Load()))
        case ast.Subscript(value=ast.Attribute(value=owner, attr="__dict__"), slice=key):
            return Lookup(key, owner=owner)
        case ast.Subscript(value=ast.Call(func=ast.Name(id="vars"), args=[owner]), slice=key):
            return Lookup(key, owner=owner)
        case ast.Call(func=ast.Name(id="getattr"), args=[owner, key, *_]):
            return Lookup(key, owner=owner)
        case ast.Subscript(value=table, slice=key):
            return Lookup(key, table=table)
        case ast.Call(func=ast.Attribute(value=table, attr="get" | "pop"), args=[key, *_]):
            return Lookup(key, table=table)
    return None


def lookup_of_build(call: ast.Call) -> Lookup | None:
    """That of `MODELS.build("net", width=8)` and `MODELS.build(dict(type="net", width=8))`."""
    if not isinstance(call.func, ast.Attribute) or last_name(call) not in _BUILDING or not call.args:
        return None
    first = call.args[0]
    return Lookup(next((value for name, value in items_of(first) if name in KINDS), first))


def attribute(owner: ast.expr, name: str, home: ParsedFile, index: RepositoryIndex) -> Definition | None:
    """A definition of a module that an expression of a file stands for."""
    if ast.unparse(owner) in ("", "sys.modules[__name__]"):
        return index.resolve(name, home)
    dotted = dotted_name(owner)
    return index.resolve(f"{dotted}.{name}", home) if dotted else None


def entry(table: ast.expr, name: str, home: ParsedFile) -> Entry | None:
    """What a dict holds under a name, however that is written: `"Net-S"` of `"net_s"` too."""
    items = items_of(table)
    exact = [value for key, value in items if key == name]
    found = exact or [value for key, value in items if _plain(key) == _plain(name)]
    return Entry(home, found[0]) if len(found) == 1 else None


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")


def imported_tables(
    dotted: str, home: ParsedFile, index: RepositoryIndex, depth: int = 0
) -> Iterator[tuple[ParsedFile, ast.expr]]:
    """The expressions that a name of a file, or of one that it is imported from, is bound to at the top."""
    first, _, rest = dotted.partition(".")
    own = home.text.top.get(first)
    if isinstance(own, ast.expr) and not rest:
        yield home, own
        return
    imported = home.imports.by_name.get(first)
    wholes = [home.absolute(imported)] if imported else [f"{star}.{first}" for star in home.stars]
    for whole in wholes if depth < _DEEPEST else ():
        module, _, name = (f"{whole}.{rest}" if rest else whole).rpartition(".")
        there = index.module(module, home) if module else None
        if there is not None and there is not home:
            yield from imported_tables(name, there, index, depth + 1)


def registered(name: str, index: RepositoryIndex) -> Definition | None:
    """What a decorator, or a call, registers under a name anywhere in the repository."""
    return index.once(registrations).only(name)
