"""What a repository registers under a name: by decorators, in tables, and in calls that register it.

`@register("net")` above a class or function, `TABLE = {"net": Net}`, `MODELS.register("net", Net)`. The rule: only
names that are written out.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...python.syntax.names import call_name, last_name, last_part
from .index import Definition, Key, RepositoryIndex
from .parsed import ParsedFile

_REGISTERS = re.compile(r"(\w*_)?(regist\w*|add|entry_?point|model|models?_registry)(_\w+)?", re.IGNORECASE)

_SIGNS = re.compile(
    r"""^\s*@[\w.]*(regist|REGIST|MODEL|model|entry)|["']\s*:\s*[\w.]*[A-Za-z_]\w*\s*[,}\n]|regist\w*\(""",
    re.MULTILINE,
)

KINDS = ("type", "name", "_target_", "class", "arch", "model_name")
"""The keys of dicts that say which class is built of the rest."""


@dataclass(frozen=True)
class Registrations:
    """By definition, the names that it is registered by; by the names of dicts, the definitions in them.

    `registered` are those of decorators and calls, by name.
    """

    names: Mapping[Key, frozenset[str]]
    tables: Mapping[str, frozenset[Key]]
    registered: Mapping[str, Mapping[Key, Definition]]
    functions: bool  # whether any of the definitions is a function

    def only(self, name: str) -> Definition | None:
        """What a decorator or a call registers under a name, if that is one thing."""
        found = tuple(self.registered.get(name, {}).values())
        return found[0] if len(found) == 1 else None


def registrations(index: RepositoryIndex) -> Registrations:
    """All of a repository."""
    names: dict[Key, set[str]] = defaultdict(set)
    tables: dict[str, set[Key]] = defaultdict(set)
    registered: dict[str, dict[Key, Definition]] = defaultdict(dict)
    functions = False
    for home in index.mentioning(_may_register):
        for table, name, found in (*_decorated(home), *_listed(home, index), *_called(home, index)):
            names[found.key].add(name)
            tables[table].add(found.key)
            if not table:
                registered[name][found.key] = found
            functions = functions or not isinstance(found.node, ast.ClassDef)
    named = {key: frozenset(each) for key, each in names.items()}
    listed = {name: frozenset(each) for name, each in tables.items()}
    return Registrations(named, listed, dict(registered), functions)


def _may_register(text: str) -> bool:
    """Whether a text has a decorator with arguments, a table of names, or a call that registers something."""
    return _SIGNS.search(text) is not None


_Registration = tuple[
    str, str, Definition
]  # the name of the table, or "", the name in it, and what it leads to


def _decorated(home: ParsedFile) -> Iterator[_Registration]:
    for node in home.definitions.values():
        for each in node.decorator_list:
            whole = call_name(each)
            if _REGISTERS.fullmatch(last_part(whole)) or _REGISTERS.fullmatch(whole.rpartition(".")[0]):
                for name in (node.name, *(_strings(each) if isinstance(each, ast.Call) else ())):
                    yield "", name, Definition(home, node)


def _listed(home: ParsedFile, index: RepositoryIndex) -> Iterator[_Registration]:
    """The entries of dicts at the top of a file whose values are classes or functions."""
    for table, value in home.text.top.items():
        for key, entry in zip(value.keys, value.values, strict=True) if isinstance(value, ast.Dict) else ():
            found = _definition(entry, home, index)
            if found is not None and isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield table, key.value, found


def _called(home: ParsedFile, index: RepositoryIndex) -> Iterator[_Registration]:
    """`MODELS.register("net", Net)`."""
    for call in home.nodes.of(ast.Call):
        if call.args and _REGISTERS.fullmatch(last_name(call)):
            found = next((each for a in call.args if (each := _definition(a, home, index))), None)
            yield from (("", name, found) for name in _strings(call) if found is not None)


def _definition(node: ast.expr, home: ParsedFile, index: RepositoryIndex) -> Definition | None:
    return index.definition_of(node, home) if isinstance(node, ast.Name | ast.Attribute) else None


def _strings(call: ast.Call) -> Iterator[str]:
    values = (*call.args, *(each.value for each in call.keywords))
    yield from (
        e.value for e in values if isinstance(e, ast.Constant) and isinstance(e.value, str) and e.value
    )


def items_of(node: ast.expr) -> list[tuple[str, ast.expr]]:
    """The keys and values of a dict, as a literal or a call; none of another expression."""
    match node:
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return [(str(k.value), v) for k, v in pairs if isinstance(k, ast.Constant)]
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            return [(each.arg, each.value) for each in keywords if each.arg]
    return []
