"""What a class reads of a configuration that it is given: `cfg.dim`, `cfg["model"]["depth"]`, `cfg.get("heads")`.

Followed to the classes of the repository that it hands the whole configuration on to.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...configuration.sections import Path
from ...python.syntax.names import is_name
from ...python.syntax.statements import Function
from ..finder import Module
from ..repository.index import Definition

_DEEPEST = 2
_METHODS = frozenset({"get", "keys", "items", "values", "update", "copy", "pop", "setdefault", "to_dict"})


def reads_of(parameter: str, owner: Definition, module: Module, depth: int = 0) -> frozenset[Path]:
    """The paths that the methods of a class, or a function, read of a parameter or of what keeps it."""
    node, found = owner.node, set[Path]()
    kept = _kept_as(parameter, node)
    for each in ast.walk(node):
        path = _path(each, parameter, kept)
        if path:
            found.add(path)
        if isinstance(each, ast.Call) and depth < _DEEPEST:
            found |= _handed_on(each, parameter, kept, owner, module, depth)
    longest = (path for path in found if not any(path == other[: len(path)] != other for other in found))
    return frozenset(longest)


def _kept_as(parameter: str, node: ast.ClassDef | Function) -> frozenset[str]:
    """`cfg` of `self.cfg = cfg`."""
    assigned = (each for each in ast.walk(node) if isinstance(each, ast.Assign))
    targets = (target for each in assigned if is_name(each.value, parameter) for target in each.targets)
    return frozenset(each.attr for each in targets if isinstance(each, ast.Attribute))


def _is_whole(node: ast.AST, parameter: str, kept: frozenset[str]) -> bool:
    if isinstance(node, ast.Attribute) and is_name(node.value, "self"):
        return node.attr in kept
    return is_name(node, parameter)


def _path(node: ast.AST, parameter: str, kept: frozenset[str]) -> Path:
    """The keys that lead from the whole to what a node reads; () where it reads nothing of it."""
    parts: list[str] = []
    while True:
        match node:
            case _ if parts and _is_whole(node, parameter, kept):
                return tuple(reversed(parts))
            case ast.Call(
                func=ast.Attribute(value=inner, attr="get"), args=[ast.Constant(value=str(key)), *_]
            ):
                parts.append(key)
            case ast.Subscript(value=inner, slice=ast.Constant(value=str(key))):
                parts.append(key)
            case ast.Attribute(value=inner, attr=name) if name not in _METHODS:
                parts.append(name)
            case _:
                return ()
        node = inner


def _handed_on(
    call: ast.Call, parameter: str, kept: frozenset[str], owner: Definition, module: Module, depth: int
) -> frozenset[Path]:
    """What is read of it by whom the whole is given to."""
    named = ((each.arg or "", each.value) for each in call.keywords)
    given: list[tuple[int | str, ast.expr]] = [*enumerate(call.args), *named]
    places = [place for place, value in given if _is_whole(value, parameter, kept)]
    found = module.index.definition_of(call.func, owner.home) if places else None
    if found is None or found.node is owner.node:
        return frozenset()
    names = (_parameter(place, found.node) for place in places)
    read = (reads_of(name, found, module, depth + 1) for name in names if name)
    return frozenset(path for each in read for path in each)


def _parameter(place: int | str, node: ast.ClassDef | Function) -> str:
    """The name of the parameter that is given by its place or by its name."""
    if isinstance(place, str):
        return place
    names = list(_parameters(node))
    return names[place] if place < len(names) else ""


def _parameters(node: ast.ClassDef | Function) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        inits = (each for each in node.body if isinstance(each, Function) and each.name == "__init__")
        init = next(inits, None)
        yield from (each.arg for each in init.args.args[1:]) if init else ()
    else:
        yield from (each.arg for each in node.args.args)
