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

import re

from ..model import Finding, Raised
from .rule import Case, Rule, first_sentence, library, page, quoted

_OPERATORS = ("cond", "while_loop", "scan", "map", "associative_scan")

_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        "aliasing during higher order op",
        "one of its functions returns an input or a view of one (aliasing)",
        "return a copy: `x.clone()`",
    ),
    (
        "input mutation during higher order op",
        "one of its functions mutates an input",
        "compute out of place and return the result: `x + 1` instead of `x.add_(1)`",
    ),
    (
        "Data-dependent branching",
        "it is a data-dependent branch inside a captured function",
        "use `torch.where`, or a nested `torch.cond`",
    ),
    (
        "unsupported branch return type",
        "one of its functions returns something other than a tensor or an int",
        "return tensors from both branches",
    ),
    (
        "only consists of tensor leaves",
        "its operands must be tensors, or tuples, lists, and dicts of tensors",
        "pass a number as a tensor, or capture it in a closure: `lambda x: f(x, n)`",
    ),
)
"""Words in torch's message, what they mean, and what helps."""

_TORN = (
    (
        re.compile(
            r"When merging two branches' output in torch\.cond,\s*(?P<what>[^\n]+?)\.?[\"')]*\.?$",
            re.MULTILINE,
        ),
        "the branches return different metadata: ",
        "return tensors with the same structure, dtype, and rank from both branches",
    ),
    (
        re.compile(r"to have same metadata but found:\s*(?P<what>.+?)(?:, where lhs|$)", re.MULTILINE),
        "the outputs of its body do not match the inputs: ",
        "keep shapes and dtypes the same in every iteration",
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
        f"{what} cannot be captured: {why}",
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
            return meaning + _plainer(" ".join(found["what"].split())), hint
    explained = re.search(r"^\s*Explanation: (.+)$", message, re.MULTILINE)
    return (explained[1] if explained else first_sentence(message)), ""


def _plainer(what: str) -> str:
    """torch's words for two values that differ, shorter where they are of the usual form."""
    what = re.sub(r"torch\.Size\((\[.*?\])\)", r"\1", what)
    what = re.sub(r"expected same (.+?) but got (.+)", r"\1 \2", what)
    return re.sub(
        r"pair\[(\d+)\] differ in '([\w ]+): (.+?) vs (.+?)'", r"output \1 differs in \2 (\3 and \4)", what
    )


RULE = Rule("control-flow-operator", "error", page(__doc__), _explain)
