"""A call whose effect happens once, while torch traces, and never when the exported program runs.

`print`, logging, timers and Python's random numbers are not operators: export runs them, keeps what they
gave as a constant, and they leave no trace in the program.

## What to do

Nothing, if that is what you mean. Guard what should not run then with
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
    message = f"`{failure.what}` is called once, while torch traces, and not when the exported program runs"
    hint = "guard it with `if not torch.compiler.is_exporting():`, or leave it out"
    return Finding(
        "traced-side-effect", "information", message, case.place(failure.frame), case.target.name, hint
    )


RULE = Rule("traced-side-effect", "information", page(__doc__), _explain)
