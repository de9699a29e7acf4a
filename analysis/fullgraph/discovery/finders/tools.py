"""Targets in calls of other tools that take a model and its inputs: `summary(net, (3, 224, 224))`, `profile(net, (x,))`.

Whoever profiles or draws a model says how it is built and called. `TOOLS` is the list of them.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..finder import Discovered, Finder, Module
from ..inputs.call_sites import CallSite
from .tool_calls import Said, Tool, find_calls, of_tool, of_what_a_model_gives

_SIZE = Tool(("model", "input_size"), {"input_size": "size of one"})
_EXAMPLE = Tool(("model", "example_inputs"), {"example_inputs": "inputs", "inputs": "inputs"})
_INPUTS = Tool(("model", "inputs"), {"inputs": "inputs"})
_PREPARED = Tool(("model", "qconfig_mapping", "example_inputs"), {"example_inputs": "inputs"})

TOOLS: Mapping[str, Tool] = {
    "torch.fx.experimental.proxy_tensor.make_fx": _EXAMPLE,
    "torch.quantization.quantize_fx.prepare_fx": _PREPARED,
    "torch.ao.quantization.quantize_fx.prepare_fx": _PREPARED,
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

_MENTIONED = {name.partition(".")[0] for name in TOOLS} - {"torch"} | {
    "make_fx",
    "prepare_fx",
    "add_graph",
    "make_dot",
}


def find(module: Module) -> Discovered:
    if not any(each in module.source.text for each in _MENTIONED):
        return Discovered()
    return find_calls(module, "tools", _said)


def _said(site: CallSite, module: Module) -> Said | None:
    function = site.call.func
    dotted = module.imports.dotted(function)
    if dotted in _DRAWN:
        return of_what_a_model_gives(site, module)
    tool = TOOLS.get(dotted)
    if tool is None and isinstance(function, ast.Attribute):
        tool = _METHODS.get(function.attr)
    return of_tool(site, tool, module, {}) if tool else None


FINDER = Finder("tools", "eager", "given to a tool", find)
