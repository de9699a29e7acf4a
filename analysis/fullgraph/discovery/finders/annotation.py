"""Targets said by the annotations of forward: `x: Float[Tensor, "batch seq 64"]` is an input, and two `Dim`s.

    class Net(nn.Module):
        def forward(self, x: Float[Tensor, "batch seq 64"], mask: Bool[Tensor, "batch seq"]): …

The class is built without arguments, or as the file builds it with constants. A name that the constructor
has too (`hidden`) has its size from there and is no `Dim`. Where an argument is needed of which the
annotations do not say enough, there is no target.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ...model import Expression, Place, Target
from ...python.binding import scopes
from ...python.syntax.definitions import definitions
from ...python.syntax.names import last_name
from ...python.syntax.nodes import Nodes
from ...text.source import SyntaxProblem, parse_expression
from ..classes.classes import is_abstract
from ..finder import Discovered, Finder, Module, target_name
from ..inputs.annotated_shapes import (
    Annotated,
    Dimension,
    PlainTensor,
    Scalar,
    Several,
    Shaped,
    annotated,
    vocabulary,
)
from ..inputs.dim_sizes import size_of, sizes_of
from . import comment, exportdb

MARK = "jaxtyping"
"""A text without this word has no such target."""


def find(module: Module) -> Discovered:
    if MARK not in module.source.text:
        return Discovered()
    classes = {node.name: node for node in module.tree.body if isinstance(node, ast.ClassDef)}
    said = _said_otherwise(module)
    free = (node for node in classes.values() if not re.search(rf"\b{node.name}\b", said))
    found = (_target(_Class(node, classes), module) for node in free)
    return Discovered(tuple(target for target in found if target is not None))


def _said_otherwise(module: Module) -> str:
    """What builds the models of the targets that somebody wrote: those count more."""
    written = (*comment.find(module).targets, *exportdb.find(module).targets, *module.configured)
    texts = [target.model.text for target in written]
    places = [target.model.place for target in written if target.origin == "exportdb"]
    return " ".join([*texts, *(module.source.between(place.range) for place in places)])


def _target(model: _Class, module: Module) -> Target | None:
    forward = model.method("forward") if model.is_module else None
    if forward is not None and is_abstract(forward, module.imports):
        return None
    built = model.construction(module.nodes)
    inputs = None if forward is None or built is None else _inputs(forward, built, model, module)
    if forward is None or built is None or inputs is None:
        return None
    signature = _signature_place(forward, module)
    place = next(
        each.place for each in definitions(module.tree, module.source) if each.name == model.node.name
    )

    def said(text: str) -> Expression | None:
        return Expression(text, signature) if text else None

    return Target(
        name=target_name(module.name, built),
        module=module.name,
        file=module.source.file,
        origin="annotation",
        place=place,
        model=Expression(built, place),
        args=said(inputs.args),
        kwargs=said(inputs.kwargs),
        dynamic_shapes=said(inputs.dynamic_shapes),
        strict=module.strict,
    )


def _signature_place(forward: ast.FunctionDef, module: Module) -> Place:
    """From the first annotated argument to the last."""
    given = [each for each in _arguments(forward) if each.annotation]
    start = module.source.position_of_utf8(given[0].lineno, given[0].col_offset)
    last = given[-1]
    end = module.source.position_of_utf8(last.end_lineno or last.lineno, last.end_col_offset or 0)
    return module.source.place(type(module.source.whole)(start, end))


# -- the class ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Class:
    """A class of the file, with those of its ancestors that are of the file."""

    node: ast.ClassDef
    classes: Mapping[str, ast.ClassDef]

    def _lineage(self) -> Iterator[ast.ClassDef]:
        seen: set[str] = set()
        pending = [self.node]
        while pending:
            node = pending.pop(0)
            if node.name not in seen:
                seen.add(node.name)
                yield node
                pending += [self.classes[name] for name in map(_base, node.bases) if name in self.classes]

    @property
    def is_module(self) -> bool:
        names = (_base(base) for node in self._lineage() for base in node.bases)
        return any(name.endswith("Module") for name in names)

    def method(self, name: str) -> ast.FunctionDef | None:
        methods = (
            each for node in self._lineage() for each in node.body if isinstance(each, ast.FunctionDef)
        )
        return next((each for each in methods if each.name == name), None)

    def construction(self, nodes: Nodes) -> str | None:
        """`Net()` where that is enough, else a call of it in the file with constants alone."""
        init = self.method("__init__")
        if init is None or not _required(init):
            return f"{self.node.name}()"
        calls = (each for each in nodes.calls(self.node.name) if _is_constant(each))
        return next((ast.unparse(each) for each in calls), None)

    def said_sizes(self, built: str) -> Mapping[str, int]:
        """The constructor's arguments that are whole numbers, by name: those given, else the defaults."""
        init, call = self.method("__init__"), parse_expression(built)
        if init is None or isinstance(call, SyntaxProblem) or not isinstance(call.body, ast.Call):
            return {}
        names = [each.arg for each in scopes.positional(init.args)][1:]
        values: dict[str, ast.expr] = {name: default for name, default in _defaults(init) if default}
        values |= dict(zip(names, call.body.args, strict=False))
        values |= {each.arg: each.value for each in call.body.keywords if each.arg}
        numbers = {name: value.value for name, value in values.items() if isinstance(value, ast.Constant)}
        return {name: value for name, value in numbers.items() if type(value) is int and value > 0}


def _base(node: ast.expr) -> str:
    """`Module` of `nn.Module`, and of `Module[int]`."""
    return last_name(node.value if isinstance(node, ast.Subscript) else node)


def _is_constant(call: ast.Call) -> bool:
    values = [*call.args, *(each.value for each in call.keywords)]
    try:
        for each in values:
            ast.literal_eval(each)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _arguments(node: ast.FunctionDef) -> list[ast.arg]:
    return [argument for argument, _ in scopes.given(node.args)]


def _defaults(node: ast.FunctionDef) -> list[tuple[str, ast.expr | None]]:
    """Each argument but the first, with its default."""
    return [(argument.arg, default) for argument, default in scopes.given(node.args)][1:]


def _required(node: ast.FunctionDef) -> list[str]:
    return [name for name, default in _defaults(node) if default is None]


# -- the inputs --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Inputs:
    """The texts of a target's expressions; an empty one is not said."""

    args: str
    kwargs: str
    dynamic_shapes: str


@dataclass(slots=True)
class _Writer:
    """Writes inputs and their spec, with one size for each name. `impossible`: no sizes fit."""

    sizes: Mapping[str, int]
    fixed: Mapping[str, int]
    impossible: bool = False
    dims: set[str] = field(default_factory=set)
    nameless: Iterator[int] = field(default_factory=lambda: itertools.count(2, 2))

    def value(self, said: Annotated) -> str:
        match said:
            case Shaped():
                return self._tensor(said)
            case Several(parts, is_list):
                inner = ", ".join(map(self.value, parts))
                return f"[{inner}]" if is_list else f"({inner},)"
            case Scalar(text):
                return text
        self.impossible = True
        return ""

    def _tensor(self, said: Shaped) -> str:
        sizes = [size_of(each, self.sizes) if each.expression else next(self.nameless) for each in said.shape]
        self.impossible |= None in sizes
        shape = f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"
        if said.dtype == "bool":
            return f"torch.ones({shape}, dtype=torch.bool)"
        if said.dtype.startswith(("int", "uint")):
            # 0 and 1 are indices of every table that has two rows.
            return f"torch.randint(0, 2, {shape}, dtype=torch.{said.dtype})"
        return f"torch.randn({shape}, dtype=torch.{said.dtype})"

    def spec(self, said: Annotated) -> str:
        match said:
            case Shaped(shape=shape):
                dims = ((at, self._dim(each)) for at, each in enumerate(shape))
                return "{" + ", ".join(f"{at}: {dim}" for at, dim in dims if dim) + "}"
            case Several(parts, is_list):
                inner = ", ".join(map(self.spec, parts))
                return f"[{inner}]" if is_list else f"({inner},)"
        return "None"

    def _dim(self, dimension: Dimension) -> str:
        names = [name for name in dimension.names if name not in self.fixed]
        if not names:
            return "" if dimension.expression else "Dim.AUTO"
        self.dims.update(names)
        if dimension.is_name:
            return f'Dim("{names[0]}")'
        # torch takes a * dim + b of one dim, and numbers for a and b; AUTO finds the rest by itself.
        linear = len(names) == 1 and _is_linear(dimension.expression)
        return dimension.expression.replace(names[0], f'Dim("{names[0]}")') if linear else "Dim.AUTO"


def _is_linear(expression: str) -> bool:
    match ast.parse(expression, mode="eval").body:
        case ast.BinOp(left=ast.Name(), op=ast.Add() | ast.Sub(), right=ast.Constant()):
            return True
        case ast.BinOp(left=ast.Constant(), op=ast.Mult(), right=ast.Name()):
            return True
    return False


def _inputs(forward: ast.FunctionDef, built: str, model: _Class, module: Module) -> _Inputs | None:
    said = _said(forward, module)
    if said is None:
        return None
    fixed = model.said_sizes(built)
    dimensions = [each for value in said.values() for each in _dimensions(value)]
    writer = _Writer(sizes_of(dimensions, fixed), fixed)
    values = {name: writer.value(value) for name, value in said.items()}
    specs = {name: writer.spec(value) for name, value in said.items()}
    if writer.impossible or not any(isinstance(each, Shaped | Several) for each in said.values()):
        return None
    counted = _leading(forward, values)
    kwargs = ", ".join(f'"{name}": {values[name]}' for name in values if name not in counted)
    shapes = ", ".join(f'"{name}": {spec}' for name, spec in specs.items())
    return _Inputs(
        args=f"({', '.join(values[name] for name in counted)}{',' if len(counted) == 1 else ''})",
        kwargs=f"{{{kwargs}}}" if kwargs else "",
        dynamic_shapes=f"{{{shapes}}}" if writer.dims or "AUTO" in shapes else "",
    )


def _said(forward: ast.FunctionDef, module: Module) -> dict[str, Annotated] | None:
    """What is given for each argument; those with a default are left out where the annotation says little.

    Of those that may be None all are given or none: `ray_indices` without `num_rays` may well not run.
    """
    words = vocabulary(module.tree, module.imports)
    said: dict[str, Annotated] = {}
    optional: set[str] = set()
    together = True
    annotations = {each.arg: each.annotation for each in _arguments(forward)}
    for name, default in _defaults(forward):
        annotation = annotations[name]
        value = annotated(annotation, words) if annotation is not None else None
        tensors = value is not None and not isinstance(value, Scalar | PlainTensor)
        if isinstance(default, ast.Constant) and default.value is None:
            optional.add(name)
            together &= tensors or annotation is None
        if value is not None and (tensors or default is None) and not isinstance(value, PlainTensor):
            said[name] = value
        elif default is None:
            return None
    if not together:
        said = {name: value for name, value in said.items() if name not in optional}
    return (
        said if any(list(_dimensions(each)) or isinstance(each, Shaped) for each in said.values()) else None
    )


def _dimensions(value: Annotated) -> Iterator[Dimension]:
    if isinstance(value, Shaped):
        yield from value.shape
    elif isinstance(value, Several):
        for part in value.parts:
            yield from _dimensions(part)


def _leading(forward: ast.FunctionDef, values: Mapping[str, str]) -> list[str]:
    """The arguments that can be given by position: up to the first that is left out."""
    counted = [each.arg for each in scopes.positional(forward.args)][1:]
    left_out = next((at for at, name in enumerate(counted) if name not in values), len(counted))
    return counted[:left_out]


FINDER = Finder("annotation", "annotation", "annotations of forward", find)
