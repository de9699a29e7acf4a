"""What is in a container of a spec: a dict, a tuple, an object with fields, and what is put into it later."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ...python.syntax.names import call_name, dotted_name, is_name, last_part
from . import scopes
from .scopes import Binding, Found, Scope
from .written import Part


class Follows(Protocol):
    """Leads from an expression to what it stands for."""

    def followed(self, found: Found) -> Found: ...


@dataclass(frozen=True)
class Item:
    """One part of a container, under a key, a number or the name of a field."""

    key: object
    value: Found
    holder: Part
    index: int
    field: bool = False

    def path(self, path: str) -> str:
        return f"{path}.{self.key}" if self.field else f"{path}[{self.key!r}]"


def items(found: Found, follower: Follows) -> list[Item]:
    """What is in a container, with what later statements put into it; the last of each key counts."""
    inner = follower.followed(found)
    parts = {item.key: item for item in _literal(inner, follower)}
    for hop in inner.hops:
        parts.update((item.key, item) for item in _added(hop, follower))
    return list(parts.values())


def _literal(found: Found, follower: Follows) -> Iterator[Item]:
    node = found.node
    if isinstance(node, ast.Dict):
        for index, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            if key is None:
                yield from items(found.of(value), follower)
                continue
            told = follower.followed(found.of(key)).node
            if isinstance(told, ast.Constant) and isinstance(told.value, int | str):
                yield Item(told.value, found.of(value), found.part, index)
    elif isinstance(node, ast.Tuple | ast.List):
        for index, value in enumerate(node.elts):
            yield Item(index, found.of(value), found.part, index)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from items(found.of(node.left), follower)
        yield from items(found.of(node.right), follower)
    elif isinstance(node, ast.Call):
        yield from of_call(node, found, follower)


def of_call(node: ast.Call, found: Found, follower: Follows) -> list[Item]:
    """The parts of `dict(x=…)` and of an object with fields."""
    name = last_part(call_name(node))
    if name in ("dict", "OrderedDict"):
        own = [item for each in node.args for item in items(found.of(each), follower)]
        for index, keyword in enumerate(node.keywords):
            if keyword.arg is None:
                own += items(found.of(keyword.value), follower)
            else:
                own.append(Item(keyword.arg, found.of(keyword.value), found.part, index))
        return own
    fields = _fields(name, found)
    named = zip(fields, node.args, strict=False)
    given = [(name, value) for name, value in named if not isinstance(value, ast.Starred)]
    given += [(each.arg, each.value) for each in node.keywords if each.arg in fields]
    return [Item(key, found.of(value), found.part, n, field=True) for n, (key, value) in enumerate(given)]


def _fields(name: str, found: Found) -> tuple[str, ...]:
    """The fields of a NamedTuple or dataclass of this text, or of one that `namedtuple(…)` makes."""
    code = found.scope.code
    if (defined := scopes.class_named(name, code)) is not None:
        bases = {last_part(dotted_name(base)) for base in defined.bases}
        marks = {last_part(call_name(each)) for each in defined.decorator_list}
        if bases & {"NamedTuple"} or marks & {"dataclass"}:
            own = (each.target for each in defined.body if isinstance(each, ast.AnnAssign))
            return tuple(each.id for each in own if isinstance(each, ast.Name))
    store = scopes.store_of(name, Scope(code)) if name else None
    made = scopes.statement_of(store, code) if store is not None else None
    value = made[2] if made is not None else None
    if isinstance(value, ast.Call) and last_part(call_name(value)) == "namedtuple" and len(value.args) == 2:
        return _names_of(value.args[1])
    return ()


def _names_of(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.Constant):
        return tuple(str(node.value).replace(",", " ").split())
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else []
    return tuple(str(each.value) for each in parts if isinstance(each, ast.Constant))


def _added(binding: Binding, follower: Follows) -> Iterator[Item]:
    """What `shapes["y"] = …`, `shapes |= …` and `shapes.update(…)` put into what a name holds."""
    code, name = binding.code, binding.name
    scope = binding.scope
    for node in ast.walk(code.scope_of(binding.statement)):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and is_name(target.value, name):
                    key = target.slice
                    value = Found(scope.part(node.value), scope.inside(node))
                    if isinstance(key, ast.Constant):
                        yield Item(key.value, value, value.part, 0)
        elif isinstance(node, ast.AugAssign) and is_name(node.target, name):
            yield from items(Found(scope.part(node.value), scope.inside(node)), follower)
        elif isinstance(node, ast.Call) and _is_update(node, name):
            made = ast.copy_location(ast.Call(ast.Name("dict"), node.args, node.keywords), node)
            yield from of_call(made, Found(scope.part(node), scope.inside(node)), follower)


def _is_update(node: ast.Call, name: str) -> bool:
    return (
        isinstance(node.func, ast.Attribute) and node.func.attr == "update" and is_name(node.func.value, name)
    )
