"""Rewrites a loop that keeps some of the rows as a boolean mask.

The body of the loop becomes a function of one row, which says whether the row is kept, and what is kept of
it. `torch.vmap` runs it for all rows, and the mask picks those that are kept. How many that are is an unbacked
size in the program; that there is one is checked, as `torch.stack` does. After a `break`, no row is kept.

## Before

```python
kept = []
for box, score in zip(boxes, scores):
    if score > 0.5:
        kept.append(box / box.norm())
return torch.stack(kept)
```

## After

```python
def of_row(box, score):
    return score > 0.5, box / box.norm()

chosen, kept = torch.vmap(of_row)(boxes, scores)
torch._assert_async(chosen.any(), "no row is kept")
kept = kept[chosen]
return kept
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ....model import Edit
from ....python.syntax.names import call_name
from ...edit.lines import put_above
from ...edit.module import code_of
from ...edit.naming import free_name
from ...rewrite import Problem, Proposal, Rewrite, page
from .comprehension import RowComprehension, row_comprehension
from .lists import LISTED
from .row_function import RowFunction, row_function
from .rules import ROW_RULES


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    edits = None
    if made := row_function(*found, torch):
        edits = _edits(made)
    elif comprehended := row_comprehension(*found, torch):
        edits = _of_comprehension(comprehended)
    if edits is not None:
        yield Proposal("Keep rows by a boolean mask", edits)


def _of_comprehension(made: RowComprehension) -> tuple[Edit, ...] | None:
    kept, value, code = made.kept, made.value, made.code
    statement = code.statement_of(made.made)
    if kept in (None, "True") or value is None or statement is None:
        return None
    mask, rows = free_name(code, made.call, "chosen", "kept_rows"), free_name(code, made.call, "rows")
    lines = [f"{mask}, {rows} = {made.over_all(f'({kept}, {value})')}"]
    if call_name(made.call).rpartition(".")[2] not in LISTED:
        lines.append(_asserted(made.torch, mask))
    above = put_above(code, statement, *lines)
    return (above, *made.edits(f"{rows}[{mask}]")) if above else None


def _asserted(torch: str, mask: str) -> str:
    """To join no rows raises."""
    return f'{torch}._assert_async({mask}.any(), "no row is kept")'


def _edits(made: RowFunction) -> tuple[Edit, ...] | None:
    outcome, torch = made.round.outcome, made.torch
    kept, ends = made.tensors.adds(outcome), made.tensors.ends(outcome)
    values = made.values()
    if kept is None or ends is None or values is None or kept == "False" or (kept, ends) == ("True", "False"):
        return None
    mask = free_name(made.code, made.loop, "chosen", "kept_rows")
    names = [each.name for each in made.rows]
    picked = [f"{name} = {name}[{mask}]" for name in names]
    if any(each.needs_one for each in made.rows):
        picked.insert(0, _asserted(torch, mask))
    if ends == "False":
        return made.edits(f"{torch}.vmap", [kept, *values], [mask, *names], *picked)
    # The round that ends the loop may add a row before it does.
    end = free_name(made.code, made.loop, "ends", "is_last")
    until = f"{end}.cumsum(0) <= {end}"
    if kept == "True":
        return made.edits(f"{torch}.vmap", [ends, *values], [end, *names], f"{mask} = {until}", *picked)
    cut = f"{mask} = {mask} & ({until})"
    return made.edits(f"{torch}.vmap", [kept, ends, *values], [mask, end, *names], cut, *picked)


REWRITE = Rewrite("row-filter", ROW_RULES, page(__doc__), _find)
