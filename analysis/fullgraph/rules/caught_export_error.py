"""An `except` catches torch's data-dependent error, so the exported program always takes the fallback.

At export time, tensors hold no data. Where Python needs a concrete value (`if x.max().item() > 0`,
`float(x.max())`), torch raises an exception of its own, and an `except RuntimeError` (or a bare `except`, or
`contextlib.suppress`) catches it as if the program had raised it. The model exports, with the fallback captured
for all inputs; in eager mode, the `try` block would have succeeded. The exported program is therefore unsound:
it does not compute what the model does.

## What to do

Keep the decision in tensors (`torch.where`, `torch.cond`), or move the read out of the `try`, so that export
reports it. If the fallback is what you want to export, make that explicit:
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
        f"{what} raises a data-dependent error at export time, which is caught: "
        "the exported program always takes the fallback"
    )
    place = failure.frame.place if failure.frame else failure.handler
    related = (Related("the error is caught here", failure.handler), *library(failure.frame))
    hint = "move it out of the `try`, or select with `torch.where` or `torch.cond`"
    return Finding("caught-export-error", "warning", message, place, case.target.name, hint, related)


RULE = Rule("caught-export-error", "warning", page(__doc__), _explain)
