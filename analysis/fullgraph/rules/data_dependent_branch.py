"""Which way the program goes depends on the value of a tensor.

An `if`, a `while`, a ternary, `and`/`or`/`not` or the condition of a comprehension needs a Python bool.
Export records one program for all inputs, so it cannot follow one side.

## What to do

- `torch.where(condition, a, b)` when both sides are cheap and elementwise.
- `torch.cond(condition, true_fn, false_fn, (x,))` when they are not: both sides are recorded, one runs.
- `torch.while_loop` for a `while`; a mask (`x[keep]`) for the condition of a comprehension.
- `torch.clamp`, `nan_to_num`, `masked_fill`: often there is a form without a branch.
- `torch._check(n > 0)` when you know which side it is, for a number made by `.item()`.

## Before

```python
if x.isnan().any():
    x = torch.zeros_like(x)
```

## After

```python
x = torch.where(x.isnan().any(), torch.zeros_like(x), x)
```
"""

from __future__ import annotations

from ..model import Construct, DataDependent, Difference, Finding, Place
from .rule import Case, Rule, library, origins, page, quoted

_SAYS: dict[Construct, tuple[str, str]] = {
    "if": ("which side of the `if` runs", "torch.cond keeps both sides; torch.where if both are cheap"),
    "ternary": (
        "which side of the conditional expression is taken",
        "torch.where(condition, a, b), or torch.cond",
    ),
    "while": ("when the `while` ends", "torch.while_loop(condition, body, (x,))"),
    "comprehension": ("which elements the comprehension keeps", "index with a mask: x[keep]"),
    "boolop": ("the result of `and`/`or`", "torch.logical_and, torch.logical_or, or & and |"),
    "not": ("the result of `not`", "torch.logical_not, or ~"),
    "match": ("which `case` runs", "torch.cond keeps both sides"),
}

_ELSEWHERE = ("what the program does", "torch.cond, or torch.where")

_BUILTINS: dict[str, str] = {
    "any": "torch.stack(…).any()",
    "all": "torch.stack(…).all()",
    "max": "torch.stack(…).amax(0)",
    "min": "torch.stack(…).amin(0)",
    "sorted": "torch.sort",
    "filter": "index with a mask: x[keep]",
}
"""Functions of Python's that ask what they are given for its truth, and torch's form of each."""


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, DataDependent) or failure.frame is None or failure.asks != "bool":
        return None
    text, place = quoted(failure.frame.text), failure.frame.place
    if failure.frame.callee in _BUILTINS:
        subject, hint, text = f"what {text} gives", _BUILTINS[failure.frame.callee], "tensors"
    elif failure.frame.callee is not None:
        return None
    else:
        subject, hint = _SAYS.get(failure.frame.construct or "return", _ELSEWHERE)
    message = f"{subject} depends on the value of {text}, and export records one program for all values"
    message += _sides(case, place)
    related = (*origins(failure.symbols, place), *library(failure.frame))
    return Finding("data-dependent-branch", "error", message, place, case.target.name, hint, related)


def _sides(case: Case, place: Place) -> str:
    """What decides which rewrite is possible: whether the two sides leave the same behind."""
    side = next((side for side in case.facts.sides if side.branch == place), None)
    if side is None or not side.looked or not side.differences:
        return ""
    return "; the sides differ: " + ", ".join(_difference(each) for each in side.differences)


def _difference(difference: Difference) -> str:
    name = "what is returned" if difference.name == "return" else f"`{difference.name}`"
    if not difference.taken or not difference.other:
        return f"{name} is bound on one side only"
    return f"{name} is {difference.taken} on the side taken and {difference.other} on the other"


RULE = Rule("data-dependent-branch", "error", page(__doc__), _explain)
