"""A side effect runs once at export time, and not in the exported program.

`print`, logging, timers, and Python's random numbers are not captured: export runs them once, and their
results become constants in the program.

## What to do

If this is intended, nothing. Otherwise, guard code that should not run at export time with
`if not torch.compiler.is_exporting():`, and draw random numbers with torch.

## Before

```python
if random.random() < self.drop:
    return x
```

## After

```python
keep = torch.rand(()) >= self.drop
return torch.where(keep, self.layer(x), x)
```
"""

from __future__ import annotations

from ..model import Finding, SideEffect
from .rule import Case, Rule, page


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, SideEffect):
        return None
    message = f"`{failure.what}` runs once at export time, not in the exported program"
    hint = "guard it with `if not torch.compiler.is_exporting():`, or remove it"
    return Finding(
        "traced-side-effect", "information", message, case.place(failure.frame), case.target.name, hint
    )


RULE = Rule("traced-side-effect", "information", page(__doc__), _explain)
