"""The model exports, and its program rejects sizes that `dynamic_shapes` calls dynamic.

`Dim.AUTO` means "dynamic if possible". When the code needs a concrete size (a loop over `range(x.shape[0])`,
`int(x.shape[0])`, a view with a literal size, an example of size 0 or 1), torch specializes the dimension.
The model exports, but the program rejects every other size at run time.

## What to do

Rewrite the line that needs the concrete size, or mark the dimension `Dim.STATIC` if one size is intended.
With `Dim.DYNAMIC`, export fails instead of specializing silently. Use example sizes other than 0 and 1.

A size can also be pinned without becoming a constant. A float or an int that is made of it is a constant in the
program (`F.interpolate(x, scale_factor=(h / side, w / side))`, `int(n ** 0.5)`, `h // 14 == 5`), and a guard
says of which sizes that is true: `(h // 14) / 4 == 1.25`. torch reports no such guard of derived dimensions
(`14*kh`), of `Dim.DYNAMIC` and of `Dim.AUTO`; the program checks it when it is called. Compute with sizes
alone, without a float in between: `size=(h, w)`. For a named `Dim`, and for `Dim.DYNAMIC`, this is an error
and the target is unsound, because the program does not keep what the spec promises.

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

from ..model import DimContradicted, Finding, Related, SizePinned
from .dim_specialized import pinned_hint
from .rule import Case, Rule, library, page, quoted


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if isinstance(failure, SizePinned):
        return _pinned(failure, case)
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


def _pinned(failure: SizePinned, case: Case) -> Finding:
    spec = case.target.spec_place
    names = " and ".join(f"`{source}`" for source in failure.sizes)
    promised = failure.asked != "auto"
    said = f"the exported program requires `{failure.text}`"
    if promised:
        said += f", but `dynamic_shapes` marks {names} dynamic"
    message = f"{quoted(failure.frame.text)} specializes {names}: {said}" if failure.frame else said
    marked = Related(f"{names} {'is' if len(failure.sizes) == 1 else 'are'} marked dynamic here", spec)
    return Finding(
        "silent-specialization",
        "error" if promised else "warning",
        message,
        failure.frame.place if failure.frame else spec,
        case.target.name,
        _hint(failure),
        (marked, *library(failure.frame)),
    )


def _hint(failure: SizePinned) -> str:
    if failure.frame and "scale_factor" in failure.frame.text:
        return "pass the output size (`size=`), because a scale factor is a constant in the program"
    return "compute with sizes alone: a float or an int made of a size is a constant in the program"


RULE = Rule("silent-specialization", "warning", page(__doc__), _explain)
