"""A dimension left to torch (`Dim.AUTO`) became constant, without a word.

`Dim.AUTO` means "dynamic if you can". When the code needs the number itself (a loop over
`range(x.shape[0])`, `int(x.shape[0])`, a view with a written size, an example of size 0 or 1), torch
exports a program for that one size. It exports, and refuses every other size at run time.

## What to do

Mend the line that needs the number, or say `Dim.STATIC` if one size is what you want. `Dim.DYNAMIC`
makes export fail instead of choosing in silence. Examples should have sizes other than 0 and 1.

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
from .rule import Case, Rule, library, page, quoted


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, DimContradicted) or failure.asked != "auto":
        return None
    size = failure.allowed
    spec = case.target.spec_place
    if failure.frame is None and size in ("0", "1"):
        message = (
            f"`{failure.source}` is {size} in the example inputs, and torch exports this size as a constant"
        )
        hint = f"take an example in which `{failure.source}` is 2 or more"
        return Finding("silent-specialization", "warning", message, spec, case.target.name, hint)
    if failure.frame is None:
        message = f"`{failure.source}` is Dim.AUTO in the spec and became the constant {size}"
        return Finding("silent-specialization", "warning", message, spec, case.target.name)
    message = f"{quoted(failure.frame.text)} makes `{failure.source}` the constant {size}: the exported program takes no other size"
    related = (
        Related(f"`{failure.source}` is left to torch here (Dim.AUTO)", spec),
        *library(failure.frame),
    )
    hint = "write it without the number itself, or say Dim.STATIC if one size is meant"
    return Finding(
        "silent-specialization", "warning", message, failure.frame.place, case.target.name, hint, related
    )


RULE = Rule("silent-specialization", "warning", page(__doc__), _explain)
