"""A guard narrows a dimension to a smaller range than `dynamic_shapes` declares.

The example inputs decided `if x.shape[0] > 8:`, and torch exported the branch that they take, with a guard:
the program is valid only for sizes that take the same branch. A `Dim` without `min` and `max` stands for
every size.

torch does not say so of a `Dim` that only others derive from, such as `Dim("_time")` of `8 * Dim("_time")`. The
model exports, and its program rejects sizes that the spec promises: it is unsound. If only the least size is
rejected, at which something becomes 0 or 1, it is a note.

## What to do

Narrow the `Dim` to the range that the guard allows, or rewrite the line to support every size.

## Before

```python
# fullgraph: args=(torch.randn(4, 2),), dynamic_shapes={"x": {0: Dim("batch")}}
def forward(self, x):
    if x.shape[0] > 8:
        return self.chunked(x)
    return self.whole(x)
```

## After

```python
# fullgraph: args=(torch.randn(4, 2),), dynamic_shapes={"x": {0: Dim("batch", max=8)}}
```
"""

from __future__ import annotations

import re

from ..model import DECIDING, DimContradicted, Finding, Related, SizesExcluded
from .rule import Case, Rule, library, page, quoted


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if isinstance(failure, SizesExcluded):
        return _excluded(failure, case)
    if not isinstance(failure, DimContradicted) or failure.kind != "range":
        return None
    spec = case.target.spec_place
    name = f"`{failure.dim}`" if failure.dim == failure.source else f"`{failure.dim}` (`{failure.source}`)"
    if failure.frame is None:
        message = f"the example inputs violate `dynamic_shapes`: `{failure.source}` is {failure.example}, but {name} requires `{failure.allowed}`"
        return Finding("dim-range", "error", message, spec, case.target.name)
    guard = "the guard on {}" if failure.frame.construct in DECIDING else "{}"
    what = guard.format(quoted(failure.frame.text))
    message = f"{what} narrows {name} to `{_allowed(failure)}`, but `dynamic_shapes` declares a wider range"
    if _is_all_admitted(failure):
        message = f"torch cannot prove that {what} holds for all of {name}, though every size that was tried satisfies it"
    related = (Related(f"{name} is declared here", spec), *library(failure.frame))
    return Finding(
        "dim-range", "error", message, failure.frame.place, case.target.name, _hint(failure), related
    )


def _excluded(failure: SizesExcluded, case: Case) -> Finding:
    spec = case.target.spec_place
    what = quoted(failure.frame.text) if failure.frame else "the model"
    message = f"{what} requires `{failure.text}`, which `dynamic_shapes` does not say: the exported program rejects `{failure.example}`"
    least = re.fullmatch(rf"{re.escape(failure.size)} >= (\d+)", failure.text)
    hint = f"use `Dim('{failure.size}', min={least[1]})`" if least else ""
    return Finding(
        "dim-range",
        "information" if failure.smallest else "warning",
        message,
        failure.frame.place if failure.frame else spec,
        case.target.name,
        hint,
        (Related(f"`{failure.size}` is declared here", spec), *library(failure.frame)),
    )


def _allowed(failure: DimContradicted) -> str:
    """The range without bounds that every dynamic size has: from 2, and without end."""
    name = re.escape(failure.dim)
    text = re.sub(rf"^[012] <= {name} and (?={name} <= \d)", "", failure.allowed)
    return re.sub(rf" and {name} <= (IntInfinity\(\)|int_oo)$", "", text)


def _is_all_admitted(failure: DimContradicted) -> bool:
    """Whether nothing is narrowed: the guard of torch's holds for each size, and torch has no proof of it."""
    free = failure.suggested is not None and failure.suggested.text.startswith("Dim.DYNAMIC")
    return free and not re.search(
        rf"\d <= {re.escape(failure.dim)}|{re.escape(failure.dim)} <= \d", failure.allowed
    )


def _hint(failure: DimContradicted) -> str:
    if failure.suggested is None:
        return f"no `Dim` declares this: rewrite the line to support every size, or use `Dim.DYNAMIC` for `{failure.source}`, whose program keeps the guard"
    if failure.suggested.text.startswith("Dim.DYNAMIC"):
        return f"use `{failure.suggested.text}` for `{failure.source}`: torch cannot prove the guards for a named `Dim`"
    return f"use `{failure.suggested.text}` for `{failure.source}`"


RULE = Rule("dim-range", "error", page(__doc__), _explain)
