"""The code specializes a dimension that `dynamic_shapes` marks dynamic.

Something in the code needs a concrete size: a loop over `range(x.shape[0])`, `int(x.shape[0])`, a view or a
broadcast with a literal size, or an addition to a parameter of fixed size. torch would have to export a
program for that one size, which contradicts `dynamic_shapes`. Example sizes 0 and 1 are specialized too.

## What to do

Rewrite the line without the concrete size, or mark the dimension `Dim.STATIC` if it never changes.

## Before

```python
# fullgraph: args=(torch.randn(4, 8),), dynamic_shapes={"x": {0: Dim("batch")}}
class Net(nn.Module):
    def forward(self, x):
        return x.view(4, 2, 4)
```

## After

```python
# fullgraph: args=(torch.randn(4, 8),), dynamic_shapes={"x": {0: Dim("batch")}}
class Net(nn.Module):
    def forward(self, x):
        return x.view(x.shape[0], 2, 4)
```
"""

from __future__ import annotations

import re
from math import prod

from ..model import DimContradicted, Finding, Related
from .rule import Case, Rule, library, page, quoted


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, DimContradicted) or failure.kind != "specialized":
        return None
    spec = case.target.spec_place
    name = _name(failure)
    if failure.frame is None:
        return _at_spec(failure, case, name)
    message = f"{quoted(failure.frame.text)} specializes {name} to {failure.allowed}, but `dynamic_shapes` marks it dynamic"
    related = (Related(f"{name} is marked dynamic here", spec), *library(failure.frame))
    hint = pinned_hint(failure)
    return Finding("dim-specialized", "error", message, failure.frame.place, case.target.name, hint, related)


def pinned_hint(failure: DimContradicted) -> str:
    """What to change in the expression at which a size became a constant.

    Where a number is written there, or one is made of the size, it can be done without. Where neither is so, the
    size is tied inside of what is called, and saying "without the concrete size" would help nobody.
    """
    static = f"or mark `{failure.source}` as `Dim.STATIC`"
    callee = (failure.frame.callee or "") if failure.frame is not None else ""
    text = failure.frame.text if failure.frame is not None else ""
    if length := re.search(r"\blen\(([\w.]+)\)", text):
        return f"use `{length[1]}.shape[0]`: `len(…)` gives a plain number; {static}"
    if re.search(r"\bfor\b.*\bin\b.*\brange\(", text):
        return f"a list has one length: build it with `torch.arange` and broadcasting, {static}"
    if callee.endswith("istft") and re.search(r"\blength\s*=", text):
        return f"`length=` ties it to one number: without it the output ends with the last whole hop, which `F.pad` can fill up to the size with zeros; {static}"
    if split := _split(text, failure.allowed):
        return f"the literals {split} in it fix the size to {failure.allowed}: write `-1` for one of them, {static}"
    is_written = callee.isidentifier() or re.search(rf"\b{re.escape(failure.allowed)}\b", text) is not None
    if "self." in text and not is_written:
        return f"a parameter or buffer in it, or a loop over the dimension, is for one size: make that depend on `{failure.source}`, {static}"
    return f"rewrite it without the concrete size, {static}"


def _split(text: str, size: str) -> str:
    """`4, 64` of `x.reshape(b, 4, 64, d)`, where they are a size together; "" of other texts."""
    for call in re.finditer(r"\.(?:view|reshape)\(([^()]*)", text):
        numbers = [int(part) if part.strip().isdigit() else 0 for part in call[1].split(",")]
        for first in range(len(numbers)):
            for end in range(first + 2, len(numbers) + 1):
                if min(numbers[first:end]) > 1 and str(prod(numbers[first:end])) == size:
                    return ", ".join(f"`{number}`" for number in numbers[first:end])
    return ""


def _at_spec(failure: DimContradicted, case: Case, name: str) -> Finding:
    spec = case.target.spec_place
    if failure.allowed in ("0", "1"):
        message = f"{name} is {failure.allowed} in the example inputs, and torch specializes sizes 0 and 1"
        hint = f"use an example input where `{failure.source}` is at least 2"
        place = case.target.args.place if case.target.args else spec
        related = (Related(f"{name} is marked dynamic here", spec),) if place != spec else ()
        return Finding("dim-specialized", "error", message, place, case.target.name, hint, related)
    message = f"{name} is marked dynamic, but the model specializes it to {failure.allowed}"
    return Finding("dim-specialized", "error", message, spec, case.target.name)


def _name(failure: DimContradicted) -> str:
    return f"`{failure.source}`" if failure.dim == failure.source else f"`{failure.dim}` (`{failure.source}`)"


RULE = Rule("dim-specialized", "error", page(__doc__), _explain)
