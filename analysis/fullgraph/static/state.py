"""The attributes of the user's objects: what `__init__` leaves in them, and what forward changes.

Of a change is spoken only where the exported program is certain to lose it: an attribute of a plain
`nn.Module` that is no buffer, in code that is certain to run.
"""

from __future__ import annotations

import ast

from ..python.syntax.names import dotted_name
from .context import AnalysisContext, Arguments, Attributes
from .domain import DERIVED, FALSE, HOST, TENSOR, UNKNOWN, Host, Layer, Tensor, Value, has_data, join
from .frames import Frame
from .scopes import Class, ClassScope, Function, Instance
from .signatures import parameter_values


def attributes_of(scope: ClassScope, context: AnalysisContext) -> Attributes:
    """What `__init__` leaves in an object of a class; without arguments, so their values are not known."""
    if scope in context.attributes:
        return context.attributes[scope]
    context.attributes[scope] = attributes = Attributes()
    found = scope.method("__init__")
    if found is not None:
        node, owner = found
        outer, context.building = context.building, attributes
        active, context.active = context.active, []
        function = Function(node, owner.scope, Instance(scope), None, owner)
        # What a constructor is given is no input of the model: `n.sum()` there may be numpy's.
        given = parameter_values(node, owner.scope)
        parameters = {name: UNKNOWN if value is DERIVED else value for name, value in given.items()}
        context.call(
            function,
            Arguments(keywords=tuple(parameters.items())),
            Frame(owner.scope, function, owner, {}),
            context,
        )
        context.building, context.active = outer, active
    return attributes


def attribute(instance: Instance, name: str, frame: Frame, context: AnalysisContext) -> Value:
    """`self.name`."""
    scope = instance.scope
    if name == "training":
        return FALSE  # what is exported is meant for use
    if context.building is None and (scope, name) in context.stored:
        return context.stored[scope, name]
    values = (context.building or attributes_of(scope, context)).values
    if name in values and instance.parent is None:
        return values[name]
    found = scope.method(name, instance.parent)
    if found is None:
        return _class_level(scope, name)
    node, owner = found
    return _bound(node, owner, Instance(scope), frame, context)


def _bound(
    node: ast.FunctionDef, owner: ClassScope, receiver: Instance, frame: Frame, context: AnalysisContext
) -> Value:
    names = {getattr(each, "attr", None) or getattr(each, "id", "") for each in node.decorator_list}
    if names & {"staticmethod", "classmethod"}:
        given = Class(receiver.scope) if "classmethod" in names else None
        return Function(node, owner.scope, given, None, owner)
    function = Function(node, owner.scope, receiver, None, owner)
    if names & {"property", "cached_property"}:
        return context.call(function, Arguments(), frame, context)
    return function if names <= _HARMLESS or not names else UNKNOWN


_HARMLESS = frozenset(
    [
        "no_grad",
        "enable_grad",
        "inference_mode",
        "override",
        "final",
        "export",
        "typechecked",
        "wraps",
        "autocast",
    ]
)


def _class_level(scope: ClassScope, name: str) -> Value:
    for each in scope.lineage:
        for node in each.node.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=found)], value=ast.Constant()) if found == name:
                    return HOST
                case ast.AnnAssign(target=ast.Name(id=found), value=ast.Constant()) if found == name:
                    return HOST
    return UNKNOWN


# -- changes -----------------------------------------------------------------------------------------


def assign_attribute(
    target: ast.Attribute, value: Value, frame: Frame, context: AnalysisContext, *, counts: bool = False
) -> None:
    """`self.name = value`, or with `counts`, `self.name += value`."""
    owner = context.evaluate(target.value, frame, context)
    if not isinstance(owner, Instance):
        return
    if context.building is not None:
        _note_initial(context.building, target.attr, value)
        return
    if _is_lost(owner, target.attr, value, frame, context, counts):
        context.report(
            "lost-state",
            target,
            "assignment to {} is lost: it runs once at export time, not in the exported program",
            "register it as a buffer and update it in place" if isinstance(value, Tensor) else _KEEP_OUT,
            frame,
        )
    key = (owner.scope, target.attr)
    # Not certain to have run, or to be the last: both hold.
    before = attribute(owner, target.attr, frame, context)
    context.stored[key] = join(before, value)


_KEEP_OUT = "keep it out of `forward`, or make it a buffer"


def _note_initial(attributes: Attributes, name: str, value: Value) -> None:
    attributes.empty.discard(name)
    attributes.plain.discard(name)
    known = attributes.values.get(name)
    attributes.values[name] = value if known is None else join(known, value)


def _is_lost(
    owner: Instance, name: str, value: Value, frame: Frame, context: AnalysisContext, counts: bool
) -> bool:
    if owner.scope is not context.root or frame.conditional or not owner.scope.is_plain_module:
        return False
    initial = attributes_of(owner.scope, context)
    if name in initial.buffers or owner.scope.method(name) or owner.scope.method("__setattr__"):
        return False
    before = initial.values.get(name)
    if isinstance(value, Tensor):
        is_plain = not isinstance(before, Tensor) or name in initial.plain
        return before is not None and is_plain and not isinstance(before, Layer | Instance)
    if counts:
        return isinstance(before, Host) and isinstance(value, Host) and bool(before.constant)
    return _is_other_constant(before, value)


def _is_other_constant(before: Value | None, value: Value) -> bool:
    if not (isinstance(before, Host) and isinstance(value, Host)):
        return False
    return bool(before.constant and value.constant and before.constant != value.constant)


def assign_element(target: ast.Subscript, value: Value, frame: Frame, context: AnalysisContext) -> None:
    """`x[i] = value`: only what the container then holds changes, and a tensor stays one."""
    context.evaluate(target.slice, frame, context)
    owner = context.evaluate(target.value, frame, context)
    if (
        isinstance(target.value, ast.Name)
        and not isinstance(owner, Tensor)
        and target.value.id in frame.names
    ):
        frame.set(target.value.id, DERIVED if has_data(value) or has_data(owner) else UNKNOWN)
    grows(target.value, target, frame, context)


def grows(container: ast.expr, node: ast.expr, frame: Frame, context: AnalysisContext) -> None:
    """A container of the model's own that is empty when forward begins is not when it ends."""
    if not isinstance(container, ast.Attribute) or frame.conditional or context.building is not None:
        return
    owner = context.evaluate(container.value, frame, context)
    if not isinstance(owner, Instance) or owner.scope is not context.root:
        return
    if (
        container.attr in attributes_of(owner.scope, context).empty
        and (owner.scope, container.attr) not in context.stored
    ):
        says = (
            f"mutation of `self.{container.attr}` in {{}} is lost: it runs once at export time, "
            "not in the exported program"
        )
        context.report("lost-state", node, says, _KEEP_OUT, frame)


def note_kind(value: ast.expr, target: ast.expr, context: AnalysisContext) -> None:
    """`self.seen = []` and `self.mean = torch.zeros(3)` in `__init__`."""
    if context.building is None or not isinstance(target, ast.Attribute):
        return
    called = dotted_name(value.func) if isinstance(value, ast.Call) else ""
    if called.startswith("torch.") and not called.startswith("torch.nn."):
        context.building.plain.add(target.attr)
    is_empty = (isinstance(value, ast.List) and not value.elts) or (
        isinstance(value, ast.Dict) and not value.keys
    )
    if is_empty:
        context.building.empty.add(target.attr)


def register(name: str, arguments: Arguments, context: AnalysisContext) -> None:
    """`self.register_buffer("average", torch.zeros(8))`."""
    given = arguments.get(0, "name")
    tensor = arguments.get(1, "tensor") or arguments.get(1, "param")
    if context.building is not None and isinstance(given, Host) and given.constant:
        attribute_name = str(given.constant[0])
        context.building.values[attribute_name] = UNKNOWN if isinstance(tensor, Host) else TENSOR
        context.building.buffers.add(attribute_name)
