"""The target does not run: its module does not import, its model does not build, or forward raises.

Nothing can be said of export before the model runs with its example inputs as ordinary Python. The
finding is at the line that raised; where the target itself is wrong (a name that does not exist, `args`
that is not a tuple), it is at that part of the comment, of `pyproject.toml`, or of the assignment.

## What to do

Run the model once with the same inputs; the exception is the same. If the example inputs do not fit
the model, mend the target.

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

_DOING = {"load": "the target could not be built", "eager": "forward raises with the example inputs"}


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
    # Of inputs that nobody wrote it is not said that they must run: a dimension's name may stand for a size.
    made = case.target.origin == "annotation"
    return Finding(
        "target-error",
        "information" if made else "error",
        message,
        place,
        case.target.name,
        "the inputs are made from the annotations; a comment above the class says others" if made else "",
        related=library(failure.frame),
    )


RULE = Rule("target-error", "error", page(__doc__), _explain)
