"""Export fails for another reason, in torch's own words.

The finding is at the innermost expression of your code that led there; where a library raised it, its
line is named too.

## What to do

Read the exception as if your own line had raised it. If the same line runs in eager mode, it does
something that export sees differently: it asks for the class of a tensor, calls into C, or uses a part
of Python's runtime that is not there while torch traces.

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

from ..model import Finding, Place, Raised
from .rule import Case, Rule, first_sentence, library, page, quoted


def _explain(case: Case) -> Finding:
    failure = case.failure
    if not isinstance(failure, Raised):
        return Finding("export-error", "error", str(failure), case.target.place, case.target.name)
    for words, message, hint in _MODELS:
        if words in failure.message:
            return Finding("export-error", "error", message, _of_model(case), case.target.name, hint)
    what = "the model" if failure.frame is None else quoted(failure.frame.text or "raise")
    message, hint = next((known[1:] for known in _LINES if known[0] in failure.message), ("", ""))
    if message and _DERIVES.search(what):
        hint = "torch.func.grad is recorded; what autograd computes in forward is, in part, not"
    message = f"{what} {message or 'stops export: ' + _words(failure)}"
    place = case.place(failure.frame)
    return Finding("export-error", "error", message, place, case.target.name, hint, library(failure.frame))


def _words(failure: Raised) -> str:
    kind, said = failure.exception.rpartition(".")[2], first_sentence(failure.message)
    return f"{kind}: {said}" if said else kind


def _of_model(case: Case) -> Place:
    """Where the model is made: what is wrong with it as a whole is no line of forward's."""
    return case.target.model.place


UNSOLVED = "solve_univariate_inequality"
"""What sympy says of a guard; torch hands it on."""

_MODELS = (
    (
        "Exporting a ScriptModule is not supported",
        "the model is a ScriptModule, and torch.export reads Python",
        "export the module itself, without torch.jit.script or torch.jit.trace",
    ),
    (
        "torch.classes.quantized.",
        "the model holds packed weights of an eager-mode quantized layer, which export cannot record",
        "export the model before it is quantized, and quantize the exported program (pt2e)",
    ),
    (
        UNSOLVED,
        "torch cannot solve which sizes the model takes: they are divided and rounded on its way through",
        "leave these dimensions out of `dynamic_shapes`, or say Dim.STATIC for them",
    ),
    (
        "Attempted to use an uninitialized parameter",
        "the model has a lazy layer without parameters yet",
        "run the model once on the example inputs before it is exported",
    ),
)
"""Words of torch's by which it refuses the model as a whole, what they mean, and what helps."""

_DERIVES = re.compile(r"autograd\.grad\(|\.backward\(")

_LINES = (
    (
        "fake tensor in the exported program constant's list",
        "uses a tensor that torch did not see made, or changed: it would be a constant without data",
        "use a buffer and change it in place (copy_), without .data",
    ),
    (
        "unhashable type: non-nested SymInt",
        "",
        "a cache keyed by a dynamic size: compute it, or key it by a constant",
    ),
    (
        "elem.device.type must be 'meta'",
        "uses a tensor that was copied by copy.copy, and is none for torch while it traces",
        "copy it by x.clone()",
    ),
    (
        "already associated to a python object of type FakeTensor",
        "gives a tensor another class, which it cannot have while torch traces",
        "give the subclass as an input, or leave the class out of forward",
    ),
    (
        "Couldn't swap",
        "moves or casts a module in forward, which cannot be traced",
        "cast the tensor instead: x.to(self.layer.weight.dtype)",
    ),
    (
        "fake_tensor.FakeTensor'>",
        "",
        "while torch traces, tensors are of a subclass, FakeTensor: ask with isinstance(x, torch.Tensor)",
    ),
    (
        "FakeTensor(..., size=(), dtype=",
        "",
        "while torch traces, a tensor has no value that a text or a key could hold: count in Python (enumerate, range)",
    ),
    (
        "We don't support vmap over calling .item()",
        "asks for a tensor's value inside of vmap, where it has one for each call",
        "choose with torch.where, index with tensors: torch.take_along_dim",
    ),
    (
        "is not tracked with proxy",
        "uses a size of which torch has lost where it comes from",
        "make nested tensors outside of forward, and give them as inputs",
    ),
)
"""Words of torch's at one line of forward, what they mean ("" where they say it), and what helps."""

RULE = Rule("export-error", "error", page(__doc__), _explain)
