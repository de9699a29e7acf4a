"""`forward` mutates state that the exported program does not carry.

An exported program holds parameters and buffers, and updates its buffers. A plain attribute is read once, at
export time; an assignment to it in `forward` also runs once, then. The model exports, but the program never
updates the attribute.

A cache is only noted: state that follows from sizes alone (a table of positions, a mask for each length), where
the program and the model gave the same outputs when they were called in a row, with other values and sizes. So is
what each call writes before it reads it, such as the features that a hook puts into a dict.

## What to do

Register the tensor as a buffer and update it in place. Leave call counters and debugging state out of the
exported program.

## Before

```python
def __init__(self):
    self.average = torch.zeros(8)

def forward(self, x):
    self.average = 0.9 * self.average + 0.1 * x.mean(0)
    return x - self.average
```

## After

```python
def __init__(self):
    self.register_buffer("average", torch.zeros(8))

def forward(self, x):
    self.average.copy_(0.9 * self.average + 0.1 * x.mean(0))
    return x - self.average
```
"""

from __future__ import annotations

from ..model import Finding, StateChanged
from .rule import Case, Rule, page


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, StateChanged):
        return None
    place = case.place(failure.frame)
    if failure.later == "agrees":
        message = (
            f"`{failure.attribute}` is a cache that the exported program does not carry; "
            "called in a row, the program and the model gave the same outputs"
        )
        return Finding("lost-state", "information", message, place, case.target.name)
    if failure.later == "anew":
        message = (
            f"`{failure.attribute}` is written anew in each call; "
            "the exported program gives the same outputs, and does not update it"
        )
        hint = "return it as well, if something reads it after the call"
        return Finding("lost-state", "information", message, place, case.target.name, hint)
    change = "assignment to" if failure.change == "assigned" else "mutation of"
    message = (
        f"{change} `{failure.attribute}` is lost: it runs once at export time, not in the exported program"
    )
    hint = (
        "register it as a buffer and update it in place"
        if failure.tensor
        else "keep it out of `forward`, or make it a buffer"
    )
    return Finding("lost-state", "warning", message, place, case.target.name, hint)


RULE = Rule("lost-state", "warning", page(__doc__), _explain)
