"""An assert asks for the value of a tensor.

Export records one program for all values; whether the assert holds is known only when the program runs.
`torch._assert_async` puts the check into the program; `torch._check` does for numbers. (A bare `assert`
without a message is turned into such a check by torch itself; one with a message is not.)

## Before

```python
assert (lengths > 0).all(), "empty sequence"
```

## After

```python
torch._assert_async((lengths > 0).all(), "empty sequence")
```
"""

from __future__ import annotations

from ..model import DataDependent, Finding
from .rule import Case, Rule, library, origins, page, quoted


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, DataDependent) or failure.frame is None or failure.frame.construct != "assert":
        return None
    text, place = quoted(failure.frame.text), failure.frame.place
    message = f"the assert asks for the value of {text}, which is known only when the program runs"
    hint = "torch._assert_async(condition, message) for a tensor, torch._check(condition) for a number"
    related = (*origins(failure.symbols, place), *library(failure.frame))
    return Finding("data-dependent-assert", "error", message, place, case.target.name, hint, related)


RULE = Rule("data-dependent-assert", "error", page(__doc__), _explain)
