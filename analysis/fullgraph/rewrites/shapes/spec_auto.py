"""Marks the target's dynamic dimensions `Dim.AUTO`.

`Dim.AUTO` means "dynamic if possible": torch infers ranges and relations, and specializes what it must. This
is the last resort where `dynamic_shapes` cannot declare what the model requires, such as a dimension that is
the sum of two others.

## Before

```python
dynamic_shapes = {"x": {0: Dim("a")}, "y": {0: Dim("b")}, "both": {0: Dim("c")}}
```

## After

```python
dynamic_shapes = {"x": {0: Dim.AUTO}, "y": {0: Dim.AUTO}, "both": {0: Dim.AUTO}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Edit
from ..edit.lines import take_out
from ..rewrite import Problem, Proposal, Rewrite, page
from .spec import Entry, Spec, dim_spelling, is_dim


def _find(problem: Problem) -> Iterator[Proposal]:
    if edits := left_to_torch(problem):
        yield Proposal("Mark the dynamic dimensions Dim.AUTO", edits)


def left_to_torch(problem: Problem) -> tuple[Edit, ...]:
    """Each Dim of the spec as `Dim.AUTO`; names that only the spec used are taken out."""
    spec = Spec(problem)
    entries = [entry for entry in spec.entries() if is_dim(entry.dim.node) and not _is_free(entry)]
    edits = [entry.value.replaced(f"{dim_spelling(entry.dim.node)}.AUTO") for entry in entries]
    bound = {entry.binding.name: entry.binding for entry in entries if entry.binding}
    for name, binding in bound.items():
        here = sum(entry.binding is not None and entry.binding.name == name for entry in entries)
        if spec.code and spec.uses(name) == here and (edit := take_out(spec.code, binding.statement)):
            edits.append(edit)
    return tuple(dict.fromkeys(edits))


def _is_free(entry: Entry) -> bool:
    return entry.dim.text.endswith(("AUTO", "STATIC"))


_RULES = frozenset({"dim-range", "dim-relation", "dim-specialized", "invalid-dynamic-shapes"})
REWRITE = Rewrite("spec-auto", _RULES, page(__doc__), _find)
