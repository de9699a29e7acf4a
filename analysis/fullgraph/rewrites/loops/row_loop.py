"""A loop that computes row by row and stacks the results, as torch.vmap.

The loop's body becomes a function of one row, its lines as they are. Where torch.vmap does not take it,
because something in it depends on the data, torch's `map` runs it row by row within the program.

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
from dataclasses import dataclass

from ...model import Edit, Position, Range
from ...python import scopes
from ...python.liveness import bound_before, read_later
from ...python.names import call_name
from ..edit.blocks import header
from ..edit.lines import has_own_lines, indentation, take_out
from ..edit.module import Code, code_of
from ..edit.naming import free_name
from ..rewrite import Problem, Proposal, Rewrite, page


@dataclass(frozen=True)
class _Collecting:
    """`made`: `rows = []`; `appended`: the last line of the loop; `stacked`: `torch.stack(rows)`."""

    loop: ast.For
    made: ast.Assign
    appended: ast.Call
    stacked: ast.Call
    name: str


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    code, node = found
    about = _collecting(code, code.statement_of(node), torch)
    if about is None:
        return
    for function in (f"{torch}.vmap", f"{torch}._higher_order_ops.map"):
        edits = _edits(code, about, function)
        if edits is not None:
            yield Proposal(f"Rewrite as {function} over the rows", edits)


def _collecting(code: Code, loop: ast.stmt | None, torch: str) -> _Collecting | None:
    last = loop.body[-1] if isinstance(loop, ast.For) and not loop.orelse else None
    call = last.value if isinstance(last, ast.Expr) else None
    name = call_name(call).removesuffix(".append") if isinstance(call, ast.Call) else ""
    if not isinstance(loop, ast.For) or not isinstance(call, ast.Call) or not name.isidentifier():
        return None
    if not call_name(call).endswith(".append") or len(call.args) != 1 or not _is_function(code, loop, name):
        return None
    function = code.function_of(loop)
    uses = [n for n in ast.walk(function or code.tree) if isinstance(n, ast.Name) and n.id == name]
    calls = [up for use in uses if isinstance(up := code.parents.get(use), ast.Call)]
    made = [up for use in uses if isinstance(up := code.parents.get(use), ast.Assign)]
    if len(uses) != 3 or len(calls) != 1 or len(made) != 1 or not _is_stack(calls[0], torch):
        return None
    empty = isinstance(made[0].value, ast.List) and not made[0].value.elts and len(made[0].targets) == 1
    beside = code.parents.get(made[0]) is code.parents.get(loop)
    return _Collecting(loop, made[0], call, calls[0], name) if empty and beside else None


def _is_stack(call: ast.Call, torch: str) -> bool:
    dims = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    first = all(isinstance(dim, ast.Constant) and dim.value == 0 for dim in dims)
    return call_name(call) == f"{torch}.stack" and first


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


def _edits(code: Code, about: _Collecting, function: str) -> tuple[Edit, ...] | None:
    loop, rows = about.loop, _rows(code, about.loop)
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
            f"return {code.text(about.appended.args[0])}{rest}\n\n{indent}{about.name} = {called}",
        ),
        code.replaced(about.stacked, about.name),
    )


def _has_code_above(code: Code, statement: ast.stmt) -> bool:
    line = code.range(statement).start.line
    above = code.source.lines[line - 1].strip() if line else ""
    return bool(above) and not above.endswith(":")


_RULES = frozenset(
    {"dim-specialized", "silent-specialization", "data-dependent-loop", "data-dependent-guard"}
)
REWRITE = Rewrite("row-loop", _RULES, page(__doc__), _find)
