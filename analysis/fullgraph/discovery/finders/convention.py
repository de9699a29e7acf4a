"""What the conventions share: a target whose expressions nobody wrote, at the places that stand for them.

`made` is, in all of them, what the first one built: `(made := Net())` and `made.example_input_array` are
the model and its input.
"""

from __future__ import annotations

import ast

from ...model import Expression, Origin, Place, Target
from ...python.syntax.definitions import place_of_name
from ...python.syntax.statements import Function
from ..finder import Module


def place_of(node: Function | ast.ClassDef | ast.expr, module: Module) -> Place:
    """Of a definition its name, of an expression the whole."""
    if isinstance(node, ast.expr):
        return module.source.place(module.source.range_of(node))
    return place_of_name(node, module.source)


def conventional(
    module: Module,
    origin: Origin,
    owner: Function | ast.ClassDef,
    model: str,
    *,
    args: Expression | None = None,
    kwargs: Expression | None = None,
    dynamic_shapes: Expression | None = None,
    model_class: str = "",
    single: bool = False,
) -> Target:
    """The target that `owner` stands for; it is called by the owner's name."""
    place = place_of(owner, module)
    return Target(
        name=f"{module.name}:{owner.name}",
        module=module.name,
        file=module.source.file,
        origin=origin,
        place=place,
        model=Expression(model, place),
        args=args,
        kwargs=kwargs,
        dynamic_shapes=dynamic_shapes,
        strict=module.strict,
        model_class=model_class,
        single=single,
    )
