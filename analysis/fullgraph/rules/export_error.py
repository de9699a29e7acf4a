"""Export fails for another reason; the message quotes the exception.

The finding is at the innermost expression of your code that led to the exception. If library code raised it,
the library's line is shown too.

## What to do

Read the exception as if your own line had raised it. If the same line runs in eager mode, it does something
that differs during tracing: it compares the type of a tensor, calls into C, or uses a part of Python's
runtime that tracing does not provide.

## Before

```python
if type(x) is torch.Tensor: ...
```

## After

```python
if isinstance(x, torch.Tensor): ...
```
"""

from __future__ import annotations

import re

from ..model import Finding, Frame, Place, Raised
from .rule import Case, Rule, first_sentence, library, page, quoted


def _explain(case: Case) -> Finding:
    failure = case.failure
    if not isinstance(failure, Raised):
        return Finding("export-error", "error", str(failure), case.target.place, case.target.name)
    for kind, message, hint in _MODELS:
        if failure.said(kind):
            return Finding("export-error", "error", message, _of_model(case), case.target.name, hint)
    what = _what(failure.frame)
    message, hint = next((known[1:] for known in _LINES if failure.said(known[0])), ("", ""))
    if message and _DERIVES.search(what):
        hint = (
            "compute the gradient outside of the exported model; inside of it, `torch.func.grad` is captured "
            "where layers are written as `x @ weight.mT + bias`"
        )
    if (sized := failure.said("size in question")) and sized.part("grad"):
        hint += ", or export under `torch.no_grad()`"
    message = f"{what} {message or 'fails at export time: ' + _words(failure)}"
    place = case.place(failure.frame)
    return Finding("export-error", "error", message, place, case.target.name, hint, library(failure.frame))


def _words(failure: Raised) -> str:
    kind, said = failure.exception.rpartition(".")[2], first_sentence(failure.message)
    return f"{kind}: {said}" if said else kind


def _of_model(case: Case) -> Place:
    """Where the model is made: what is wrong with it as a whole is no line of forward's."""
    return case.target.model.place


_MODELS = (
    (
        "ScriptModule",
        "the model is a ScriptModule, which torch.export does not support",
        "export the original module, without `torch.jit.script` or `torch.jit.trace`",
    ),
    (
        "packed weights",
        "the model holds packed weights of an eager-mode quantized layer, which torch.export does not support",
        "export the float model, then quantize the exported program (PT2E)",
    ),
    (
        "unsolved guard",
        "torch cannot solve the model's guards on its dynamic sizes, which it divides and rounds",
        "remove these dimensions from `dynamic_shapes`, or mark them `Dim.STATIC`",
    ),
    (
        "uninitialized parameter",
        "the model has a lazy module with uninitialized parameters",
        "run the model once on the example inputs before exporting it",
    ),
)
"""What is recognized in torch's words and concerns the model as a whole, what it means, and what helps."""

_DERIVES = re.compile(r"autograd\.grad\(|\.backward\(")

_LINES = (
    (
        "untraced constant",
        "uses a tensor whose creation or mutation was not traced, which would become a constant without data",
        "use a buffer, and update it in place (`copy_`) without `.data`",
    ),
    (
        "SymInt hashed",
        "",
        "do not key a cache by a dynamic size: recompute the value, or key it by a constant",
    ),
    (
        "symbol as index",
        "writes at an index that depends on data, which torch takes no symbolic number for",
        "index with a one-element tensor: `x[:, step.view(1)]`",
    ),
    (
        "size in question",
        "is a slice whose size depends on data",
        "check its bounds: `torch._check(start >= 0)`, `torch._check(start + n <= x.shape[1])`",
    ),
    (
        "copied tensor",
        "uses a tensor copied with `copy.copy`, which is not a valid fake tensor",
        "copy it with `x.clone()`",
    ),
    (
        "transformed constant",
        "applies a `torch.func` transform to a layer that cannot be captured inside of one (linear, `einsum`, attention, RNN)",
        "write such a layer as `x @ weight.mT + bias`, or compute the gradient outside of the exported model",
    ),
    (
        "class changed",
        "changes the class of a tensor, which tracing does not support",
        "pass the subclass as an input, or keep it out of `forward`",
    ),
    (
        "module moved",
        "moves or casts a module in `forward`, which tracing does not support",
        "cast the tensor instead: `x.to(self.layer.weight.dtype)`",
    ),
    (
        "FakeTensor named",
        "",
        "use `isinstance(x, torch.Tensor)`: during tracing, tensors are instances of the subclass `FakeTensor`",
    ),
    (
        "tensor as key",
        "",
        "count in Python (`enumerate`, `range`): during tracing, a tensor has no value for a string or a key",
    ),
    (
        "size from data",
        "takes a size from the elements of a tensor, which are not known at export time",
        "of packed sequences: run the layer on the padded batch and mask the steps behind each length",
    ),
    (
        "item in vmap",
        "reads a tensor's value inside `vmap`, where it has one value per call",
        "select with `torch.where`, and index with tensors (`torch.take_along_dim`)",
    ),
    (
        "untracked size",
        "uses a symbolic size that is not tracked in the graph",
        "create nested tensors outside of `forward`, and pass them as inputs",
    ),
)
"""The same at one line of forward; the meaning is "" where torch's words say it."""


def _what(frame: Frame | None) -> str:
    if frame is None:
        return "the model"
    return quoted("raise" if frame.construct == "raise" else frame.text or "raise")


RULE = Rule("export-error", "error", page(__doc__), _explain)
