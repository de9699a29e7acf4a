"""Code that asks for a tensor's value inside `try`, and falls back: the exported program always falls back.

While torch exports, no tensor has a value. To ask for one raises an exception of torch's, and an
`except RuntimeError` (or a bare `except`, or `contextlib.suppress`) takes it for one of the program's own.
The model exports, with what the `except` does recorded for all inputs; in eager mode the `try` would
have gone through.

## What to do

Make the question a tensor's (`torch.where`, `torch.cond`), or keep it out of the `try`, so that export
says that it cannot be asked. If the fallback is what you want to export, say so:
`if torch.compiler.is_exporting():`.

## Before

```python
try:
    scale = 1.0 / x.abs().max().item() if x.abs().max().item() > 0 else 1.0
except RuntimeError:
    scale = 1.0
```

## After

```python
peak = x.abs().max()
scale = torch.where(peak > 0, 1.0 / peak, 1.0)
```
"""

from __future__ import annotations

from ..model import Finding, RefusalCaught, Related
from .rule import Case, Rule, library, page, quoted


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, RefusalCaught):
        return None
    what = quoted(failure.frame.text) if failure.frame and failure.frame.text else "the model"
    message = (
        f"{what} asks for a tensor's value, which export refuses; the refusal is caught, "
        "and the exported program falls back for all inputs"
    )
    place = failure.frame.place if failure.frame else failure.handler
    related = (Related("it is caught here", failure.handler), *library(failure.frame))
    hint = "ask outside of the `try`, or choose with torch.where or torch.cond"
    return Finding("caught-export-error", "warning", message, place, case.target.name, hint, related)


RULE = Rule("caught-export-error", "warning", page(__doc__), _explain)
