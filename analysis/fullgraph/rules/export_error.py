"""Export fails for another reason, in torch's own words.

The finding is at the innermost expression of your code that led there; where a library raised it, its
line is named too.

## What to do

Read the exception as if your own line had raised it. If the same line runs in eager mode, it does
something that export sees differently: it asks for the class of a tensor, calls into C, or uses a part
of Python's runtime that is not there while torch traces.

## Before

```python
if type(x) is torch.Tensor: ...
```

## After

```python
if isinstance(x, torch.Tensor): ...
```
"""

from __future__ import annotations

from ..model import Finding, Raised
from .rule import Case, Rule, first_sentence, library, page, quoted


def _explain(case: Case) -> Finding:
    failure = case.failure
    if not isinstance(failure, Raised):
        return Finding("export-error", "error", str(failure), case.target.place, case.target.name)
    what = "the model" if failure.frame is None else quoted(failure.frame.text or "raise")
    kind = failure.exception.rpartition(".")[2]
    said = first_sentence(failure.message)
    message = f"{what} stops export: {kind}: {said}" if said else f"{what} stops export: {kind}"
    place = case.place(failure.frame)
    hint = next((hint for words, hint in _HINTS if words in failure.message), "")
    return Finding("export-error", "error", message, place, case.target.name, hint, library(failure.frame))


_HINTS = (
    (
        "fake tensor in the exported program constant's list",
        "a tensor made in forward is kept outside of it: use a buffer, and change it in place (copy_)",
    ),
    (
        "unhashable type: non-nested SymInt",
        "a cache keyed by a dynamic size: compute it, or key it by a constant",
    ),
)


RULE = Rule("export-error", "error", page(__doc__), _explain)
