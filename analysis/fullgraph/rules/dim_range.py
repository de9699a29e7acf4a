"""A dimension has a smaller range in the program than the spec gives it.

An `if x.shape[0] > 8:` was decided by the example inputs, and torch exported the side that they took:
the program holds for the sizes that take the same side. A `Dim` without `min` and `max` stands for every
size.

## What to do

Give the `Dim` the range that the program takes, or write the line so that it holds for all sizes.

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

from ..model import Construct, DimContradicted, Finding, Related
from .rule import Case, Rule, library, page, quoted

_DECIDING: tuple[Construct, ...] = (
    "if",
    "ternary",
    "while",
    "assert",
    "boolop",
    "not",
    "comprehension",
    "match",
)


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, DimContradicted) or failure.kind != "range":
        return None
    spec = case.target.spec_place
    name = f"`{failure.dim}`" if failure.dim == failure.source else f"`{failure.dim}` (`{failure.source}`)"
    if failure.frame is None:
        message = f"the example inputs do not fit the spec: `{failure.source}` is {failure.example}, and {name} asks for `{failure.allowed}`"
        return Finding("dim-range", "error", message, spec, case.target.name)
    decided = "what {} decides here" if failure.frame.construct in _DECIDING else "{}"
    what = decided.format(quoted(failure.frame.text))
    message = f"{what} holds only for `{_allowed(failure)}`, and the spec gives {name} a wider range"
    related = (Related(f"the range of {name} is said here", spec), *library(failure.frame))
    return Finding(
        "dim-range", "error", message, failure.frame.place, case.target.name, _hint(failure), related
    )


def _allowed(failure: DimContradicted) -> str:
    """The range without bounds that every dynamic size has: from 2, and without end."""
    lowest = re.match(r"Dim\('.+?', min=(\d+)", failure.suggestion or "")
    if lowest and "!=" in failure.allowed:  # a guard against the one size below the range: `n - 3 != 1`
        return f"{lowest[1]} <= {failure.dim}"
    name = re.escape(failure.dim)
    text = re.sub(rf"^[012] <= {name} and (?={name} <= \d)", "", failure.allowed)
    return re.sub(rf" and {name} <= (IntInfinity\(\)|int_oo)$", "", text)


def _hint(failure: DimContradicted) -> str:
    """torch's own suggestion, without bounds that do not run (`max=oo`)."""
    suggested = re.sub(r", max=(int_)?oo|, min=[012](?=[,)])", "", failure.suggestion or "")
    if suggested.startswith("Dim("):
        return f"say {suggested} for `{failure.source}`"
    return "give the Dim the range that the program takes, or write the line so that it holds for all sizes"


RULE = Rule("dim-range", "error", page(__doc__), _explain)
