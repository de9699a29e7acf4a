"""A `Dim.AUTO` dimension was silently specialized to a constant.

`Dim.AUTO` means "dynamic if possible". When the code needs a concrete size (a loop over `range(x.shape[0])`,
`int(x.shape[0])`, a view with a literal size, an example of size 0 or 1), torch specializes the dimension.
The model exports, but the program rejects every other size at run time.

## What to do

Rewrite the line that needs the concrete size, or mark the dimension `Dim.STATIC` if one size is intended.
With `Dim.DYNAMIC`, export fails instead of specializing silently. Use example sizes other than 0 and 1.

## Before

```python
total = 0
for i in range(x.shape[0]):
    total = total + x[i]
```

## After

```python
total = x.sum(0)
```
"""

from __future__ import annotations

from ..model import DimContradicted, Finding, Related
from .dim_specialized import pinned_hint
from .rule import Case, Rule, library, page, quoted


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, DimContradicted) or failure.asked != "auto":
        return None
    size = failure.allowed
    spec = case.target.spec_place
    if failure.frame is None and size in ("0", "1"):
        message = f"`{failure.source}` is {size} in the example inputs, and torch specializes sizes 0 and 1"
        hint = f"use an example input where `{failure.source}` is at least 2"
        return Finding("silent-specialization", "warning", message, spec, case.target.name, hint)
    if failure.frame is None:
        message = f"`{failure.source}` is `Dim.AUTO`, and the model specializes it to {size}"
        return Finding("silent-specialization", "warning", message, spec, case.target.name)
    message = f"{quoted(failure.frame.text)} specializes `{failure.source}` to {size}: the exported program rejects any other size"
    related = (
        Related(f"`{failure.source}` is `Dim.AUTO` here", spec),
        *library(failure.frame),
    )
    hint = pinned_hint(failure)
    return Finding(
        "silent-specialization", "warning", message, failure.frame.place, case.target.name, hint, related
    )


RULE = Rule("silent-specialization", "warning", page(__doc__), _explain)
