"""Rewrites a loop that computes row by row and stacks the results as `torch.vmap`.

The body of the loop becomes a function of one row, its lines unchanged. If `torch.vmap` does not support it,
because something in it is data-dependent, torch's `map` runs it row by row within the program.

## Before

```python
rows = []
for row in x:
    weights = row.softmax(0)
    rows.append((weights * row).sum())
return torch.stack(rows)
```

## After

```python
def of_row(row):
    weights = row.softmax(0)
    return (weights * row).sum()

rows = torch.vmap(of_row)(x)
return rows
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import Edit, Position, Range
from ...python.binding import scopes
from ...python.binding.liveness import bound_before, read_later
from ...python.syntax.names import call_name
from ..edit.blocks import header
from ..edit.lines import has_own_lines, indentation, take_out
from ..edit.module import Code, code_of
from ..edit.naming import free_name
from ..rewrite import Problem, Proposal, Rewrite, page
from .steps import Collected, collected_in


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    code, node = found
    loop = code.statement_of(node)
    about = _collected(code, loop, torch) if isinstance(loop, ast.For) and not loop.orelse else None
    if about is None or not isinstance(loop, ast.For):
        return
    for function in (f"{torch}.vmap", f"{torch}._higher_order_ops.map"):
        edits = _edits(code, loop, about, function)
        if edits is not None:
            yield Proposal(f"Rewrite as {function} over the rows", edits)


def _collected(code: Code, loop: ast.For, torch: str) -> Collected | None:
    """The one list that a round adds its row to, as the last that it does."""
    found = collected_in(code, code.scope_of(loop), loop, torch) or ()
    last = found[0] if len(found) == 1 and found[0].appended is loop.body[-1] else None
    is_stack = last is not None and call_name(last.joined) == f"{torch}.stack" and last.dim == 0
    return last if last is not None and is_stack and _is_function(code, loop, last.name) else None


def _is_function(code: Code, loop: ast.For, name: str) -> bool:
    """Whether a round reads nothing that another one left, and leaves nothing but its row."""
    body = loop.body[:-1]
    simple = all(isinstance(each, (ast.Assign, ast.AugAssign, ast.AnnAssign)) for each in body)
    bound = scopes.bound([*body, loop.target])
    stores = (n for each in body for n in ast.walk(each) if isinstance(n, (ast.Attribute, ast.Subscript)))
    changes = any(isinstance(node.ctx, ast.Store) for node in stores)
    outlive = bound & bound_before(code, loop) or read_later(code, loop, bound)
    return simple and not changes and not outlive and name not in bound


def _rows(code: Code, loop: ast.For) -> tuple[str, str] | None:
    """The parameters of a round and what they go over."""
    if isinstance(loop.target, ast.Name) and isinstance(loop.iter, (ast.Name, ast.Attribute, ast.Subscript)):
        return loop.target.id, code.flat(loop.iter)
    names = loop.target.elts if isinstance(loop.target, ast.Tuple) else []
    zipped = isinstance(loop.iter, ast.Call) and call_name(loop.iter) == "zip" and not loop.iter.keywords
    if not zipped or not isinstance(loop.iter, ast.Call) or len(names) != len(loop.iter.args):
        return None
    if not all(isinstance(name, ast.Name) for name in names):
        return None
    return ", ".join(map(code.flat, names)), ", ".join(map(code.flat, loop.iter.args))


def _edits(code: Code, loop: ast.For, about: Collected, function: str) -> tuple[Edit, ...] | None:
    rows = _rows(code, loop)
    gone = take_out(code, about.made)
    last = loop.body[-1]
    if (
        rows is None
        or gone is None
        or not all(has_own_lines(code, each) for each in (loop, loop.body[0], last))
    ):
        return None
    colon = header(code, loop).end
    head = Range(code.range(loop).start, Position(colon.line, colon.character + 1))
    if "map" in function.rpartition(".")[2] and "vmap" not in function and "," in rows[0]:
        return None
    indent = indentation(code, loop)
    name = free_name(code, loop, "of_row", "of_one_row")
    called = f"{function}({name})({rows[1]})" if "vmap" in function else f"{function}({name}, {rows[1]})"
    line = code.range(loop).start.line
    nothing_above = code.range(about.made).end.line == line - 1 and not _has_code_above(code, about.made)
    above = "" if nothing_above or not code.source.lines[line - 1].strip() else f"\n{indent}"
    end = Range(
        code.range(last).end,
        Position(code.range(last).end.line, len(code.source.lines[code.range(last).end.line])),
    )
    rest = code.source.between(end)
    return (
        gone,
        code.edit(head, f"{above}def {name}({rows[0]}):"),
        code.edit(
            Range(code.range(last).start, end.end),
            f"return {code.text(about.value)}{rest}\n\n{indent}{about.name} = {called}",
        ),
        code.replaced(about.joined, about.name),
    )


def _has_code_above(code: Code, statement: ast.stmt) -> bool:
    line = code.range(statement).start.line
    above = code.source.lines[line - 1].strip() if line else ""
    return bool(above) and not above.endswith(":")


_RULES = frozenset(
    {"dim-specialized", "silent-specialization", "data-dependent-loop", "data-dependent-guard"}
)
REWRITE = Rewrite("row-loop", _RULES, page(__doc__), _find)
