"""What the one caller of a function gives it: the model and inputs of an export call that stands in a helper.

    def convert(model, inputs, path):
        model.eval()
        return torch.export.export(model, inputs)

    convert(Net(), (torch.randn(2, 8),), "net.pt2")

Only where the text leaves no doubt: one call in the file, and a function that hands its parameters on as it
got them.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from ...python.binding import scopes
from .options import OPTIONS, named

Parts = Mapping[str, ast.expr]


def given(
    function: ast.FunctionDef, before: int, parts: Parts, calls: Sequence[ast.Call]
) -> tuple[ast.Call, Parts] | None:
    """The call of `function`, and `parts` (of a call at line `before` in it) as that call gives them."""
    callers = [each for each in calls if isinstance(each.func, ast.Name) and each.func.id == function.name]
    parameters = {name for name, _ in scopes.parameters(function.args)}
    if len(callers) != 1 or function.decorator_list or not hands_on(function, before):
        return None
    own = arguments_of(function, callers[0])
    local = parameters | scopes.bound(function.body)
    found: dict[str, ast.expr] = {}
    for name, value in parts.items():
        if isinstance(value, ast.Name) and value.id in own:
            found[name] = own[value.id]
        elif name == OPTIONS and scopes.used(value) & local <= own.keys():
            found[name] = placed(substituted(value, own), callers[0], own)
        elif scopes.used(value) & local:
            return None
        else:
            found[name] = value
    return callers[0], found


def only_call(function: ast.FunctionDef, calls: Sequence[ast.Call]) -> tuple[ast.Call, frozenset[str]] | None:
    """The one call of a function, with the parameters that it gives; behind a star it gives all of them."""
    callers = [each for each in calls if isinstance(each.func, ast.Name) and each.func.id == function.name]
    if len(callers) != 1:
        return None
    call = callers[0]
    if any(isinstance(each, ast.Starred) for each in call.args) or any(
        not each.arg for each in call.keywords
    ):
        return call, frozenset(name for name, _ in scopes.parameters(function.args))
    counted = [each.arg for each in scopes.positional(function.args)][: len(call.args)]
    rest = [each.arg for each in (function.args.vararg, function.args.kwarg) if each is not None]
    return call, frozenset((*counted, *rest, *(each.arg for each in call.keywords if each.arg)))


def is_evaluated(function: ast.FunctionDef, before: int, model: ast.expr) -> bool:
    """Whether `model.eval()` stands above the call."""
    return any(
        isinstance(node, ast.Expr) and _method_of(node.value, scopes.root(model) or "") == "eval"
        for node in function.body
        if node.lineno < before
    )


def hands_on(function: ast.FunctionDef, before: int) -> bool:
    """Whether nothing above the call at line `before` binds a parameter, or may do something to what it holds."""
    parameters = {name for name, _ in scopes.parameters(function.args)}
    above = [
        each
        for each in ast.walk(function)
        if isinstance(each, ast.stmt) and function.lineno < each.lineno < before
    ]
    if scopes.bound(function.body) & parameters:
        return False
    return not any(_changes(each, name) for each in above for name in scopes.used(each) & parameters)


def _changes(node: ast.stmt, name: str) -> bool:
    is_call = isinstance(node, ast.Expr | ast.AugAssign)
    return is_call and _method_of(getattr(node, "value", None), name) != "eval"


def _method_of(node: ast.AST | None, name: str) -> str:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=method), args=[]) if owner == name:
            return method
    return ""


def arguments_of(function: ast.FunctionDef, call: ast.Call) -> dict[str, ast.expr]:
    """By parameter, the argument of a call, or its default; nothing behind a star is known."""
    counted = [each.arg for each in scopes.positional(function.args)]
    defaults = list(scopes.given(function.args))
    given = {each.arg: default for each, default in defaults if default is not None}
    for name, value in zip(counted, call.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        given[name] = value
    known = {each.arg for each, _ in defaults}
    rest = [each for each in call.keywords if each.arg is None or each.arg not in known]
    if function.args.kwarg is not None:
        given[function.args.kwarg.arg] = ast.fix_missing_locations(ast.copy_location(named(rest), call))
    return given | {each.arg: each.value for each in call.keywords if each.arg}


def substituted(node: ast.expr, values: Parts) -> ast.expr:
    """An expression with other ones in the place of names; a name itself gives the other expression."""
    copied = ast.parse(ast.unparse(node), mode="eval").body
    made: ast.expr = _Substituted(values).visit(copied)
    return made


def placed(node: ast.expr, call: ast.Call, values: Parts) -> ast.expr:
    """What was substituted stands at the call, but for what stands there as it is."""
    return node if node in values.values() else ast.copy_location(node, call)


class _Substituted(ast.NodeTransformer):
    def __init__(self, values: Parts) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._values.get(node.id, node)
