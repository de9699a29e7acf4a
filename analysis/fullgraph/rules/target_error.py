"""The target does not run: its module does not import, its model cannot be built, or `forward` raises.

A model must run in eager mode on its example inputs before it can be exported. The finding is at the line
that raised. If the target itself is invalid (a name that does not exist, `args` that is not a tuple), it is
at that part of the comment, of `pyproject.toml`, or of the assignment.

## What to do

Run the model once with the same inputs: it raises the same exception. If the example inputs do not match the
model, fix the target.

## Before

```python
# fullgraph: args=(torch.randn(2, 64))
class Encoder(nn.Module): ...
```

## After

```python
# fullgraph: args=(torch.randn(2, 64),)
class Encoder(nn.Module): ...
```
"""

from __future__ import annotations

from ..model import Finding, Raised
from .rule import Case, Rule, first_sentence, library, page

_DOING = {"load": "the target cannot be built", "eager": "`forward` raises on the example inputs"}


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, Raised) or failure.step not in _DOING:
        return None
    said = first_sentence(failure.message)
    if failure.exception == "WrongTarget":
        message = said
    else:
        kind = failure.exception.rpartition(".")[2]
        message = f"{_DOING[failure.step]}: {kind}: {said}" if said else f"{_DOING[failure.step]}: {kind}"
    # Without a frame of the user's it is the call of forward itself: its arguments do not fit.
    calls = failure.step == "eager" and case.target.args is not None
    outside = case.target.args if calls and case.target.args else case.target.model
    place = failure.frame.place if failure.frame else outside.place
    # Inputs that were derived need not run: a dimension's name may stand for one size.
    made = case.target.origin == "annotation"
    return Finding(
        "target-error",
        "information" if made else "error",
        message,
        place,
        case.target.name,
        "declare other inputs in a comment above the class: these are derived from annotations"
        if made
        else "",
        related=library(failure.frame),
    )


RULE = Rule("target-error", "error", page(__doc__), _explain)
