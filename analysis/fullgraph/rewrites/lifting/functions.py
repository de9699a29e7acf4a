"""Functions of the project that a model calls: lifted with it, so that they return tensors where it asks for them.

A function is read once, with what the first call hands it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from ...model import Place
from ...python.binding import scopes
from ...python.syntax.names import call_name, is_name
from ...python.syntax.statements import Function
from ..edit.module import Code, code_at
from ..rewrite import Problem
from .scope import Resolve, Scope
from .statements import block
from .value import CannotLiftError, Value
from .ways import outputs


def resolver(problem: Problem) -> Resolve:
    """Which function a call leads to: by what the trace saw, else by its name in the same file."""
    seen = dict(_seen(problem))

    def resolve(code: Code, call: ast.Call) -> tuple[Code, Function] | None:
        place = code.source.place(code.range(call))
        if place in seen:
            return seen[place]
        named = _named(code, call)
        return (code, named) if named is not None else None

    return resolve


def _seen(problem: Problem) -> Iterator[tuple[Place, tuple[Code, Function]]]:
    for failure in problem.facts.failures:
        frame = getattr(failure, "frame", None)
        chain = (*frame.calls, frame.place) if frame is not None else ()
        for place, inner in pairwise(chain):
            code = code_at(problem, inner)
            function = function_at(code, inner) if code is not None else None
            if code is not None and function is not None:
                yield place, (code, function)


def function_at(code: Code, place: Place) -> Function | None:
    """The innermost function around a place."""
    around = [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, Function) and code.range(node).contains(place.range)
    ]
    return max(around, key=lambda node: node.lineno, default=None)


def _named(code: Code, call: ast.Call) -> Function | None:
    if isinstance(call.func, ast.Name):
        return _defined(code.tree.body, call.func.id)
    if not isinstance(call.func, ast.Attribute):
        return None
    owner = code.class_of(call)
    if named := _class_named(code, call.func.value, owner):
        return _defined(named.body, call.func.attr)
    if owner is None:
        return None
    if is_name(call.func.value, "self"):
        method = _defined(owner.body, call.func.attr)
        return method if method is not None else _forward_of(code, owner, call.func.attr)
    return None


def _class_named(code: Code, node: ast.expr, owner: ast.ClassDef | None) -> ast.ClassDef | None:
    """The class of the file that `Model`, `cls`, `type(self)` or `self.__class__` is."""
    if owner is not None and ast.unparse(node) in ("cls", "type(self)", "self.__class__"):
        return owner
    name = node.id if isinstance(node, ast.Name) else ""
    return next((c for c in code.tree.body if isinstance(c, ast.ClassDef) and c.name == name), None)


def _defined(body: list[ast.stmt], name: str) -> Function | None:
    return next((each for each in body if isinstance(each, Function) and each.name == name), None)


def _forward_of(code: Code, owner: ast.ClassDef, attribute: str) -> Function | None:
    """The forward of `self.check`, of `self.check = Checker(…)`."""
    for node in ast.walk(owner):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        if any(scopes.attribute_of_self(target) == f"self.{attribute}" for target in node.targets):
            made = call_name(node.value.func)
            found = next((c for c in code.tree.body if isinstance(c, ast.ClassDef) and c.name == made), None)
            return _defined(found.body, "forward") if found is not None else None
    return None


# -- calls -------------------------------------------------------------------------------------------


def called(scope: Scope, call: ast.Call, code: Code, function: Function) -> Value | None:
    """What a call of a function of the project gives; None where nothing of it is lifted."""
    given = _arguments(scope, call, function)
    if given is None or isinstance(function, ast.AsyncFunctionDef) or code.torch is None:
        return None
    inner = Scope(
        code, code.torch, function, scope.forms, scope.resolve, scope.called, scope.run, is_entry=False
    )
    for name, value in given.items():
        kept = inner.keeps(name)
        inner.names[name] = (
            Value(name) if kept and value.is_lifted else replace(value.named(name), cheap=True)
        )
        if value.is_lifted:
            scope.run.lifted.add(inner.key(name))
    if function not in scope.run.functions:
        begun, handed = len(scope.run.edits), any(value.holds_lifted for value in given.values())
        needed = handed or _has_finding(scope, code, function)
        scope.run.functions[function] = None  # where it calls itself
        try:
            block(inner, function.body)
            made = outputs.result(inner)
        except CannotLiftError:
            if needed:
                raise
            made = Value("", "static")
        if not needed and not made.holds_lifted:  # what happens in there is no part of the finding
            del scope.run.edits[begun:], scope.run.functions[function]
            return _known(scope, call, function, made)
        scope.run.functions[function] = made
    result = scope.run.functions[function]
    return _called(scope, inner, call, result, given) if result is not None else None


def _has_finding(scope: Scope, code: Code, function: Function) -> bool:
    about = scope.run.about
    return about.file == code.source.file and code.range(function).contains(about.range)


def _called(
    scope: Scope, inner: Scope, call: ast.Call, result: Value, given: Mapping[str, Value]
) -> Value | None:
    tensors = [
        value for name, value in given.items() if value.joined or (value.is_lifted and not inner.keeps(name))
    ]
    if not result.holds_lifted and not tensors:
        return _known(scope, call, inner.function, result)
    if any(value.names_text for value in given.values()):
        raise CannotLiftError
    for value in tensors:
        scope.demand(value)
    scope.handing.add(call)
    whole = scope.composed(call, tensors=bool(tensors))
    kind = result.kind if result.holds_lifted or result.kind == "data" else "static"
    return replace(
        result.detached, text=whole.text, kind=kind, changed=True, roots=whole.roots, source="", cheap=False
    )


def _known(scope: Scope, call: ast.Call, function: Function, result: Value) -> Value | None:
    """A truth that a function gives of tensors without their data, or a tensor that has as many rows as the data says."""
    if result.kind == "data" and result.sized:
        return replace(scope.composed(call), kind="data", sized=True)
    always = isinstance(function.body[-1], ast.Return)
    if result.kind != "static" or result.python != "bool" or not always:
        return None
    return replace(scope.composed(call), kind="static", python="bool")


def _arguments(scope: Scope, call: ast.Call, function: Function) -> dict[str, Value] | None:
    """What each parameter holds, by its name."""
    if any(isinstance(arg, ast.Starred) for arg in call.args) or any(k.arg is None for k in call.keywords):
        return None
    names = [each.arg for each in scopes.positional(function.args)]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    if len(call.args) > len(names):
        return None
    found = {name: Value(name, "static") for name, _ in scopes.parameters(function.args)}
    found.update(zip(names, (scope.of(arg) for arg in call.args), strict=False))
    found.update((k.arg, scope.of(k.value)) for k in call.keywords if k.arg in found)
    return found
