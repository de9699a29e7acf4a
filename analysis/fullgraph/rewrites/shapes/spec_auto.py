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

from collections import Counter
from collections.abc import Iterator

from ...model import DimContradicted, Edit
from ..rewrite import Problem, Proposal, Rewrite, page
from ..spec.statements import Statements
from . import given_up
from .dim_relations import is_decided_by_a_branch
from .spec import Spec


def _find(problem: Problem) -> Iterator[Proposal]:
    # The other sizes have a branch of their own, and AUTO would leave them out without a word.
    if any(is_decided_by_a_branch(failure) for failure in problem.facts.failures):
        return
    if edits := left_to_torch(problem):
        told = [each for each in problem.facts.failures if isinstance(each, DimContradicted)]
        lost = tuple(given_up.of_facts([each.dim for each in told], told))
        yield Proposal("Mark the dynamic dimensions Dim.AUTO", edits, gives_up=lost)


def left_to_torch(problem: Problem) -> tuple[Edit, ...]:
    """Each Dim of the spec as `Dim.AUTO`; names that only the spec used are taken out."""
    spec = Spec(problem)
    entries = [entry for entry in spec.entries() if entry.spelling and not entry.is_free]
    edits = [entry.value.replaced(f"{entry.spelling}.AUTO") for entry in entries]
    bound = {entry.binding.name: entry.binding for entry in entries if entry.binding}
    counted = Counter(entry.binding.name for entry in entries if entry.binding)
    gone = [binding for name, binding in bound.items() if spec.is_unused(binding, counted[name])]
    return spec.settled(Statements(gone).edits(edits))


_RULES = frozenset({"dim-range", "dim-relation", "dim-specialized", "invalid-dynamic-shapes"})
REWRITE = Rewrite("spec-auto", _RULES, page(__doc__), _find)
