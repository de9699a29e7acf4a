"""Bounds a loop, whose rounds the data counts, by a size, and masks what its further rounds give.

For a loop over the steps of a padded tensor, up to the longest row. Rounds beyond that change nothing:
`torch.where` keeps each value that is read below the loop, and lists are cut to the rounds that there were. That
the loop does not go beyond the tensor is checked, as an index would be.

## Before

```python
for t in range(int(lengths.max())):
    h = self.cell(x[:, t], h)
    outputs.append(h)
return torch.stack(outputs, dim=1)
```

## After

```python
longest = lengths.max()
torch._assert_async(longest <= x.shape[1], "`x` has fewer steps")
length = torch.tensor(len(outputs), device=h.device)
for t in range(x.shape[1]):
    done = t >= longest
    h = self.cell(x[:, t], h)
    outputs.append(h)
    length = torch.where(done, length, len(outputs))
torch._assert_async(length > 0, "torch.stack of no outputs")
steps = length.item()
torch._check(steps <= len(outputs))
return torch.stack(outputs, dim=1)[:, :steps]
```
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...model import Edit
from ...python.binding.liveness import bound_before
from ...python.binding.scopes import bindings, bound
from ...python.syntax.assignments import assigned, assigned_name, assignments_to
from ...python.syntax.names import call_name, is_name, method_name
from ...python.syntax.statements import Function
from ..edit.lines import put_above
from ..edit.module import Code, code_of
from ..edit.naming import free_name, only_value
from ..rewrite import Problem, Proposal, Rewrite, page
from .further_rounds import FurtherRounds
from .loop_carried import tensor_behind_number
from .steps import picking


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    code, asked = found
    loop = _loop_at(code, asked)
    if loop is None or not isinstance(loop.iter, ast.Call) or not isinstance(loop.target, ast.Name):
        return
    masked = frozenset(_masked(code, loop, loop.iter, loop.target.id, torch))
    made = FurtherRounds(code, loop, torch, None, masked)
    size = _size(code, loop, loop.target.id)
    edits = _edits(made, loop.iter, loop.target.id, *size) if size and made.is_understood else None
    if edits is not None:
        yield Proposal(f"Bound the loop by `{size[0]}.shape[{size[1]}]`, and mask" if size else "", edits)


def _loop_at(code: Code, asked: ast.expr) -> ast.For | None:
    """The loop whose rounds an expression counts, there or by a name."""
    statement, name = code.statement_of(asked), assigned_name(code.statement_of(asked))
    loops = [
        n for n in ast.walk(code.scope_of(asked)) if isinstance(n, ast.For) and call_name(n.iter) == "range"
    ]
    named = (
        n
        for n in loops
        if name and isinstance(n.iter, ast.Call) and n.iter.args and is_name(n.iter.args[-1], name)
    )
    return statement if statement in loops else next(named, None)


def _size(code: Code, loop: ast.For, counter: str) -> tuple[str, int] | None:
    """The first tensor that the loop picks a step of, and which dimension they are of."""
    before = bound_before(code, loop)
    uses = [n for each in loop.body for n in ast.walk(each) if is_name(n, counter)]
    for use in sorted(uses, key=lambda n: (n.lineno, n.col_offset)):
        pick = picking(code, use)
        if pick is not None and isinstance(pick[0].value, ast.Name) and pick[0].value.id in before:
            return pick[0].value.id, pick[1]
    return None


def _edits(
    made: FurtherRounds, over: ast.Call, counter: str, owner: str, dim: int
) -> tuple[Edit, ...] | None:
    code, loop, torch = made.code, made.loop, made.torch
    if len(over.args) not in (1, 2) or over.keywords:
        return None
    last = over.args[-1]
    function = code.function_of(loop)
    count = _bound(code, function, last) if function is not None else None
    edits = made.edits()
    if count is None or edits is None:
        return None
    size = f"{owner}.shape[{dim}]"
    named = _only_bound(code, last)
    longest = last.id if named and isinstance(last, ast.Name) else free_name(code, loop, "longest", "rounds")
    lines = [] if named else [f"{longest} = {count}"]
    lines.append(f'{torch}._assert_async({longest} <= {size}, "`{owner}` has fewer steps")')
    # What lists were as long as stands below; both are put above the loop.
    own = [put_above(code, loop, *lines)]
    if any(made.done in edit.new_text for edit in edits):
        own.append(put_above(code, loop.body[0], f"{made.done} = {counter} >= {longest}"))
    own += [code.replaced(named, count)] if named else []
    own.append(code.replaced(last, size))
    return None if None in own else (*(edit for edit in own if edit is not None), *edits)


def _masked(code: Code, loop: ast.For, over: ast.Call, counter: str, torch: str) -> Iterator[str]:
    """The names that stay as they are beyond the lengths: `h = torch.where(t < lengths, new, h)`.

    `lengths` are those that the loop goes to the greatest of.
    """
    function = code.function_of(loop)
    longest = _bound(code, function, over.args[-1]) if function is not None and over.args else None
    for statement in loop.body:
        name, value = assigned(statement) or ("", None)
        if isinstance(value, ast.Call) and call_name(value) == f"{torch}.where" and len(value.args) == 3:
            asked = _given(loop, value.args[0])
            lengths = _lengths_compared(code, asked, counter)
            greatest = longest in (f"{lengths}.max()", f"{lengths}.amax()")
            greatest &= bound(loop.body).isdisjoint(re.findall(r"\w+", lengths))
            if greatest and is_name(value.args[2], name) and _binds(loop, name) == 1:
                yield name


def _given(loop: ast.For, asked: ast.expr) -> ast.expr:
    """The value of a name that the round gives one, once."""
    values = [pair[1] for each in loop.body if (pair := assigned(each)) and is_name(asked, pair[0])]
    return values[0] if len(values) == 1 else asked


def _binds(loop: ast.For, name: str) -> int:
    return sum(bound == name for bound, _ in bindings(loop.body))


_RESHAPING = frozenset({"unsqueeze", "view", "reshape", "to", "bool"})


def _lengths_compared(code: Code, asked: ast.expr, counter: str) -> str:
    """`lengths` of `t < lengths` and `(lengths > t)[:, None]`."""
    while isinstance(asked, ast.Subscript) or method_name(asked) in _RESHAPING:
        asked = asked.value if isinstance(asked, ast.Subscript) else asked.func.value  # type: ignore[attr-defined]
    if not isinstance(asked, ast.Compare) or len(asked.ops) != 1:
        return ""
    sides = (asked.left, asked.comparators[0])
    first, second = sides if isinstance(asked.ops[0], ast.Lt) else sides[::-1]
    ordered = isinstance(asked.ops[0], (ast.Lt, ast.Gt))
    return code.flat(second) if ordered and is_name(first, counter) else ""


def _bound(code: Code, function: Function, last: ast.expr) -> str | None:
    """The number of rounds as a tensor; `range` takes one as it is, too."""
    value = only_value(code, last) if isinstance(last, ast.Name) else last
    if value is None:  # what it was made of may be another by now
        return None
    if method_name(value) in ("max", "amax", "sum"):
        return code.flat(value)
    return tensor_behind_number(code, function, value)


def _only_bound(code: Code, last: ast.expr) -> ast.expr | None:
    """The value of a name that nothing but the loop's header reads."""
    if not isinstance(last, ast.Name):
        return None
    scope = code.scope_of(last)
    uses = sum(is_name(n, last.id) for n in ast.walk(scope))
    given = [each.value for each in assignments_to(last.id, [scope]) if len(each.targets) == 1]
    return given[0] if uses == 2 and len(given) == 1 else None


_RULES = frozenset({"data-dependent-loop", "tensor-to-python", "data-dependent-guard"})
REWRITE = Rewrite("sized-steps", _RULES, page(__doc__), _find)
