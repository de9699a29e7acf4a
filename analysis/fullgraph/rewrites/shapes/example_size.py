"""Changes an example size of 0 or 1 to 2, so that the dimension stays dynamic.

torch specializes the example sizes 1, because it broadcasts, and 0, because many operators treat empty tensors
apart. To export a model with a
dynamic batch, use another example size.

## Before

```python
# fullgraph: args=(torch.randn(1, 3, 8, 8),), dynamic_shapes={"image": {0: Dim("batch")}}
```

## After

```python
# fullgraph: args=(torch.randn(2, 3, 8, 8),), dynamic_shapes={"image": {0: Dim("batch")}}
```
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...model import DimContradicted, Edit
from ...python.syntax.names import last_name
from ..rewrite import Problem, Proposal, Rewrite, page
from .spec import Part, Spec

_FACTORIES = frozenset({"randn", "rand", "zeros", "ones", "empty", "full", "randint", "randperm", "arange"})
_SIZED = frozenset({"full", "randint"})
"""Factories that take the size as one tuple."""


def _find(problem: Problem) -> Iterator[Proposal]:
    failure = problem.failure
    if not isinstance(failure, DimContradicted) or not _is_small(failure):
        return
    spec = Spec(problem)
    # A second input has the same batch most often.
    small = [f for f in problem.facts.failures if isinstance(f, DimContradicted) and _is_small(f)]
    edits = [edit for each in small if (edit := _enlarged(spec, each.source)) is not None]
    if edits:
        yield Proposal("Use an example size of 2", tuple(dict.fromkeys(edits)))


def _is_small(failure: DimContradicted) -> bool:
    return failure.frame is None and failure.kind == "specialized" and failure.allowed in ("0", "1")


def _enlarged(spec: Spec, source: str) -> Edit | None:
    match = re.fullmatch(r"(\w+)((?:\[[^\]]+\])*)\.shape\[(\d+)\]", source)
    given = spec.arguments().get(match[1]) if match else None
    if match is None or given is None or match[2]:
        return None
    binding = spec.binding(given.node)
    return _size(binding.value if binding else given, int(match[3]))


def _size(tensor: Part, dim: int) -> Edit | None:
    """The number in `torch.randn(1, 8)` that is the size of a dimension."""
    node = tensor.node
    factory = last_name(node)
    if not isinstance(node, ast.Call) or factory not in _FACTORIES:
        return None
    sizes = list(node.args)
    packed = next((arg for arg in sizes if isinstance(arg, (ast.Tuple, ast.List))), None)
    if packed is not None:
        sizes = packed.elts
    elif factory in _SIZED:
        return None
    if dim >= len(sizes) or not isinstance(sizes[dim], ast.Constant):
        return None
    return Part(sizes[dim], tensor.written).replaced("2")


_RULES = frozenset({"dim-specialized", "silent-specialization"})
REWRITE = Rewrite("example-size", _RULES, page(__doc__), _find)
