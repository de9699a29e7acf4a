"""Masks the padded tensor instead of cutting each row to its length and padding the rows again.

`pad_sequence` of the valid part of each row gives the tensor that the rows were cut from, up to the longest one,
with other values in the padding. What works on each place by itself, such as a linear layer, runs on the padded
tensor. A length below 0 counts from the end of a row, as in a slice; where none can be, nothing is added.

## Before

```python
rows = [self.lin(x[i, :n]) for i, n in enumerate(lengths)]
return pad_sequence(rows, batch_first=True)
```

## After

```python
valid = torch.arange(x.shape[1], device=x.device) < (lengths + x.shape[1] * (lengths < 0))[:, None]
longest = valid.sum(1).max().item()
torch._check(longest <= x.shape[1])
rows = self.lin(x).masked_fill(~valid.unsqueeze(-1), 0)[:, :longest]
return rows
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ....model import Edit
from ....python.syntax.names import names_in
from ....python.syntax.precedence import owner
from ...edit.module import code_of
from ...edit.naming import free_name
from ...rewrite import Problem, Proposal, Rewrite, page
from ..rows.lists import is_padding
from ..rows.number_lists import starts
from ..rows.row_function import RowFunction
from ..rows.rules import ROW_RULES
from .each_row import EachRow, each_row
from .row_parts import Part, part_of


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    code, node = found
    row = next(filter(None, (each_row(code, start, torch) for start in starts(code, node))), None)
    padding = _padding(row) if row is not None else None
    if row is None or padding is None or row.given:
        return
    for wide in (True, False):
        edits = _PaddedRows(row, padding, wide).edits()
        if edits is not None:
            yield Proposal(f"Mask the padded {'tensor' if wide else 'rows'} instead of padding anew", edits)


def _padding(row: EachRow) -> ast.Call | None:
    """The call that pads what each row leaves, if that is one list."""
    made = row.made
    calls = [each.joined for each in made.rows] if isinstance(made, RowFunction) else [made.call]
    return calls[0] if len(calls) == 1 and is_padding(calls[0]) else None


@dataclass(frozen=True)
class _PaddedRows:
    """`wide`: a place holds a vector of features, not a number."""

    row: EachRow
    padding: ast.Call
    wide: bool

    def edits(self) -> tuple[Edit, ...] | None:
        row, torch = self.row, self.row.torch
        parts = {n: p for n in ast.walk(row.values[0]) if isinstance(p := self._part(n), Part)}
        text = row.code.flat_with(row.values[0], {n: p.over for n, p in parts.items()})  # type: ignore[misc]
        node = ast.parse(text, mode="eval").body
        # What is left of a row, such as its number, has no place in a text for all of them.
        left = names_in(node) & {*row.rounds.names, *row.targets} - {p.over for p in parts.values()}
        asked, over = {p.valid for p in parts.values()}, next(iter(parts.values()), None)
        if len(asked) != 1 or over is None or left:
            return None
        valid = free_name(row.code, row.loop, "valid", "is_valid")
        longest = free_name(row.code, row.loop, "longest", "most")
        lines = [f"{valid} = {asked.pop()}", f"{longest} = {valid}.sum(1).max().item()"]
        lines.append(f"{torch}._check({longest} <= {over.over}.shape[1])")
        mask = f"~{valid}.unsqueeze(-1)" if self.wide else f"~{valid}"
        value = f"{owner(text)}.masked_fill({mask}, {self._filled})[:, :{longest}]"
        return row.edits(lines, [value])

    def _part(self, node: ast.AST) -> object:
        part = part_of(self.row, node) if isinstance(node, ast.expr) else None
        # What does not begin at a row's first place lies elsewhere in the padded tensor.
        return part if not isinstance(part, Part) or part.bounds == ("", "") else None

    @property
    def _filled(self) -> str:
        said = (k.value for k in self.padding.keywords if k.arg == "padding_value")
        return next((self.row.code.flat(each) for each in said), "0")


REWRITE = Rewrite("padded-rows", ROW_RULES | {"export-error"}, page(__doc__), _find)
