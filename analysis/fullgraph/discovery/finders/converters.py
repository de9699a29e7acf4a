"""Targets in calls that convert a model to be deployed: `torch.jit.trace(net, x)`, `torch_tensorrt.compile(net, inputs=[x])`.

Somebody means that very model to leave Python, with those inputs. The rules: one target for each model, as of other
tools' calls; the verdict is that of `torch.export.export(model.eval(), args, kwargs)`, whatever the converter makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..finder import Discovered, Finder, Module
from ..inputs.call_sites import CallSite
from .tool_calls import Said, Tool, find_calls, of_tool

_SAMPLES = Tool(
    ("module", "sample_args", "sample_kwargs"), {"sample_args": "inputs", "sample_kwargs": "keywords"}
)
_OPENVINO = Tool(("input_model", "input"), {"example_input": "inputs", "input": "size"})

CONVERTERS: Mapping[str, Tool] = {
    "torch.jit.trace": Tool(
        ("func", "example_inputs"), {"example_inputs": "inputs", "example_kwarg_inputs": "keywords"}
    ),
    "torch.onnx.export": Tool(
        ("model", "args", "f"), {"args": "inputs", "kwargs": "keywords"}, only_without="dynamo"
    ),
    "torch_tensorrt.compile": Tool(("module", "ir", "inputs"), {"inputs": "inputs", "arg_inputs": "inputs"}),
    "torch_tensorrt.dynamo.trace": Tool(("mod", "inputs"), {"inputs": "inputs", "arg_inputs": "inputs"}),
    "torch2trt.torch2trt": Tool(("module", "inputs"), {"inputs": "inputs"}),
    "openvino.convert_model": _OPENVINO,
    "openvino.tools.mo.convert_model": _OPENVINO,
    "openvino.tools.ovc.convert_model": _OPENVINO,
    "coremltools.convert": Tool(("model",), {"inputs": "inputs"}),
    "coremltools.converters.convert": Tool(("model",), {"inputs": "inputs"}),
    "litert_torch.convert": _SAMPLES,
    "ai_edge_torch.convert": _SAMPLES,
    "nobuco.pytorch_to_keras": Tool(("model", "args", "kwargs"), {"args": "inputs", "kwargs": "keywords"}),
    "pnnx.export": Tool(("model", "ptpath", "inputs"), {"inputs": "inputs"}),
}

SIZES: Mapping[str, Sequence[str]] = {
    "torch_tensorrt.Input": ("shape", "opt_shape"),
    "coremltools.TensorType": ("shape",),
    "coremltools.ImageType": ("shape",),
}
"""Objects that say an input by its size, with the parameters that hold it."""

_MENTIONED = {name.rpartition(".")[2] for name in CONVERTERS}


def find(module: Module) -> Discovered:
    if not any(each in module.source.text for each in _MENTIONED):
        return Discovered()
    return find_calls(module, "converter", _said)


def _said(site: CallSite, module: Module) -> Said | None:
    tool = CONVERTERS.get(module.imports.dotted(site.call.func))
    return of_tool(site, tool, module, SIZES) if tool else None


FINDER = Finder("converter", "call", "converted", find)
