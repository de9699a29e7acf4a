"""Functions that give a model and can be called as they are: `build_sam_vit_b()`, `resnet18(pretrained=False)`.

What a function gives is followed from its `return`s: through the names that it binds, methods that return the
module itself, other functions, and functions that are handed a class (`_create(ResNet, "resnet18")`).
Weights are never asked for. Of several for one class the smallest is called, by name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ...python.binding import scopes
from ...python.binding.api_tables import RETURN_THE_MODULE
from ...python.syntax.assignments import assignments
from ...python.syntax.names import dotted_name, last_part
from ...python.syntax.statements import Function, of_scope
from ..classes.classes import Class
from ..finder import Module
from ..repository.index import Key, RepositoryIndex
from ..repository.parsed import ParsedFile
from . import parameters
from .sizes import by_size
from .way import Construction, sliced

_ROUNDS = 4
_DEEPEST = 5
_MOST_REMEMBERED = 1 << 10
"""Functions: each is asked for once for every class that its file names."""
_NO_FACTORIES = re.compile(
    r"_?(main|run|train|test|eval|demo|infer|export|convert|load|restore|resume)(_.*)?"
)


@dataclass(frozen=True, slots=True)
class Factory:
    """A function at the top of a file, or a class method of `owner`."""

    home: ParsedFile
    node: Function
    owner: ast.ClassDef | None = None

    @property
    def name(self) -> str:
        return f"{self.owner.name}.{self.node.name}" if self.owner else self.node.name

    @property
    def key(self) -> Key:
        return self.home.file, self.name


def find(model: Class, module: Module) -> Iterator[Construction]:
    """Calls of those that need nothing that the text does not tell, the smallest model first."""
    called = (
        (each, call)
        for each in functions_that_give(model, module.index)
        if not _NO_FACTORIES.fullmatch(each.node.name)
        and (call := parameters.call(each.name, each.node, each.owner, each.home, module)) is not None
    )
    for factory, call in sorted(called, key=_last_of_all_with_weights):
        there = sliced(factory.home, factory.name.partition(".")[0], module)
        if there is not None:
            yield Construction(call, factory.home, factory.node, there.slice)


def _last_of_all_with_weights(pair: tuple[Factory, str]) -> tuple[object, ...]:
    """The smallest first; `from_pretrained` asks others for more than the architecture."""
    factory, call = pair
    return "pretrained" in factory.name, *by_size(call)


def functions_that_give(model: Class, index: RepositoryIndex) -> tuple[Factory, ...]:
    """The functions that give a model, found from those that name its class outwards."""
    found: dict[Key, Factory] = {}
    givers = {model.key}
    for _ in range(_ROUNDS):
        names = {last_part(name) for _, name in givers} | {model.name}
        new = [
            each
            for each in _candidates(names, index)
            if each.key not in givers and _gives(each, givers, index)
        ]
        if not new:
            break
        givers |= {each.key for each in new}
        found |= {each.key: each for each in new}
    return tuple(found.values())


def _candidates(names: set[str], index: RepositoryIndex) -> Iterator[Factory]:
    for home in index.naming(*names):
        for node in home.definitions.values():
            if isinstance(node, ast.FunctionDef):
                yield Factory(home, node)
            elif isinstance(node, ast.ClassDef):
                methods = (each for each in node.body if isinstance(each, ast.FunctionDef))
                yield from (Factory(home, each, node) for each in methods if _is_class_method(each))


def _is_class_method(node: Function) -> bool:
    return any(dotted_name(each) in ("classmethod", "staticmethod") for each in node.decorator_list)


def _gives(factory: Factory, givers: set[Key], index: RepositoryIndex) -> bool:
    """Whether one of its `return`s, or its annotation, leads to a model or to what gives one."""
    return any(_leads_to(value, factory, givers, index) for value in _returned(factory.node))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _returned(function: Function) -> tuple[ast.expr, ...]:
    """What its `return`s may be, as its own text says it."""
    bound = _bindings(function)
    returned = (each.value for each in of_scope(function.body) if isinstance(each, ast.Return))
    return tuple(value for each in returned if each is not None for value in _values(each, bound))


def _bindings(node: Function) -> Mapping[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for statement in of_scope(node.body):
        for target, value in assignments(statement):
            if isinstance(target, ast.Name) and not _is_of(value, target.id):
                found.setdefault(target.id, []).append(value)
    return found


def _is_of(value: ast.expr, name: str) -> bool:
    """`model = model.to(device)` says nothing of what model is."""
    return isinstance(value, ast.Call) and scopes.root(value.func) == name


def _values(node: ast.expr, bound: Mapping[str, list[ast.expr]], depth: int = 0) -> Iterator[ast.expr]:
    """What an expression may be: `Net(3)` of `net.eval()` after `net = Net(3)`."""
    if depth > _DEEPEST:
        return
    match node:
        case ast.IfExp():
            inner = [node.body, node.orelse]
        case ast.Name():
            inner = bound.get(node.id, [])
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in RETURN_THE_MODULE:
            inner = [value]
        case _:
            yield node
            return
    for each in inner:
        yield from _values(each, bound, depth + 1)


def _leads_to(value: ast.expr, factory: Factory, givers: set[Key], index: RepositoryIndex) -> bool:
    if not isinstance(value, ast.Call):
        return False
    own = _key(value.func, factory, index)
    if own is None or own[1][:1].islower() or own[1].startswith("_"):
        # `_create(ResNet, …)`: which of its arguments a function builds is as a rule the class.
        handed = (*value.args, *(each.value for each in value.keywords))
        return any(_key(each, factory, index) in givers for each in (value.func, *handed))
    return own in givers


def _key(node: ast.expr, factory: Factory, index: RepositoryIndex) -> Key | None:
    """The class, function or class method that an expression names."""
    if isinstance(node, ast.Name) and node.id == "cls" and factory.owner:
        return factory.home.file, factory.owner.name
    found = index.definition_of(node, factory.home)
    if found is not None:
        return found.key
    if isinstance(node, ast.Attribute):
        owner = _key(node.value, factory, index)
        return (owner[0], f"{owner[1]}.{node.attr}") if owner else None
    return None
