"""The dynamic-shapes spec does not fit the model's inputs.

`dynamic_shapes` has the structure of the inputs: a dict by the names of forward's parameters, or a
tuple in their order; below that, one entry for each tensor (a dict from dimension to `Dim`, a list with
one entry for each dimension, or None) and the same nesting as lists and dicts among the inputs.

## Before

```python
def forward(self, tokens, mask): ...

dynamic_shapes = {"token": {0: Dim("batch")}, "mask": None}
```

## After

```python
dynamic_shapes = {"tokens": {0: Dim("batch")}, "mask": None}
```
"""

from __future__ import annotations

import re

from ..model import Finding, SpecMismatch
from .rule import Case, Rule, first_sentence, page


def _explain(case: Case) -> Finding | None:
    if not isinstance(case.failure, SpecMismatch):
        return None
    message = first_sentence(case.failure.message.split("For more information about this error")[0])
    message = re.sub(r"L\['(\w+)'\](\S*?)\.size\(\)\[(\d+)\]", r"`\1\2.shape[\3]`", message)
    message, hint = _plainer(message)
    return Finding("invalid-dynamic-shapes", "error", message, case.target.spec_place, case.target.name, hint)


def _plainer(message: str) -> tuple[str, str]:
    """torch's message, in shorter words where it is one of the common ones, and what helps."""
    if named := _NAMED.search(message):
        said = f"the spec calls a dimension '{named[1]}', which is a string and not a Dim"
        return said, f'a dimension with a name is Dim("{named[1]}"), one without is Dim.DYNAMIC'
    if "different definitions" in message:
        return message, "dimensions of one name are the same: make the Dim once, and use it in each place"
    if any(word in message for word in ("structure", "top-level keys", "dimension")):
        return message, "the spec has the structure of the inputs: by parameter name, then by dimension"
    return message, ""


_NAMED = re.compile(r"but got '([^']*)' instead")

RULE = Rule("invalid-dynamic-shapes", "error", page(__doc__), _explain)
