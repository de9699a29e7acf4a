"""The process that traced the target crashed, or reached its memory limit.

Your code runs in a separate process, so a crash there affects nothing else. The finding names the signal, and
points to the line that was running, if it is in your code.

## What to do

A segmentation fault comes from a C extension or from `ctypes`: run the same lines on their own. `os._exit`
ends the process without an exception. If memory runs out, declare a smaller configuration of the model in the
target, or raise the limit (`memory = "16GiB"` in `[tool.fullgraph]`).

## Before

```python
# fullgraph: args=(torch.randn(64, 3, 4096, 4096),)
class Segmenter(nn.Module): ...
```

## After

```python
# fullgraph: args=(torch.randn(2, 3, 64, 64),)
class Segmenter(nn.Module): ...
```
"""

from __future__ import annotations

from ..model import Finding, Stopped
from .rule import Case, Rule, page


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, Stopped):
        return None
    message = _message(failure)
    place = case.place(failure.frame)
    return Finding("target-crash", "warning", message, place, case.target.name, failure.output.strip())


def _message(failure: Stopped) -> str:
    if failure.reason == "memory":
        limit = f" of {int(failure.detail) / 2**30:.1f} GiB" if failure.detail.isdigit() else ""
        return f"tracing exceeded the memory limit{limit}"
    if failure.reason == "exit":
        return f"the program exited with status {failure.detail} while it was traced"
    return f"the tracing process was killed by {failure.detail}"


RULE = Rule("target-crash", "warning", page(__doc__), _explain)
