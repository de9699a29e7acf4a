"""A call of what came before `torch.export`: TorchScript, `torch.fx.symbolic_trace`, removed exporters.

`torch.jit.trace` keeps one way through the program and says nothing of the others; `torch.jit.script` takes
a part of Python only; `torch.fx.symbolic_trace` knows no shapes. None of them is developed any more.
`torch.export.export` gives one graph with the dimensions that may vary, and says where it cannot.

## What to do

- `torch.jit.trace`, `torch.jit.script`, `torch.fx.symbolic_trace`: `torch.export.export`, and
  `torch.export.save` to keep the program.
- `torch._export.capture_pre_autograd_graph`, `export_for_training`: `torch.export.export(…).module()`.
- `torch.onnx.export(…, dynamo=False)`: without that argument it goes by `torch.export`.

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
    """The calls are read from the text, not observed by a trace: `static.legacy` makes these findings."""


RULE = Rule("legacy-export", "information", page(__doc__), _explain)
