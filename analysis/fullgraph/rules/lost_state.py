"""forward changes the model's state in a way that the exported program will not carry.

An exported program holds parameters and buffers, and updates buffers. An ordinary attribute is read once
while torch traces; an assignment to it in forward happens once, then too. The program exports, and in use
the attribute never changes.

## What to do

Register a tensor as a buffer and change it in place. What only counts calls or keeps something for
debugging, leave out of the exported program.

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
    did = "assigns" if failure.change == "assigned" else "adds to"
    message = f"forward {did} `{failure.attribute}`; the exported program will not: it happens once, while torch traces"
    hint = (
        "register it as a buffer and change it in place"
        if failure.tensor
        else "keep it out of forward, or make it a buffer"
    )
    return Finding("lost-state", "warning", message, case.place(failure.frame), case.target.name, hint)


RULE = Rule("lost-state", "warning", page(__doc__), _explain)
