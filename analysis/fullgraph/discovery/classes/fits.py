"""Whether a call can be one of a constructor: Python raises a TypeError otherwise, before any of it runs.

The rule: what the text does not tell (`*args`, a decorated constructor, a class that makes its instances
itself) fits.
"""

from __future__ import annotations

import ast

from ...python.syntax.names import dotted_name, last_part
from ...python.syntax.statements import Function
from ...text.source import SyntaxProblem, parse_expression
from .classes import Class


def fits(text: str, model: Class) -> bool:
    """`Net(width=8)` does not, where `__init__(self, config)` is all that `Net` has."""
    tree = parse_expression(text)
    call = None if isinstance(tree, SyntaxProblem) else tree.body
    init = model.method("__init__")
    if not isinstance(call, ast.Call) or last_part(dotted_name(call.func)) != model.name:
        return True
    if init is None or not _is_plain(init, model):
        return True
    return _accepts(init.args, call) and not _lacks(model, init.args, call)


def _is_plain(init: Function, model: Class) -> bool:
    return (
        not init.decorator_list and not model.method("__new__") and not any(o.keywords for o in model.owners)
    )


def _accepts(parameters: ast.arguments, call: ast.Call) -> bool:
    positional = [*parameters.posonlyargs, *parameters.args][1:]
    known = {each.arg for each in (*parameters.args[1:], *parameters.kwonlyargs)}
    given = [each for each in call.args if not isinstance(each, ast.Starred)]
    names = {each.arg for each in call.keywords if each.arg}
    too_many = len(given) > len(positional) and parameters.vararg is None
    taken = {each.arg for each in positional[: len(given)]} & names
    unknown = names - known if parameters.kwarg is None else set()
    return not (too_many or unknown or taken)


def _lacks(model: Class, parameters: ast.arguments, call: ast.Call) -> bool:
    """Whether one of the arguments without a default is not given."""
    spread = any(isinstance(each, ast.Starred) for each in call.args) or any(
        each.arg is None for each in call.keywords
    )
    positional = [each.arg for each in (*parameters.posonlyargs, *parameters.args)][1:]
    given = {*positional[: len(call.args)], *(each.arg for each in call.keywords)}
    return not spread and not given.issuperset(model.required())
