"""Calls of other programs' functions that take a model and its inputs, as targets.

What such a function takes is a `Tool`. A size that stands for an input is a random tensor of that size, in a batch of
two where the tool adds the batch. As of an eager call, nothing is dynamic that nobody said, and the model is in
evaluation mode.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ...model import Expression, Origin, Slice, Target
from ...python.binding import scopes
from ...python.syntax.definitions import place_of_name
from ..classes.classes import Class, class_of, is_model
from ..classes.instances import Instances
from ..finder import Discovered, Module
from ..inputs import callers
from ..inputs.call_sites import CallSite, args_of, call_sites, in_eval_mode, kwargs_of, place_of, text_of
from ..repository.index import Definition
from .call_slices import as_it_stands, called_on_an_instance, is_self, with_unknown_parameters
from .eager import likely_to_run

Given = Literal["inputs", "keywords", "size", "size of one"]
"""inputs: a tensor, or a tuple or list of them. size: as `torch.randn` takes it; size of one: without the batch."""


@dataclass(frozen=True, slots=True)
class Tool:
    """The names of a function's first parameters, and what those are that tell the inputs, the first of which counts.

    Only where the parameter `only_without` is False is the call one of the tool.
    """

    positional: tuple[str, ...]
    given: Mapping[str, Given]
    only_without: str = ""

    def arguments(self, call: ast.Call) -> Mapping[str, ast.expr] | None:
        """What a call gives, by parameter; None where a star hides it."""
        if any(isinstance(each, ast.Starred) for each in call.args):
            return None
        given = dict(zip(self.positional, call.args, strict=False))
        given |= {each.arg: each.value for each in call.keywords if each.arg}
        return given if not self.only_without or _is_false(given.get(self.only_without)) else None


@dataclass(frozen=True, slots=True)
class Said:
    """What a call says: the model and its inputs, and the nodes that these are made of."""

    model: ast.expr
    values: Sequence[ast.expr]
    args: Expression
    kwargs: Expression | None = None
    single: bool = False


Reading = Callable[[CallSite, Module], Said | None]
"""What a call says, if it is one of a tool."""


def find_calls(module: Module, origin: Origin, reading: Reading) -> Discovered:
    """For each model the call that most likely runs."""
    instances = Instances(module)
    calls = tuple(call_sites(module.tree.body))
    found: dict[tuple[str, str], Target] = {}
    for site in calls:
        target = _target(site, calls, instances, origin, reading)
        if target is not None:
            best = found.setdefault(target.subject, target)
            found[target.subject] = min(best, target, key=likely_to_run)
    return Discovered(tuple(found.values()))


def of_tool(site: CallSite, tool: Tool, module: Module, sizes: Mapping[str, Sequence[str]]) -> Said | None:
    """What a call of `tool` says; `sizes` as in `_example`."""
    given = tool.arguments(site.call)
    model = given.get(tool.positional[0]) if given else None
    if given is None or model is None:
        return None
    told = next(((name, given[name]) for name in tool.given if not _is_none(given.get(name))), None)
    if told is None:
        return None
    name, value = told
    text = _inputs(value, tool.given[name], module, sizes)
    written = Expression(text, place_of(value, module.source))
    if tool.given[name] == "keywords":
        return Said(model, (value,), replace(written, text="()"), written)
    return Said(model, (value,), written, single=tool.given[name] == "inputs")


def of_what_a_model_gives(site: CallSite, module: Module) -> Said | None:
    """`f(net(x))`."""
    inner = site.call.args[0] if site.call.args else None
    if not isinstance(inner, ast.Call):
        return None
    values = (*inner.args, *(each.value for each in inner.keywords))
    return Said(inner.func, values, args_of(inner, module.source), kwargs_of(inner, module.source))


# -- the target --------------------------------------------------------------------------------------


def _target(
    site: CallSite, calls: Sequence[CallSite], instances: Instances, origin: Origin, reading: Reading
) -> Target | None:
    module = instances.module
    for at in (site, *_through_caller(site, calls)):
        said = reading(at, module)
        model = (_own_class(said, at, module) or instances.model_of(said.model, at.path)) if said else None
        sliced = _slice(said, at, calls, module) if said and model else None
        if said is not None and model is not None and sliced is not None:
            return Target(
                name=f"{model.home.name}:{model.name}",
                module=module.name,
                file=module.source.file,
                origin=origin,
                place=place_of(site.call, module.source),
                model=Expression(
                    in_eval_mode(said.model, text_of(said.model, module.source)),
                    place_of(said.model, module.source),
                ),
                args=said.args,
                kwargs=said.kwargs,
                strict=module.strict,
                slice=sliced,
                model_class=f"{model.home.name}.{model.name}",
                model_place=place_of_name(model.node, model.home.source),
                single=said.single,
            )
    return None


def _own_class(said: Said, at: CallSite, module: Module) -> Class | None:
    """The model that a method is of, where that hands on `self`."""
    owner = at.path[0]
    if not (isinstance(owner, ast.ClassDef) and is_self(said.model)):
        return None
    found = class_of(Definition(module.parsed, owner), module.index)
    return found if is_model(found) else None


def _slice(said: Said, at: CallSite, calls: Sequence[CallSite], module: Module) -> Slice | None:
    # What a size becomes is made with torch.
    wanted = scopes.used(said.model, *said.values) | {"torch"}
    for slicing in (as_it_stands, called_on_an_instance(calls), with_unknown_parameters(calls)):
        made = slicing(at, said.model, wanted, module)
        if isinstance(made, Slice):
            return made
    return None


def _through_caller(site: CallSite, calls: Sequence[CallSite]) -> Iterator[CallSite]:
    """A call in a helper, with what the helper's one caller gives it: as if the caller made it."""
    function, call = site.path[0], site.call
    if not isinstance(function, ast.FunctionDef):
        return
    parts = {str(number): each for number, each in enumerate(call.args)}
    parts |= {f"{each.arg}=": each.value for each in call.keywords if each.arg}
    outside = [each for each in calls if each.path[0] is not function]
    found = callers.given(function, call.lineno, parts, [each.call for each in outside])
    if found is None:
        return
    caller, there = found
    path = next(each.path for each in outside if each.call is caller)
    args = [there[str(number)] for number in range(len(call.args))]
    keywords = [ast.keyword(each.arg, there[f"{each.arg}="]) for each in call.keywords if each.arg]
    yield CallSite(ast.copy_location(ast.Call(call.func, args, keywords), caller), path)


# -- the inputs --------------------------------------------------------------------------------------


def _inputs(value: ast.expr, given: Given, module: Module, sizes: Mapping[str, Sequence[str]]) -> str:
    if given in ("inputs", "keywords"):
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
        examples = [_example(each, module, sizes) for each in parts]
        if any(examples):
            return f"({', '.join(each or text_of(node, module.source) for node, each in zip(parts, examples, strict=True))},)"
        text = text_of(value, module.source)
        return f"tuple({text})" if isinstance(value, ast.List) else text
    batch = "2, " if given == "size of one" else ""
    parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
    if parts and all(isinstance(each, ast.Tuple | ast.List) for each in parts):
        named = [text_of(each, module.source) for each in parts]
        return f"({', '.join(f'torch.randn({batch}*{size})' for size in named)},)"
    return f"(torch.randn({batch}*{text_of(value, module.source)}),)"


_FLOATS = frozenset(
    f"torch.{name}" for name in ("half", "float", "double", "float16", "float32", "float64", "bfloat16")
)


def _example(node: ast.expr, module: Module, sizes: Mapping[str, Sequence[str]]) -> str:
    """A tensor for `torch_tensorrt.Input(opt_shape=(1, 3, 224, 224))`; `sizes` has the names of its sizes."""
    named = sizes.get(module.imports.dotted(node.func)) if isinstance(node, ast.Call) else None
    if named is None or not isinstance(node, ast.Call):
        return ""
    given = {each.arg: each.value for each in node.keywords if each.arg}
    size = next((given[name] for name in named if name in given), node.args[0] if node.args else None)
    if size is None:
        return ""
    shape, dtype = text_of(size, module.source), given.get("dtype")
    if dtype is None:
        return f"torch.randn({shape})"
    # Whole numbers are indices more often than not, and zero is one of everything.
    factory = "randn" if module.imports.dotted(dtype) in _FLOATS else "zeros"
    return f"torch.{factory}({shape}, dtype={text_of(dtype, module.source)})"


def _is_none(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
