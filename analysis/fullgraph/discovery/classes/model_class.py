"""Which class a model is an instance of, where the text tells.

`Net` of `Net(3).eval()`, of `model.to("cuda")` below `model = Net(3)`, and of `self.model` that `setUp`
binds. It is a name as the file writes it, and empty where nothing tells; what goes by it is which of
several targets counts, so a wrong guess is worse than none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ...python.binding import scopes
from ...python.binding.api_tables import RETURN_THE_MODULE
from ...python.binding.imports import Imports, absolute
from ...python.syntax.assignments import assignments
from ...python.syntax.names import last_part
from ...python.syntax.statements import Function, of_scope
from ..finder import Module

_DEEPEST = 8
_WRAPPING = frozenset({"torch.compile", "torch.nn.DataParallel", "copy.deepcopy"})


def model_class_of(
    model: ast.expr, path: Sequence[ast.stmt], module: Module, imports: Imports | None = None
) -> str:
    """The class of `model`, an expression in the last statement of `path` (empty: in the module)."""
    given = imports or module.imports
    for _ in range(_DEEPEST):
        constructed = _constructed(model, given)
        if constructed is not None:
            return ast.unparse(constructed)
        bound = _bound_to(model, path, module)
        if bound is None:
            return ""
        model = bound
    return ""


def _constructed(node: ast.expr, imports: Imports) -> ast.expr | None:
    """`Net` of `Net(3).eval()`."""
    while isinstance(node, ast.Call):
        function = node.func
        if imports.dotted(function) in _WRAPPING and node.args:
            node = node.args[0]
        elif isinstance(function, ast.Attribute) and function.attr in RETURN_THE_MODULE:
            node = function.value
        else:
            named = last_part(imports.dotted(function))
            return function if named[:1].isupper() else None
    return None


def _bound_to(node: ast.expr, path: Sequence[ast.stmt], module: Module) -> ast.expr | None:
    while (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in RETURN_THE_MODULE
    ):
        node = node.func.value
    name = scopes.own_name(node)
    if name is None:
        return None
    bindings = [
        value
        for target, value in _assignments(path, module)
        if scopes.own_name(target) == name and value is not node
    ]
    # `model = model.to("cuda")` says nothing of what model is.
    return next((value for value in reversed(bindings) if name not in scopes.used(value)), None)


def _assignments(path: Sequence[ast.stmt], module: Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Of the module and of the scopes that hold the path, outermost first, up to the path's line."""
    last = path[-1].lineno if path else 0
    enclosing = [each for each in path if isinstance(each, Function | ast.ClassDef)]
    for scope in (module.tree, *enclosing):
        # What methods bind of `self` is the class's, too.
        methods = scope.body if isinstance(scope, ast.ClassDef) else []
        inside = (each.body for each in methods if isinstance(each, Function))
        for statement in (each for body in (scope.body, *inside) for each in of_scope(body)):
            if isinstance(statement, ast.Assign) and (not last or statement.lineno <= last):
                yield from assignments(statement)


def qualified(name: str, module: Module, imports: Imports) -> str:
    """The same class under the same name in all files: `models.Net` here and in models.py."""
    if not name:
        return ""
    dotted = imports.resolved(name)
    if dotted.startswith("."):
        return _absolute(dotted, module)
    return dotted if dotted != name or "." in name else f"{module.name}.{name}"


def _absolute(dotted: str, module: Module) -> str:
    """`.models.Net` as `package.models.Net`."""
    rest = dotted.lstrip(".")
    return absolute(module.name, module.source.file, len(dotted) - len(rest), rest)
