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
    structure = "structure" in message or "top-level keys" in message or "dimension" in message
    hint = (
        "the spec has the structure of the inputs: by parameter name, then by dimension" if structure else ""
    )
    return Finding("dynamic-shapes-spec", "error", message, case.target.spec_place, case.target.name, hint)


RULE = Rule("dynamic-shapes-spec", "error", page(__doc__), _explain)
