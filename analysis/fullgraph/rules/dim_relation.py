"""Two dimensions, or a dimension and a number, must keep a relation that the spec does not say.

Adding two tensors needs their sizes to be equal; a slice `y[1:]` added to `x` needs one to be the other
plus one; `x.view(-1, 4)` needs a size that 4 divides. A `Dim` stands for every size by itself, so export
refuses it until the spec says the relation.

## What to do

Use the same `Dim` for sizes that are equal, and derived ones for the rest: `dim + 1`, `4 * dim`.

## Before

```python
# fullgraph: args=(torch.randn(4), torch.randn(5)), dynamic_shapes={"x": {0: Dim("dx")}, "y": {0: Dim("dy")}}
def forward(self, x, y):
    return x + y[1:]
```

## After

```python
# fullgraph: args=(torch.randn(4), torch.randn(5)), dynamic_shapes={"x": {0: Dim("dx")}, "y": {0: Dim("dx") + 1}}
def forward(self, x, y):
    return x + y[1:]
```
"""

from __future__ import annotations

import re

from ..model import DimContradicted, Finding, Related
from .rule import Case, Rule, library, page, quoted


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, DimContradicted) or failure.kind != "relation":
        return None
    spec = case.target.spec_place
    message = f"`{failure.dim}` (`{failure.source}`) cannot be any size: {_relation(failure)}"
    related: tuple[Related, ...] = ()
    if failure.frame is not None:
        message = (
            f"{quoted(failure.frame.text)} needs a relation that the spec does not say: {_relation(failure)}"
        )
        related = (
            Related(f"`{failure.dim}` is `{failure.source}`, free to be any size here", spec),
            *library(failure.frame),
        )
    place = failure.frame.place if failure.frame else spec
    return Finding("dim-relation", "error", message, place, case.target.name, _hint(failure), related)


def _relation(failure: DimContradicted) -> str:
    factor = re.fullmatch(r"(\d+)\*_\w+", failure.allowed)
    if factor:
        return f"{factor[1]} must divide `{failure.dim}`"
    if any(sign in failure.allowed for sign in ("==", "%", "!=")):
        return f"`{failure.allowed}`"
    return f"`{failure.dim} == {failure.allowed}`"


def _hint(failure: DimContradicted) -> str:
    factor = re.fullmatch(r"(\d+)\*(_\w+)", failure.allowed)
    if factor:
        return f'say {factor[1]} * Dim("{factor[2]}") for `{failure.source}`'
    if re.fullmatch(r"\w+", failure.allowed):
        return f"use the same Dim, `{failure.allowed}`, for `{failure.source}`"
    if "%" in failure.allowed or "==" in failure.allowed:
        return f"use Dim.AUTO for `{failure.source}`, or mend the line"
    return f"say `{failure.allowed}` for `{failure.source}`"


RULE = Rule("dim-relation", "error", page(__doc__), _explain)
