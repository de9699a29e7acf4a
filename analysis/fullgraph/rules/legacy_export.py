"""Use of a superseded export API: TorchScript, `torch.fx.symbolic_trace`, or a removed exporter.

`torch.jit.trace` captures one path through the program and silently drops the others; `torch.jit.script`
supports a subset of Python; both are deprecated. `torch.fx.symbolic_trace` records no shapes and has no guards.
`torch.export.export` captures one graph with dynamic shapes, and reports where it cannot.

## What to do

- `torch.jit.trace`, `torch.jit.script`, `torch.fx.symbolic_trace`: use `torch.export.export`, and
  `torch.export.save` to save the program.
- `torch._export.capture_pre_autograd_graph`, `export_for_training`: use `torch.export.export(…).module()`.
- `torch.onnx.export(…, dynamo=False)`: drop the argument; the default is based on `torch.export`.

## Before

```python
traced = torch.jit.trace(model, (x,))
torch.jit.save(traced, "model.pt")
```

## After

```python
program = torch.export.export(model, (x,), dynamic_shapes={"x": {0: torch.export.Dim("batch")}})
torch.export.save(program, "model.pt2")
```
"""

from __future__ import annotations

from .rule import Case, Rule, page


def _explain(_: Case) -> None:
    """The calls are read from the text, not observed by a trace: `discovery.superseded` makes these findings."""


RULE = Rule("legacy-export", "information", page(__doc__), _explain)
