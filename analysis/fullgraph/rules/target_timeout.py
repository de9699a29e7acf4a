"""Tracing the target exceeded its time limit.

The limit covers the whole target: importing the module, building the model, running it once, and exporting
it. The finding points to the line that was running at that time, if it is in your code.

On Linux, time spent waiting for a processor does not count, so that other programs on the machine hardly
affect the result. Elsewhere, all time counts. In any case, tracing is stopped after ten times the limit has
elapsed; if the machine was that busy, check again when it is less so.

## What to do

Look for a loop there: if its condition depends on tensor data, it may not terminate. If the model is
simply slow, raise the limit (`--timeout 300`, or `timeout = 300` in `[tool.fullgraph]`), or declare a smaller
configuration of the model in the target: whether it exports does not depend on its width.

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
    message = f"{_DOING[failure.step]} exceeded the time limit of {seconds:g} s"
    hint = "raise the limit with `--timeout`, or declare a smaller model in the target"
    return Finding("target-timeout", "warning", message, case.place(failure.frame), case.target.name, hint)


RULE = Rule("target-timeout", "warning", page(__doc__), _explain)
