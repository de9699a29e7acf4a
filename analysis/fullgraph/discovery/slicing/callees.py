"""Which names a statement changes by handing them to functions of the repository: `setup(net)`, `net.configure()`.

The text of what is called is looked at: whether it assigns to what it was given. What trains is left out, as
everywhere: better a model as it was built than a training loop.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...python.binding import scopes
from ...python.syntax.names import last_name
from ...python.syntax.statements import Function, of_scope
from ..classes.classes import classes_of
from ..classes.model_class import model_class_of
from ..finder import Module
from ..repository.parsed import ParsedFile
from . import effects

_DEEPEST = 3
_OPTIMIZES = frozenset({"backward", "zero_grad", "step"})


def handed_over(statement: ast.stmt, module: Module) -> frozenset[str]:
    """The names whose values change in what a statement calls."""
    return frozenset(_changed(statement, module, module.parsed, 0))


def _changed(statement: ast.stmt, module: Module, home: ParsedFile, depth: int) -> Iterator[str]:
    call = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
    if not isinstance(call, ast.Call) or depth >= _DEEPEST:
        return
    found = module.index.definition_of(call.func, home)
    if found is not None and isinstance(found.node, Function):
        names = [each.arg for each in scopes.positional(found.node.args)]
        given = [
            *zip(names, call.args, strict=False),
            *((each.arg or "", each.value) for each in call.keywords),
        ]
        for parameter, value in given:
            if isinstance(value, ast.Name) and _changes(found.node, parameter, module, found.home, depth):
                yield value.id
    elif home is module.parsed:
        yield from _by_method(call, module)


def _by_method(call: ast.Call, module: Module) -> Iterator[str]:
    """`net` of `net.configure()`, where its class has such a method, and that assigns to `self`."""
    function = call.func
    if not (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)):
        return
    found = module.index.resolve(model_class_of(function.value, (), module), module.parsed)
    if found is None or not isinstance(found.node, ast.ClassDef) or function.attr == "forward":
        return
    owner = next((each for each in classes_of(found.home, module.index) if each.node is found.node), None)
    method = owner.method(function.attr) if owner else None
    if method is not None and _changes(method, "self", module, found.home, 0):
        yield function.value.id


def _changes(function: Function, parameter: str, module: Module, home: ParsedFile, depth: int) -> bool:
    """Whether a function does something to what it was given as `parameter`, and does not train it."""
    statements = list(of_scope(function.body))
    if any(isinstance(node, ast.Call) and last_name(node) in _OPTIMIZES for node in ast.walk(function)):
        return False
    within = {parameter}
    for each in statements:
        if isinstance(each, ast.For) and within & scopes.used(each.iter):
            within |= scopes.bound([each.target])
    changed = (name for each in statements for name in _of_statement(each, module, home, depth))
    return any(name in within or name.partition(".")[0] in within for name in changed)


def _of_statement(statement: ast.stmt, module: Module, home: ParsedFile, depth: int) -> Iterator[str]:
    yield from effects.changed(statement, in_loop=False)
    yield from _changed(statement, module, home, depth + 1)
