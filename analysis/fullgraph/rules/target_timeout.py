"""The trace was stopped at its time limit.

The limit is for the whole of a target: importing the module, building the model, running it once and
exporting it. The finding is where the program was when it was stopped, if that was in your code.

On Linux, time in which the target waits for a processor does not count, so that a busy machine stops
none that a quiet one lets end. Elsewhere all time counts.

## What to do

Look at the loop there: one that ends by a value of a tensor may not end on other inputs. For a model
that really takes long, raise the limit (`--timeout 300`, or `timeout = 300` in `[tool.fullgraph]`), or
give the target a smaller configuration of the model: what exports does not depend on its width.

## Before

```python
while not converged(x):
    x = step(x)
```

## After

```python
for _ in range(self.max_steps):
    x = step(x)
```
"""

from __future__ import annotations

from collections.abc import Mapping

from ..model import Finding, Step, Stopped
from .rule import Case, Rule, page

_DOING: Mapping[Step, str] = {
    "load": "importing and building the model",
    "eager": "running the model once",
    "export": "exporting the model",
    "values": "running the model for its values",
    "breaks": "looking for graph breaks",
}


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, Stopped) or failure.reason != "timeout":
        return None
    seconds = float(failure.detail)
    message = f"{_DOING[failure.step]} took longer than the limit of {seconds:g} s and was stopped"
    hint = "raise the limit with --timeout, or give the target a smaller model"
    return Finding("target-timeout", "warning", message, case.place(failure.frame), case.target.name, hint)


RULE = Rule("target-timeout", "warning", page(__doc__), _explain)
