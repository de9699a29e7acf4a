"""Indexes with a one-element tensor, where a scalar tensor would be converted to a Python int.

`cache[step]` reads the value of `step`. `cache[step.view(1)]` does not: the index stays a tensor. The result
has one more dimension, which is squeezed again, or added to the value that is written.

## Before

```python
keys[step] = k
return keys[:, step]
```

## After

```python
keys[step.view(1)] = k
return keys[:, step.view(1)].squeeze(1)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import DataDependent, Edit, Range
from ...python.syntax.literals import is_whole_slice
from ..edit.module import Code, code_of, operand
from ..rewrite import Problem, Proposal, Rewrite, page


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, DataDependent):
        return
    code, node = found
    if not isinstance(node, ast.Subscript):
        return
    parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    picking = [at for at, part in enumerate(parts) if isinstance(part, (ast.Name, ast.Attribute))]
    # With other than whole dimensions beside it, the picked one may come to stand elsewhere.
    whole = all(is_whole_slice(part) for at, part in enumerate(parts) if at not in picking)
    if len(picking) != 1 or not whole:
        return
    index, dim = parts[picking[0]], picking[0]
    end = code.range(index).end
    edits = [code.edit(Range(end, end), ".view(1)")]
    further = _read(code, node, dim) if isinstance(node.ctx, ast.Load) else _written(code, node, dim)
    if further is not None:
        yield Proposal(f"Index with `{code.flat(index)}.view(1)`, which stays a tensor", (*edits, *further))


def _read(code: Code, node: ast.Subscript, dim: int) -> list[Edit]:
    end = code.range(node).end
    return [code.edit(Range(end, end), f".squeeze({dim})")]


def _written(code: Code, node: ast.Subscript, dim: int) -> list[Edit] | None:
    """What is written is spread over the first dimension by itself; before a later one it needs it."""
    statement = code.parents.get(node)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    if dim == 0 or isinstance(statement.value, ast.Constant):
        return []
    value = operand(code.text(statement.value), statement.value)
    return [code.replaced(statement.value, f"{value}.unsqueeze({dim})")]


_RULES = frozenset({"data-dependent-guard", "tensor-to-python"})
REWRITE = Rewrite("tensor-index", _RULES, page(__doc__), _find)
