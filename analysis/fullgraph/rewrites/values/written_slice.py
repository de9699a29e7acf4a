"""Says that what is written to a slice lies inside, where the data tells its position.

`cache[:, start : start + t] = k` with `start = position.item()` writes to a slice whose size torch cannot tell:
what begins below 0 or ends behind the cache is shorter. Two checks say that it does not, and raise where it
would. `index_copy_` writes the same without a size in question. Where the bounds are tensors, which torch makes
Python's numbers of, they are taken out of them: `mask[a.item() : b.item()] = 0`.

## Before

```python
start = position.item()
self.keys[:, start : start + t] = k
```

## After

```python
start = position.item()
torch._check(start >= 0)
torch._check(start + t <= self.keys.shape[1])
self.keys[:, start : start + t] = k
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...model import DataDependent, Edit, Raised
from ...python.syntax.literals import is_number, is_whole_slice
from ...python.syntax.names import last_name
from ...python.syntax.precedence import Binds, argument, operand, owner
from ..edit.lines import put_above
from ..edit.module import Code, code_of
from ..edit.naming import only_value
from ..rewrite import Problem, Proposal, Rewrite, page


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not _is_of_a_slice(problem):
        return
    code, node = found
    if isinstance(node, ast.Subscript) and (taken := tuple(_taken_out(code, node))):
        yield Proposal(f"Take the bounds of `{code.flat(node)}` out of their tensors", taken)
    cut = _cut(node) if isinstance(node, ast.Subscript) else None
    if cut is None or code.torch is None:
        return
    checks = _checked(code, cut, code.torch)
    if checks is not None:
        yield Proposal(f"Check that `{code.flat(cut.node)}` lies inside", (checks,))
    copied = _copied(code, cut, code.torch)
    if copied is not None:
        yield Proposal("Write with index_copy_", (copied,))


def _is_of_a_slice(problem: Problem) -> bool:
    failure = problem.failure
    return isinstance(failure, DataDependent) or (
        isinstance(failure, Raised) and failure.said("size in question") is not None
    )


def _taken_out(code: Code, node: ast.Subscript) -> Iterator[Edit]:
    """`x[a.item() : b.item()] = 0` of `x[a:b] = 0`, and of what the same statement cuts by them."""
    statement = code.statement_of(node)
    if not isinstance(node.ctx, ast.Store) or not isinstance(statement, ast.Assign | ast.AugAssign):
        return
    for each in ast.walk(statement):
        if isinstance(each, ast.Slice):
            for bound in (each.lower, each.upper):
                yield from (code.replaced(n, f"{owner(code.flat(n))}.item()") for n in _tensors(code, bound))


def _tensors(code: Code, bound: ast.expr | None) -> Iterator[ast.expr]:
    """The parts of a bound that may be tensors: what is no number, no size, and no number of a tensor's."""
    if isinstance(bound, ast.BinOp):
        yield from _tensors(code, bound.left)
        yield from _tensors(code, bound.right)
    elif isinstance(bound, ast.UnaryOp):
        yield from _tensors(code, bound.operand)
    elif isinstance(bound, ast.Name):
        value = only_value(code, bound)
        if value is None or (not isinstance(value, ast.Name) and any(_tensors(code, value))):
            yield bound
    elif isinstance(bound, ast.Subscript) and last_name(bound.value) != "shape":
        yield from () if isinstance(bound.slice, ast.Slice) else (bound,)


@dataclass(frozen=True)
class _Cut:
    """One dimension of a subscript that is cut from a number of the data's on."""

    node: ast.Subscript
    dim: int
    lower: ast.expr | None
    upper: ast.expr


def _cut(node: ast.Subscript) -> _Cut | None:
    parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    cut = [at for at, part in enumerate(parts) if not is_whole_slice(part)]
    part = parts[cut[0]] if len(cut) == 1 else None
    if not isinstance(part, ast.Slice) or part.upper is None or part.step is not None:
        return None
    return _Cut(node, cut[0], part.lower, part.upper)


def _checked(code: Code, cut: _Cut, torch: str) -> Edit | None:
    """The two checks, below what the bounds are made of."""
    whole = f"{owner(code.flat(cut.node.value))}.shape[{cut.dim}]"
    lines = [f"{torch}._check({operand(code.flat(cut.upper), Binds.BIT_OR)} <= {whole})"]
    if cut.lower is not None and not is_number(cut.lower):
        lines.insert(0, f"{torch}._check({operand(code.flat(cut.lower), Binds.BIT_OR)} >= 0)")
    statement = code.statement_of(cut.node)
    return put_above(code, statement, *lines) if statement is not None else None


def _copied(code: Code, cut: _Cut, torch: str) -> Edit | None:
    """`cache.index_copy_(1, start + torch.arange(t), k)` of `cache[:, start : start + t] = k`."""
    statement = code.parents.get(cut.node)
    count = _count(code, cut)
    if not isinstance(statement, ast.Assign) or statement.targets != [cut.node] or count is None:
        return None
    assert cut.lower is not None
    tensor, value = owner(code.flat(cut.node.value)), argument(code.flat(statement.value))
    lower = operand(code.flat(cut.lower))
    places = f"{lower} + {torch}.arange({count}, device={tensor}.device)"
    return code.replaced(statement, f"{tensor}.index_copy_({cut.dim}, {places}, {value})")


def _count(code: Code, cut: _Cut) -> str | None:
    """`t` of `start : start + t`."""
    if cut.lower is None or not isinstance(cut.upper, ast.BinOp) or not isinstance(cut.upper.op, ast.Add):
        return None
    sides = (cut.upper.left, cut.upper.right)
    lower = code.flat(cut.lower)
    return next((code.flat(b) for a, b in (sides, sides[::-1]) if code.flat(a) == lower), None)


_RULES = frozenset({"export-error", "data-dependent-guard"})
REWRITE = Rewrite("written-slice", _RULES, page(__doc__), _find)
