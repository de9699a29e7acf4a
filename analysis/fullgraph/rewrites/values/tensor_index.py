"""Indexes with a one-element tensor, where a scalar would be converted to a Python int.

`cache[step] = k` reads the value of `step`, and torch takes no symbolic number where it writes to `cache[:, n]`.
`cache[step.view(1)]` needs neither: the index stays a tensor. It has one more dimension, which is added to the
value that is written, or squeezed from the one that is read.

## Before

```python
keys[step] = k
values[:, step.item()] = v
```

## After

```python
keys[step.view(1)] = k
values[:, step.view(1)] = v.unsqueeze(1)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ...model import DataDependent, Edit, Raised, Range
from ...python.syntax.literals import is_number
from ...python.syntax.names import call_name, method_name
from ...python.syntax.precedence import owner
from ..edit.module import Code, code_of
from ..edit.naming import only_value
from ..rewrite import Problem, Proposal, Rewrite, page


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not _asks_for_a_number(problem):
        return
    code, node = found[0], indexed(*found)
    if node is None or _is_in_lost_loop(problem, code, node):
        return
    parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    picks = {at: text for at, part in enumerate(parts) if (text := scalar_text(code, part)) is not None}
    dim = _dimension(parts, picks)
    if dim is None:
        return
    edits = [code.replaced(parts[at], f"{text}.view(1)") for at, text in picks.items()]
    further = _read(code, node, dim) if isinstance(node.ctx, ast.Load) else _written(code, node, dim)
    if further is not None:
        names = " and ".join(f"`{text}.view(1)`" for text in picks.values())
        yield Proposal(f"Index with {names}, which stays a tensor", (*edits, *further))


def _asks_for_a_number(problem: Problem) -> bool:
    failure = problem.failure
    return isinstance(failure, DataDependent) or (
        isinstance(failure, Raised)
        and (failure.said("symbol as index") or failure.said("data read")) is not None
    )


def _is_in_lost_loop(problem: Problem, code: Code, node: ast.expr) -> bool:
    """Whether the number of rounds of a loop around it is not known either: the loop has to be another one."""
    frames = (each.frame for each in problem.facts.failures if isinstance(each, DataDependent))
    lost = {frame.place.range for frame in frames if frame is not None}
    up: ast.AST | None = node
    while up is not None:
        if isinstance(up, ast.For) and code.range(up.iter) in lost:
            return True
        up = code.parents.get(up)
    return False


def indexed(code: Code, node: ast.expr) -> ast.Subscript | None:
    """The subscript that asks for a number: itself, or around the `int(…)` in its brackets."""
    if isinstance(node, ast.Subscript):
        return node
    up = code.parents.get(node)
    up = code.parents.get(up) if isinstance(up, ast.Tuple) else up
    inside = isinstance(up, ast.Subscript) and node in ast.walk(up.slice)
    return up if inside and call_name(node) == "int" else None  # type: ignore[return-value]


def scalar_text(code: Code, part: ast.expr) -> str | None:
    """The tensor whose one value an index is: `p` of `p`, `p.item()`, `int(p)`, and of `n` after `n = p.item()`."""
    if isinstance(part, ast.Call):
        return _converted(code, part)
    if isinstance(part, ast.BinOp) and is_number(part.right):
        inner = scalar_text(code, part.left)
        return None if inner is None else f"({code.flat_with(part, {part.left: inner})})"
    if isinstance(part, (ast.Attribute, ast.Subscript)):
        return code.flat(part)
    if not isinstance(part, ast.Name):
        return None
    value = only_value(code, part)
    read = _converted(code, value) if isinstance(value, ast.Call) else None
    return read or part.id


def _converted(code: Code, call: ast.Call) -> str | None:
    if method_name(call) == "item" and not call.args:
        tensor = call.func.value  # type: ignore[attr-defined]
    elif call_name(call) == "int" and len(call.args) == 1:
        tensor = call.args[0]
        if method_name(tensor) == "item":
            tensor = tensor.func.value  # type: ignore[attr-defined]
    else:
        return None
    return owner(code.flat(tensor))


def _dimension(parts: Sequence[ast.expr], picks: dict[int, str]) -> int | None:
    """Where the one more dimension stands; None where that is not certain.

    Indices that are not neighbours put it first, and a number takes its dimension away before.
    """
    others = [part for at, part in enumerate(parts) if at not in picks]
    certain = all(isinstance(part, ast.Slice) or is_number(part) or _is_new(part) for part in others)
    if not picks or not certain:
        return None
    first, last = min(picks), max(picks)
    if any(isinstance(parts[at], ast.Slice) or _is_new(parts[at]) for at in range(first, last)):
        return 0
    return sum(not is_number(part) for part in parts[:first])


def _is_new(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and part.value is None


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
    value = owner(code.text(statement.value))
    return [code.replaced(statement.value, f"{value}.unsqueeze({dim})")]


_RULES = frozenset({"data-dependent-guard", "tensor-to-python", "export-error"})
REWRITE = Rewrite("tensor-index", _RULES, page(__doc__), _find)
