"""Dimensions must satisfy a relation that `dynamic_shapes` does not declare.

Adding two tensors requires equal sizes; adding a slice `y[1:]` to `x` requires one size to be the other plus
one; `x.view(-1, 4)` requires a size divisible by 4. Each `Dim` is independent, so export fails until
`dynamic_shapes` declares the relation.

## What to do

Use the same `Dim` for equal sizes, and derived dims for the others: `dim + 1`, `4 * dim`.

## Before

```python
# fullgraph: args=(torch.randn(4), torch.randn(5)), dynamic_shapes={"x": {0: Dim("dx")}, "y": {0: Dim("dy")}}
class Net(nn.Module):
    def forward(self, x, y):
        return x + y[1:]
```

## After

```python
# fullgraph: args=(torch.randn(4), torch.randn(5)), dynamic_shapes={"x": {0: Dim("dx")}, "y": {0: Dim("dx") + 1}}
class Net(nn.Module):
    def forward(self, x, y):
        return x + y[1:]
```
"""

from __future__ import annotations

import re

from ..model import DECIDING, DimContradicted, Finding, Related
from .rule import Case, Rule, library, page, quoted


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, DimContradicted) or failure.kind != "relation":
        return None
    spec = case.target.spec_place
    message = f"`{failure.dim}` (`{failure.source}`) is not independent: it must satisfy {_relation(failure)}"
    related: tuple[Related, ...] = ()
    if failure.frame is not None:
        what = "the guard on {}" if failure.frame.construct in DECIDING else "{}"
        message = f"{what.format(quoted(failure.frame.text))} requires {_relation(failure)}, which `dynamic_shapes` does not declare"
        related = (
            Related(f"`{failure.dim}` (`{failure.source}`) is declared independent here", spec),
            *library(failure.frame),
        )
    place = failure.frame.place if failure.frame else spec
    return Finding("dim-relation", "error", message, place, case.target.name, _hint(failure), related)


def _relation(failure: DimContradicted) -> str:
    if (found := _residue(failure)) is not None:
        step, offset, _ = found
        return f"`{failure.dim} % {step} == {offset % step}`"
    if any(sign in failure.allowed for sign in ("==", "%", "!=")):
        return f"`{failure.allowed}`"
    return f"`{failure.dim} == {failure.allowed}`"


def _residue(failure: DimContradicted) -> tuple[int, int, str] | None:
    """The step, the offset and the root of `4*_n`, `2*_n + 1`, `16*_n - 14`."""
    found = re.fullmatch(r"(\d+)\*(_\w+)(?: ([+-]) (\d+))?", failure.allowed)
    return (int(found[1]), int((found[3] or "") + (found[4] or "0")), found[2]) if found else None


def _hint(failure: DimContradicted) -> str:
    frame = failure.frame
    branches = frame is not None and frame.construct in DECIDING and not frame.refuses
    # The other sizes have a branch of their own: the model takes them, and the spec is right to say so.
    if branches and (_residue(failure) is not None or "%" in failure.allowed):
        return "compute the same for every size instead of branching: the branch was decided by the example inputs"
    if (found := _residue(failure)) is not None:
        step, offset, root = found
        derived = f'{step} * Dim("{root}")' + (
            f" {'-' if offset < 0 else '+'} {abs(offset)}" if offset else ""
        )
        return f"use the derived dim `{derived}` for `{failure.source}`"
    if re.fullmatch(r"\w+", failure.allowed):
        return f"use the same `Dim`, `{failure.allowed}`, for `{failure.source}`"
    if "%" in failure.allowed or "==" in failure.allowed:
        return f"use `Dim.AUTO` for `{failure.source}`, or rewrite the line"
    return f"use the derived dim `{failure.allowed}` for `{failure.source}`"


RULE = Rule("dim-relation", "error", page(__doc__), _explain)
