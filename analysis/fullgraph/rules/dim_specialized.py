"""A dimension that the spec calls dynamic is a constant in the program.

Something in the code needs the number itself: a loop over `range(x.shape[0])`, `int(x.shape[0])`, a
view or a broadcast with a written size, or an addition to a parameter of fixed size. torch would have to
export a program for that one size, which contradicts the spec. An example of size 0 or 1 is taken as
constant too.

## What to do

Write the line without the number, or take the dimension out of the spec if it never changes.

## Before

```python
# fullgraph: args=(torch.randn(4, 8),), dynamic_shapes={"x": {0: Dim("batch")}}
def forward(self, x):
    return x.view(4, 2, 4)
```

## After

```python
def forward(self, x):
    return x.view(x.shape[0], 2, 4)
```
"""

from __future__ import annotations

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
    message = f"{quoted(failure.frame.text)} needs {name} to be exactly {failure.allowed}, and the spec calls it dynamic"
    related = (Related(f"{name} is called dynamic here", spec), *library(failure.frame))
    hint = f"write it without the number, or take `{failure.source}` out of the spec"
    return Finding("dim-specialized", "error", message, failure.frame.place, case.target.name, hint, related)


def _at_spec(failure: DimContradicted, case: Case, name: str) -> Finding:
    spec = case.target.spec_place
    if failure.allowed in ("0", "1"):
        message = (
            f"{name} is {failure.allowed} in the example inputs, and torch takes this size for a constant"
        )
        hint = f"take an example in which `{failure.source}` is 2 or more"
        place = case.target.args.place if case.target.args else spec
        related = (Related(f"{name} is called dynamic here", spec),) if place != spec else ()
        return Finding("dim-specialized", "error", message, place, case.target.name, hint, related)
    message = f"{name} is called dynamic, and the program needs it to be exactly {failure.allowed}"
    return Finding("dim-specialized", "error", message, spec, case.target.name)


def _name(failure: DimContradicted) -> str:
    return f"`{failure.source}`" if failure.dim == failure.source else f"`{failure.dim}` (`{failure.source}`)"


RULE = Rule("dim-specialized", "error", page(__doc__), _explain)
