"""Calls of what came before `torch.export`: TorchScript, symbolic tracing, the exporters that were taken away.

What a call is is told by its full name, whatever the file imports it as.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ..model import Finding
from ..python.binding.imports import Imports
from ..python.syntax.names import dotted_name
from ..text.source import SourceText
from .finder import Module

LEGACY_EXPORT = "legacy-export"
"""The rule of these findings."""

_EXPORT = "use `torch.export.export(model, args, dynamic_shapes=…)"
_INSTEAD = {
    "torch.jit.trace": f"{_EXPORT}`, and `torch.export.save` instead of `torch.jit.save`",
    "torch.jit.trace_module": f"{_EXPORT}`, once for each method",
    "torch.jit.script": f"{_EXPORT}`, with `torch.cond` and `torch.while_loop` for data-dependent control flow",
    "torch.fx.symbolic_trace": f"{_EXPORT}.module()`, which is also a `torch.fx.GraphModule`",
    "torch._export.capture_pre_autograd_graph": f"{_EXPORT}.module()`",
    "torch._export.export": f"{_EXPORT}`",
    "torch.export.export_for_training": f"{_EXPORT}`: it returns the training IR",
    "torch.export.export_for_inference": f"{_EXPORT}.run_decompositions()`",
    "torch._dynamo.export": f"{_EXPORT}`; with `strict=True`, it traces bytecode as before",
    "torch.onnx.dynamo_export": "use `torch.onnx.export(model, args, dynamo=True)`",
    "torch.onnx.export": "use `torch.onnx.export(model, args, dynamo=True, dynamic_shapes=…)`",
}
_SAME = {
    "torch.jit._trace.trace": "torch.jit.trace",
    "torch.jit._script.script": "torch.jit.script",
    "torch.fx._symbolic_trace.symbolic_trace": "torch.fx.symbolic_trace",
    "torch.onnx.utils.export": "torch.onnx.export",
}
_MENTIONED = re.compile(
    r"\b(?:jit|symbolic_trace|capture_pre_autograd_graph|export_for_\w+|dynamo_export|onnx|_export|_dynamo)\b"
)


def superseded_calls(module: Module) -> tuple[Finding, ...]:
    """Those of a file, at any depth."""
    if not _MENTIONED.search(module.source.text):
        return ()
    nodes = module.nodes
    asked = [*nodes.of(ast.Call), *nodes.of(ast.FunctionDef), *nodes.of(ast.ClassDef)]
    found = [
        _finding(node, full, module.source) for each in asked for node, full in _uses(each, module.imports)
    ]
    return tuple(sorted(found, key=lambda finding: finding.place))


def _uses(node: ast.AST, imports: Imports) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(node, ast.Call):
        full = _full_name(node.func, imports)
        if full in _INSTEAD and (full != "torch.onnx.export" or _says_false(node, "dynamo")):
            yield node.func, full
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        for decorator in node.decorator_list:
            if _full_name(decorator, imports) == "torch.jit.script":
                yield decorator, "torch.jit.script"


def _full_name(node: ast.expr, imports: Imports) -> str:
    known = dotted_name(node).partition(".")[0] in imports.by_name
    full = imports.dotted(node) if known else ""
    return _SAME.get(full, full)


def _says_false(node: ast.Call, name: str) -> bool:
    """torch.onnx.export goes by torch.export unless it is told otherwise."""
    given = (each.value for each in node.keywords if each.arg == name)
    return any(isinstance(value, ast.Constant) and value.value is False for value in given)


def _finding(node: ast.expr, full: str, source: SourceText) -> Finding:
    name = f"{full}(…, dynamo=False)" if full == "torch.onnx.export" else full
    successor = (
        "torch.onnx.export(…, dynamo=True)" if full.startswith("torch.onnx.") else "torch.export.export"
    )
    message = f"`{name}` is superseded by `{successor}`"
    place = source.place(source.range_of(node))
    return Finding(LEGACY_EXPORT, "information", message, place, hint=_INSTEAD[full])
