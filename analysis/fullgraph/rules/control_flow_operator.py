"""A function passed to `torch.cond`, `torch.while_loop`, `scan`, or `map` cannot be captured.

These higher-order operators capture each of their functions as a subgraph, under stricter rules than the rest
of the program: a function must not mutate its inputs or return them unchanged (aliasing), both branches of a
`cond` must return tensors with the same structure, dtype, and rank, and the outputs of a loop's body must
match its inputs. Eager mode does not check all of this on the branch it takes.

## What to do

Return copies (`x.clone()`), compute out of place (`x + 1` instead of `x.add_(1)`), convert both branches to
one dtype, and pass numbers as tensors or capture them in a closure.

## Before

```python
torch.cond(x.sum() > 0, lambda x: x, lambda x: x.long(), (x,))
```

## After

```python
torch.cond(x.sum() > 0, lambda x: x.clone(), lambda x: x.long().to(x.dtype), (x,))
```
"""

from __future__ import annotations

from ..model import Finding, Raised, Recognized
from .rule import Case, Rule, first_sentence, library, page, quoted

_OPERATORS = ("cond", "while_loop", "scan", "map", "associative_scan")

_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        "aliasing",
        "one of its functions returns an input or a view of one (aliasing)",
        "return a copy: `x.clone()`",
    ),
    (
        "input mutation",
        "one of its functions mutates an input",
        "compute out of place and return the result: `x + 1` instead of `x.add_(1)`",
    ),
    (
        "data-dependent branch",
        "it is a data-dependent branch inside a captured function",
        "use `torch.where`, or a nested `torch.cond`",
    ),
    (
        "branch return type",
        "one of its functions returns something other than a tensor or an int",
        "return tensors from both branches",
    ),
    (
        "operand type",
        "its operands must be tensors, or tuples, lists, and dicts of tensors",
        "pass a number as a tensor, or capture it in a closure: `lambda x: f(x, n)`",
    ),
)
"""What is recognized in torch's message, what it means, and what helps."""

_TORN = (
    (
        "branches differ",
        "the branches return different metadata: ",
        "return tensors with the same structure, dtype, and rank from both branches",
    ),
    (
        "body differs",
        "the outputs of its body do not match the inputs: ",
        "keep shapes and dtypes the same in every iteration",
    ),
)
"""Those that hold what the user needs, as `what`."""


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, Raised) or failure.operator not in _OPERATORS or failure.step != "export":
        return None
    what = quoted(failure.frame.text) if failure.frame else f"`{failure.operator}`"
    why, hint = _reason(failure)
    return Finding(
        "control-flow-operator",
        "error",
        f"{what} cannot be captured: {why}",
        case.place(failure.frame),
        case.target.name,
        hint,
        library(failure.frame),
    )


def _reason(failure: Raised) -> tuple[str, str]:
    for kind, meaning, hint in _KNOWN:
        if failure.said(kind):
            return meaning, hint
    for kind, meaning, hint in _TORN:
        if torn := failure.said(kind):
            return meaning + _difference(torn), hint
    explained = failure.said("explanation")
    return (explained.part("words") if explained else first_sentence(failure.message)), ""


def _difference(torn: Recognized) -> str:
    """What differs, as `dtype torch.int32 and torch.float32` where torch names the property."""
    known = f"{torn.part('property')} {torn.part('found')}" if torn.part("property") else torn.part("what")
    return " ".join(known.split())


RULE = Rule("control-flow-operator", "error", page(__doc__), _explain)
