"""What `torch.cond`, `torch.while_loop`, `scan` or `map` was given cannot be recorded.

These operators record the functions that they are given as graphs of their own, with stricter rules than
the rest of the program: a function changes none of its inputs in place and returns none of them as it is,
the sides of a `cond` give tensors of the same structure, dtype and rank, and what a loop's body returns
is like what it was given. Eager mode does not check all of that on the side that it takes.

## What to do

Return copies (`x.clone()`), compute out of place (`x + 1` for `x.add_(1)`), convert both sides to one
dtype, and give numbers as tensors or close over them.

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

import re

from ..model import Finding, Raised
from .rule import Case, Rule, first_sentence, library, page, quoted

_OPERATORS = ("cond", "while_loop", "scan", "map", "associative_scan")

_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        "aliasing during higher order op",
        "a function that it is given returns one of its inputs, or a view of one",
        "return a copy: .clone()",
    ),
    (
        "input mutation during higher order op",
        "a function that it is given changes one of its inputs in place",
        "compute out of place, and return the result: x + 1 for x.add_(1)",
    ),
    (
        "Data-dependent branching",
        "it decides by a tensor's value, inside of a function that is recorded as a graph of its own",
        "torch.where, or another torch.cond",
    ),
    (
        "unsupported branch return type",
        "a function that it is given returns something that is neither a tensor nor an integer",
        "return tensors on both sides",
    ),
    (
        "only consists of tensor leaves",
        "its operands must be a tuple of tensors (lists, dicts and tuples of them)",
        "give a number as a tensor, or close over it: lambda x: f(x, n)",
    ),
)
"""Words in torch's message, what they mean, and what helps."""

_TORN = (
    (
        re.compile(
            r"When merging two branches' output in torch\.cond,\s*(?P<what>[^\n]+?)\.?[\"')]*\.?$",
            re.MULTILINE,
        ),
        "the two sides do not give the same: ",
        "both sides give tensors of the same structure, dtype and rank",
    ),
    (
        re.compile(r"to have same metadata but found:\s*(?P<what>.+?)(?:, where lhs|$)", re.MULTILINE),
        "what the body returns is not like what it is given: ",
        "sizes and dtypes stay the same from round to round",
    ),
)
"""Sentences of torch's that hold what the user needs."""


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, Raised) or failure.operator not in _OPERATORS or failure.step != "export":
        return None
    what = quoted(failure.frame.text) if failure.frame else f"`{failure.operator}`"
    why, hint = _reason(failure.message)
    return Finding(
        "control-flow-operator",
        "error",
        f"{what} cannot be recorded: {why}",
        case.place(failure.frame),
        case.target.name,
        hint,
        library(failure.frame),
    )


def _reason(message: str) -> tuple[str, str]:
    for words, meaning, hint in _KNOWN:
        if words in message:
            return meaning, hint
    for pattern, meaning, hint in _TORN:
        if found := pattern.search(message):
            return meaning + " ".join(found["what"].split()), hint
    explained = re.search(r"^\s*Explanation: (.+)$", message, re.MULTILINE)
    return (explained[1] if explained else first_sentence(message)), ""


RULE = Rule("control-flow-operator", "error", page(__doc__), _explain)
