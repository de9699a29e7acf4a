"""Targets in calls of other tools that take a model and its inputs: `torch.jit.trace(net, x)`, `summary(net, (3, 224, 224))`.

Whoever traces, profiles or draws a model says how it is built and called. `TOOLS` is the list of them. A size that
stands for an input is a random tensor of that size, in a batch of two where the tool adds the batch. As of an eager
call, nothing is dynamic that nobody said, and the model is in evaluation mode.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...model import Expression, Slice, Target
from ...python.binding import scopes
from ...python.syntax.definitions import place_of_name
from ..classes.instances import Instances
from ..finder import Discovered, Finder, Module
from ..inputs.call_sites import CallSite, args_of, call_sites, in_eval_mode, kwargs_of, place_of, text_of
from ..slicing.selection import CannotSlice
from ..slicing.slicer import slice_at
from .eager import likely_to_run

_Given = Literal["inputs", "size", "size of one"]
"""inputs: a tensor, or a tuple or list of them. size: as `torch.randn` takes it; size of one: without the batch."""


@dataclass(frozen=True, slots=True)
class Tool:
    """The names of a function's first parameters, and what those are that tell the inputs."""

    positional: tuple[str, ...]
    given: Mapping[str, _Given]


_SIZE = Tool(("model", "input_size"), {"input_size": "size of one"})
_EXAMPLE = Tool(("model", "example_inputs"), {"example_inputs": "inputs", "inputs": "inputs"})
_INPUTS = Tool(("model", "inputs"), {"inputs": "inputs", "arg_inputs": "inputs"})

TOOLS: Mapping[str, Tool] = {
    "torch.jit.trace": Tool(("func", "example_inputs"), {"example_inputs": "inputs"}),
    "torch.fx.experimental.proxy_tensor.make_fx": _EXAMPLE,
    "torch.quantization.quantize_fx.prepare_fx": Tool(
        ("model", "qconfig_mapping", "example_inputs"), {"example_inputs": "inputs"}
    ),
    "torch.ao.quantization.quantize_fx.prepare_fx": Tool(
        ("model", "qconfig_mapping", "example_inputs"), {"example_inputs": "inputs"}
    ),
    "torch_tensorrt.compile": Tool(("module", "ir", "inputs"), {"inputs": "inputs", "arg_inputs": "inputs"}),
    "torch_tensorrt.dynamo.trace": _INPUTS,
    "torch2trt.torch2trt": _INPUTS,
    "openvino.convert_model": Tool(("input_model",), {"example_input": "inputs"}),
    "openvino.tools.mo.convert_model": Tool(("input_model",), {"example_input": "inputs"}),
    "thop.profile": _INPUTS,
    "ptflops.get_model_complexity_info": Tool(("model", "input_res"), {"input_res": "size of one"}),
    "fvcore.nn.FlopCountAnalysis": _INPUTS,
    "fvcore.nn.ActivationCountAnalysis": _INPUTS,
    "fvcore.nn.flop_count": _INPUTS,
    "torchinfo.summary": Tool(
        ("model", "input_size", "input_data"), {"input_size": "size", "input_data": "inputs"}
    ),
    "torchsummary.summary": _SIZE,
    "torchsummaryX.summary": Tool(("model", "x"), {"x": "inputs"}),
    "torchstat.stat": _SIZE,
    "torchview.draw_graph": Tool(
        ("model", "input_data", "input_size"), {"input_size": "size", "input_data": "inputs"}
    ),
    "hiddenlayer.build_graph": Tool(("model", "args"), {"args": "inputs"}),
    "tensorwatch.draw_model": _SIZE,
    "calflops.calculate_flops": Tool(("model", "input_shape"), {"input_shape": "size"}),
}
_METHODS = {"add_graph": Tool(("model", "input_to_model"), {"input_to_model": "inputs"})}
"""Methods of objects of any class: a SummaryWriter's."""

_DRAWN = ("torchviz.make_dot",)
"""Functions of what a model gives: `make_dot(net(x))`."""


def find(module: Module) -> Discovered:
    roots = {name.partition(".")[0] for name in TOOLS} - {"torch"} | {
        "jit",
        "prepare_fx",
        "add_graph",
        "make_dot",
    }
    if not any(root in module.source.text for root in roots):
        return Discovered()
    instances = Instances(module)
    found: dict[tuple[str, str], Target] = {}
    for site in call_sites(module.tree.body):
        target = _target(site, instances)
        if target is not None:
            best = found.setdefault(target.subject, target)
            found[target.subject] = min(best, target, key=likely_to_run)
    return Discovered(tuple(found.values()))


def _target(site: CallSite, instances: Instances) -> Target | None:
    module = instances.module
    said = _drawn(site, module) or _said(site, module)
    model = instances.model_of(said.model, site.path) if said else None
    if said is None or model is None:
        return None
    source = module.source
    # What a size becomes is made with torch.
    text = slice_at(module, site.path, scopes.used(said.model, *said.values) | {"torch"})
    if isinstance(text, CannotSlice):
        return None
    return Target(
        name=f"{model.home.name}:{model.name}",
        module=module.name,
        file=source.file,
        origin="tools",
        place=place_of(site.call, source),
        model=Expression(in_eval_mode(said.model, text_of(said.model, source)), place_of(said.model, source)),
        args=said.args,
        kwargs=said.kwargs,
        strict=module.strict,
        slice=Slice(text, source.range_of(site.call).start),
        model_class=f"{model.home.name}.{model.name}",
        model_place=place_of_name(model.node, model.home.source),
        single=said.single,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What a call says: the model and its inputs, and the nodes that these are made of."""

    model: ast.expr
    values: Sequence[ast.expr]
    args: Expression
    kwargs: Expression | None = None
    single: bool = False


def _drawn(site: CallSite, module: Module) -> _Said | None:
    call = site.call
    if (
        module.imports.dotted(call.func) not in _DRAWN
        or not call.args
        or not isinstance(call.args[0], ast.Call)
    ):
        return None
    inner = call.args[0]
    values = (*inner.args, *(each.value for each in inner.keywords))
    return _Said(inner.func, values, args_of(inner, module.source), kwargs_of(inner, module.source))


def _said(site: CallSite, module: Module) -> _Said | None:
    call, function = site.call, site.call.func
    tool = TOOLS.get(module.imports.dotted(function))
    if tool is None and isinstance(function, ast.Attribute):
        tool = _METHODS.get(function.attr)
    if tool is None or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    given = dict(zip(tool.positional, call.args, strict=False))
    given |= {each.arg: each.value for each in call.keywords if each.arg}
    model = given.get(tool.positional[0])
    told = next(((name, given[name]) for name in tool.given if not _is_none(given.get(name))), None)
    if model is None or told is None:
        return None
    name, value = told
    args = Expression(_inputs(value, tool.given[name], module), place_of(value, module.source))
    return _Said(model, (value,), args, single=tool.given[name] == "inputs")


def _is_none(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _inputs(value: ast.expr, given: _Given, module: Module) -> str:
    text = text_of(value, module.source)
    if given == "inputs":
        return f"tuple({text})" if isinstance(value, ast.List) else text
    batch = "2, " if given == "size of one" else ""
    parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
    if parts and all(isinstance(each, ast.Tuple | ast.List) for each in parts):
        sizes = [text_of(each, module.source) for each in parts]
        return f"({', '.join(f'torch.randn({batch}*{size})' for size in sizes)},)"
    return f"(torch.randn({batch}*{text}),)"


FINDER = Finder("tools", "eager", "given to a tool in", find)
