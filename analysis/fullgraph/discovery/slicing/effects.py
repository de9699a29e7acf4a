"""Which statements are run though they bind no name, and which are left out though they bind one.

All of it is said in tables. A statement that is in none of them, and binds no name that is needed, is not
run: better a model in training mode than a training loop.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from ...python.binding import scopes
from ...python.binding.api_tables import (
    GIVE_PARTS,
    MODES,
    changes_arguments,
    changes_owner,
    changes_owner_anywhere,
    is_in_place,
    is_process_wide,
    is_registering,
    sets_process,
)
from ...python.binding.imports import Imports
from ...python.syntax.names import last_name
from ...python.syntax.statements import Function

_LASTS = re.compile(r"torch\.library\.Library|torch\.(\w+\.)*register_module_\w+")
_TRAINING = re.compile(r"(re|pre|fine_?)?(train|fit|tune)(_\w+)?|fit|train_\w+|_train\w*")


def is_setting(statement: ast.stmt, imports: Imports) -> bool:
    """Whether a statement sets something for the whole process that models depend on."""
    value = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
    if isinstance(value, ast.Call) and sets_process(imports.dotted(value.func)):
        return True
    targets = statement.targets if isinstance(statement, ast.Assign | ast.Delete) else []
    if isinstance(statement, ast.AugAssign):
        targets = [statement.target]
    return any(_is_settable(target, imports) for target in targets)


def lasting(assigned: Iterable[ast.Assign], imports: Imports) -> frozenset[str]:
    """The names of what has an effect that nobody asks for by that name: what takes it back counts.

    A library of operators: what is defined in it is called by other names, `torch.ops.mylib.op`. The handle of a
    hook of all modules.
    """
    made = (
        statement
        for statement in assigned
        if isinstance(statement.value, ast.Call) and _LASTS.fullmatch(imports.dotted(statement.value.func))
    )
    return frozenset(name for statement in made for name in scopes.bound([statement]))


def registers(definition: Function | ast.ClassDef, imports: Imports) -> bool:
    """Whether a decorator registers the definition, so that it counts without being called by name."""
    called = (each.func if isinstance(each, ast.Call) else each for each in definition.decorator_list)
    return any(is_registering(imports.dotted(each)) for each in called)


def changed(statement: ast.stmt, *, in_loop: bool) -> frozenset[str]:
    """The names whose values a statement changes without binding them."""
    if isinstance(statement, ast.Expr):
        return frozenset(_changed_by(statement.value, in_loop))
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign) and (whole := _whole(statement)):
        return frozenset([whole])
    if isinstance(statement, ast.Assign | ast.Delete):
        targets = statement.targets
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign):
        targets = [statement.target]
    parts = (part for target in targets for part in ast.walk(target))
    owners = (_holder(part.value) for part in parts if isinstance(part, ast.Attribute | ast.Subscript))
    return frozenset(name for names in owners for name in names)


def changes_by_call(call: ast.Call, imports: Imports) -> frozenset[str]:
    """The names whose values a call changes, wherever it stands: `setattr(net, …)`, `weight_norm(net.layer)`."""
    function = call.func
    found: frozenset[str] = frozenset()
    if changes_arguments(imports.dotted(function)) or _is_in_place(call):
        found |= scopes.used(*call.args)
    if isinstance(function, ast.Attribute) and changes_owner_anywhere(function.attr):
        found |= _holder(function.value)
    if is_in_place(last_name(call)) and not last_name(call).startswith("clip_"):
        found |= frozenset(filter(None, (scopes.root(each) for each in call.args[:1])))
    return found


def _is_in_place(call: ast.Call) -> bool:
    """`prepare(net, inplace=True)`."""
    given = (each.value for each in call.keywords if each.arg == "inplace")
    return any(isinstance(each, ast.Constant) and each.value is True for each in given)


def _holder(node: ast.expr) -> frozenset[str]:
    """The names of what a part is set of: `net` of `net.a[0]`, `vars(net)`, and `globals()["net"]`."""
    while not scopes.own_name(node) and isinstance(node, ast.Attribute | ast.Subscript):
        match node:
            case ast.Subscript(
                value=ast.Call(func=ast.Name(id="globals" | "locals")), slice=ast.Constant(value=str(name))
            ):
                return frozenset([name])
        node = node.value
    if isinstance(node, ast.Call):
        return scopes.used(node)
    return frozenset(filter(None, [scopes.root(node)]))


def _whole(statement: ast.Assign) -> str | None:
    match statement.value:
        case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method in GIVE_PARTS:
            return scopes.root(owner)
    return None


def trains(statement: ast.stmt) -> bool:
    """Whether it is like `model = train(model, data)`: without it the model is there all the same."""
    if not (isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)):
        return False
    call = statement.value
    given = scopes.used(call)
    return bool(_TRAINING.fullmatch(last_name(call))) and bool(given & scopes.bound(statement.targets))


def _is_settable(target: ast.expr, imports: Imports) -> bool:
    if isinstance(target, ast.Subscript):
        target = target.value
    elif not isinstance(target, ast.Attribute):
        return False
    return is_process_wide(imports.dotted(target))


def _changed_by(value: ast.expr, in_loop: bool) -> Iterator[str]:
    if not isinstance(value, ast.Call):
        return
    function, called = value.func, last_name(value)
    # To set a mode in each round of a loop is what training loops do: no reason to run one.
    if in_loop and called in MODES:
        return
    if isinstance(function, ast.Attribute) and changes_owner(called):
        yield from filter(None, [_receiver(function.value)])
    if is_in_place(called) or called in ("setattr", "delattr"):
        yield from filter(None, (scopes.root(each) for each in value.args[:1]))


def _receiver(node: ast.expr) -> str | None:
    """`model` of `model.eval().half()`."""
    while isinstance(node, ast.Call | ast.Attribute) and not scopes.attribute_of_self(node):
        match node:
            case ast.Call(func=ast.Name(id="vars" | "type" | "getattr"), args=[given, *_]):
                return _receiver(given)
        node = node.func if isinstance(node, ast.Call) else node.value
    return scopes.root(node)
