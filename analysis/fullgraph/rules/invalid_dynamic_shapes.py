"""`dynamic_shapes` does not match the model's inputs.

`dynamic_shapes` mirrors the structure of the inputs: a dict keyed by `forward`'s parameter names, or a tuple
in their order. Below that, there is one entry per tensor (a dict from dimension to `Dim`, a list with one
entry per dimension, or None), nested like the lists and dicts among the inputs.

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
    """torch's message, shorter where it is one of the common ones, and what helps."""
    if named := _NAMED.search(message):
        said = f"`dynamic_shapes` has the string '{named[1]}' where a `Dim` is expected"
        return said, f'use `Dim("{named[1]}")` for a named dimension, or `Dim.DYNAMIC` for an unnamed one'
    if "Must provide a tree_name" in message:  # an assertion of torch's, in place of its words
        message = "Detected mismatch between the structure of `inputs` and `dynamic_shapes`"
    for pattern, words in _SHORTER:
        message = pattern.sub(words, message)
    if "different definitions" in message:
        return message, "create one `Dim` per name, and reuse it for every dimension of that name"
    if any(word in message for word in ("structure", "keys", "dimension")):
        return message, "mirror the inputs in `dynamic_shapes`: by parameter name, then by dimension"
    return message, ""


_SHORTER = (
    (
        re.compile(
            r"^When `dynamic_shapes` is .+? must be the arg names (\[.*?\]).+? they are (\[.*?\])\..*"
        ),
        r"the keys of `dynamic_shapes` must be the parameter names \1, but they are \2",
    ),
    (
        re.compile(r"^Detected mismatch between the structure of `inputs` and `dynamic_shapes`"),
        "`dynamic_shapes` does not match the structure of the inputs",
    ),
    (
        re.compile(r"has (\d+) elements, but (`.+?`) has (\d+) elements"),
        r"has length \1, but \2 has length \3",
    ),
    (re.compile(r"<class '(\w+)'>"), r"\1"),
    (
        re.compile(r"^Found different definitions (Dim\(.+?\)) and (Dim\(.+?\)) for the same .+"),
        r"one `Dim` name has different definitions: `\1` and `\2`",
    ),
    (
        re.compile(
            r"^Expected dynamic shape spec .+? specified at (`.+?`) .+? \(expected (\d+), but got (\d+).+"
        ),
        r"the length of \1 is \3, but the tensor's number of dimensions is \2",
    ),
)
"""torch's long sentences, and the same in a few words."""

_NAMED = re.compile(r"but got '([^']*)' instead")

RULE = Rule("invalid-dynamic-shapes", "error", page(__doc__), _explain)
