"""Rewrites a loop that computes row by row and joins the results as `torch.vmap`.

The body of the loop becomes a function of one row, its lines unchanged. Where a branch adds one thing or
another, `torch.where` chooses between them. Where each element is computed by itself, with at most one
reduction of the row behind it, no function is needed: `(probs > 0.5).sum(1)`. If `torch.vmap` does not support
the body, because something in it is data-dependent, torch's `map` runs it row by row within the program.

## Before

```python
best = []
for key, score in zip(keys, scores):
    pair = key.softmax(0)
    if score > 0:
        best.append(pair[0])
    else:
        best.append(pair[1])
return torch.stack(best)
```

## After

```python
def of_row(key, score):
    pair = key.softmax(0)
    return torch.where(score > 0, pair[0], pair[1])

best = torch.vmap(of_row)(keys, scores)
return best
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...edit.module import code_of
from ...rewrite import Problem, Proposal, Rewrite, page
from .comprehension import RowComprehension, row_comprehension
from .rounds import is_ragged
from .row_function import RowFunction, row_function
from .rules import ROW_RULES
from .whole_rows import over_all_rows


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    if made := row_function(*found, torch):
        yield from _of_loop(made, torch)
    elif comprehended := row_comprehension(*found, torch):
        yield from _of_comprehension(comprehended, torch)


def _of_loop(made: RowFunction, torch: str) -> Iterator[Proposal]:
    outcome, values = made.round.outcome, made.values()
    if (
        values is None
        or is_ragged(made.loop, made.rounds)
        or made.tensors.adds(outcome) != "True"
        or made.tensors.ends(outcome) != "False"
    ):
        return
    whole = over_all_rows(made)
    if whole is not None and (edits := made.at_once(whole)) is not None:
        yield Proposal("Vectorize over the whole tensor", edits)
    for function in _functions(made, torch):
        edits = made.edits(function, values, [each.name for each in made.rows])
        if edits is not None:
            yield Proposal(f"Rewrite as {function} over the rows", edits)


def _of_comprehension(made: RowComprehension, torch: str) -> Iterator[Proposal]:
    value = made.value
    if value is not None and made.kept == "True" and not is_ragged(made.made, made.rounds):
        edits = made.edits(made.over_all(value))
        yield Proposal(f"Rewrite as {torch}.vmap over the rows", edits)


def _functions(made: RowFunction, torch: str) -> Iterator[str]:
    yield f"{torch}.vmap"
    if len(made.rounds.names) == len(made.rows) == 1:
        yield f"{torch}._higher_order_ops.map"


REWRITE = Rewrite("row-loop", ROW_RULES, page(__doc__), _find)
