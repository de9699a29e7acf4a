"""A call of the user's function: its parameters bound to what is given, its body run, its result remembered."""

from __future__ import annotations

import ast

from ..python.binding import scopes
from ..python.syntax.names import last_name
from .context import AnalysisContext, Arguments
from .domain import DERIVED, NONE, UNKNOWN, Each, Value, constant, has_data
from .frames import Frame, Names
from .scopes import ClassScope, Function, Instance
from .statements import run

_LEFT_ALONE = frozenset(
    [
        "ignore",
        "unused",
        "script",
        "custom_op",
        "disable",
        "register_fake",
        "assume_constant_result",
        "lru_cache",
        "cache",
        "contextmanager",
        "overload",
        "abstractmethod",
        "allow_in_graph",
        "substitute_in_graph",
        "impl",
        "jit",
        "njit",
        "register_kernel",
    ]
)
"""Decorators of functions whose body export does not run, or not as it stands."""


def call(function: Function, arguments: Arguments, frame: Frame, context: AnalysisContext) -> Value:
    """What a call gives, and what is found on the way."""
    unknown = DERIVED if any(map(has_data, arguments.values)) else UNKNOWN
    key = (
        function.node,
        function.receiver,
        arguments,
        bool(frame.quiet),
        bool(frame.conditional),
        context.root,
    )
    if function.closure is None and key in context.done:
        return context.done[key]
    if not context.may_call(function.node) or is_left_alone(function.node):
        return unknown
    context.calls += 1
    context.active.append(function.node)
    result = _run(function, arguments, frame, context, unknown)
    context.active.pop()
    if function.closure is None and context.building is None:
        context.done[key] = result
    return result


def is_left_alone(node: ast.FunctionDef | ast.Lambda) -> bool:
    decorators = getattr(node, "decorator_list", ())
    return bool(decorators) and any(last_name(each) in _LEFT_ALONE for each in decorators)


def _run(
    function: Function, arguments: Arguments, caller: Frame, context: AnalysisContext, unknown: Value
) -> Value:
    names = dict(function.closure or {})
    frame = Frame(function.scope, function, function.owner, names, caller.quiet, caller.conditional)
    names.update(_bound(function, arguments, frame, context))
    node = function.node
    if isinstance(node, ast.Lambda):
        return context.evaluate(node.body, frame, context)
    run(node.body, frame, context)
    if frame.generator:
        return unknown
    result = frame.result
    if result is None or not frame.ended:
        return NONE if result is None else unknown
    return result


def _bound(function: Function, arguments: Arguments, frame: Frame, context: AnalysisContext) -> Names:
    signature = function.node.args
    given = list(arguments.positional)
    if function.receiver is not None:
        given.insert(0, function.receiver)
    keywords = dict(arguments.keywords)
    names: Names = {}
    counted = len(signature.posonlyargs) + len(signature.args)
    for index, (parameter, own) in enumerate(scopes.given(signature)):
        name = parameter.arg
        if index < counted and index < len(given):
            names[name] = given[index]
        elif name in keywords:
            names[name] = keywords.pop(name)
        elif arguments.open or own is None:
            names[name] = DERIVED
        else:
            names[name] = default(own, frame, context)
    if signature.vararg is not None:
        names[signature.vararg.arg] = DERIVED if arguments.open else Each(None)
        if given[counted:]:
            names[signature.vararg.arg] = DERIVED
    if signature.kwarg is not None:
        names[signature.kwarg.arg] = DERIVED if keywords or arguments.open else UNKNOWN
    return names


def default(node: ast.expr, frame: Frame, context: AnalysisContext) -> Value:
    return constant(node.value) if isinstance(node, ast.Constant) else context.evaluate(node, frame, context)


def instance_call(instance: Instance, arguments: Arguments, frame: Frame, context: AnalysisContext) -> Value:
    """`self.block(x)`."""
    found = instance.scope.method("forward")
    if found is None:
        return DERIVED if any(map(has_data, arguments.values)) else UNKNOWN
    node, owner = found
    return call(Function(node, owner.scope, instance, None, owner), arguments, frame, context)


def root(scope: ClassScope, node: ast.FunctionDef, arguments: Arguments, context: AnalysisContext) -> None:
    """Looks at a forward that nobody is seen to call."""
    function = Function(node, scope.scope, Instance(scope), None, scope)
    context.root = scope
    context.stored.clear()
    call(function, arguments, Frame(scope.scope, function, scope, {}), context)
