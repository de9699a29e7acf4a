"""Rewrites a loop that fills each row up to its length as one comparison.

`torch.arange` counts the places of a row, and the comparison with the lengths says for all rows at once which
of them are filled. A length below 0 counts from the end of a row, as in a slice; where none can be below 0, as of
`mask.sum(1)`, the comparison is with the lengths themselves.

## Before

```python
mask = torch.zeros(x.shape[:2])
for i, n in enumerate(lengths):
    mask[i, :n] = 1
```

## After

```python
mask = torch.zeros(x.shape[:2])
valid = torch.arange(mask.shape[1], device=mask.device) < (lengths + mask.shape[1] * (lengths < 0))[:, None]
mask[valid] = 1
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ....model import Edit
from ....python.binding.liveness import read_later
from ....python.binding.scopes import bound
from ....python.syntax.names import is_name, names_in
from ....python.syntax.precedence import owner
from ...edit.lines import has_own_lines, indentation, said_in
from ...edit.module import Code, code_of
from ...edit.naming import free_name
from ...rewrite import Problem, Proposal, Rewrite, page
from ..rows.number_lists import starts
from ..rows.rounds import Rounds, counter_of, rounds_of
from ..rows.rules import ROW_RULES
from .from_end import place_of
from .row_lengths import RowLengths, row_lengths, row_slice, slice_text


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    code, node = found
    around = (up for start in starts(code, node) for up in (start, *code.ancestors(start)))
    loop = next((up for up in around if isinstance(up, ast.For)), None)
    filled = _filled(code, loop, torch) if loop is not None else None
    edits = filled.edits(torch) if filled else None
    if edits is not None:
        yield Proposal("Compare places with the lengths instead of a loop", edits)


@dataclass(frozen=True)
class _Filled:
    """`mask[i, first:last] = value`, in a loop over the rows."""

    code: Code
    loop: ast.For
    mask: ast.Name
    within: ast.Slice
    value: ast.expr
    rounds: Rounds
    lengths: RowLengths

    def edits(self, torch: str) -> tuple[Edit, ...] | None:
        code, mask = self.code, self.mask.id
        asked, value = self._asked(torch), None
        if asked is None or not has_own_lines(code, self.loop):
            return None
        valid = free_name(code, self.loop, "valid", "is_valid")
        value = self._value(valid)
        if value is None:
            return None
        said, lines = (
            said_in(code, code.range(self.loop)),
            (f"{valid} = {asked}", f"{mask}[{valid}] = {value}"),
        )
        text = f"\n{indentation(code, self.loop)}".join((*said, *lines))
        return (*self.lengths.edits, code.replaced(self.loop, text))

    def _asked(self, torch: str) -> str | None:
        """Which places of each row are filled."""
        first, last = self.within.lower, self.within.upper
        size, device = f"{self.mask.id}.shape[1]", f"{self.mask.id}.device"
        places = f"{torch}.arange({size}, device={device})"
        parts = []
        for bounded, sign in ((first, ">="), (last, "<")):
            column = self.lengths.column(bounded, self.rounds) if bounded is not None else ""
            if column is None:
                return None
            if column:
                column = place_of(self.code, self.loop, column, size)
                parts.append(f"{places} {sign} {column}")
        return parts[0] if len(parts) == 1 else " & ".join(f"({part})" for part in parts) or None

    def _value(self, valid: str) -> str | None:
        """The value at all places; `x[i, :n]` of the same places is `x[valid]`."""
        code, within = self.code, slice_text(self.code, self.within)
        same: dict[ast.expr, str] = {
            n: f"{owner(code.flat(part[0]))}[{valid}]"
            for n in ast.walk(self.value)
            if isinstance(n, ast.Subscript) and (part := row_slice(n)) and slice_text(code, part[2]) == within
        }
        own = {*bound([self.loop.target])}
        text = code.flat_with(self.value, same)
        return None if names_in(ast.parse(text, mode="eval")) & own else text


def _filled(code: Code, loop: ast.For, torch: str) -> _Filled | None:
    only = loop.body[0] if len(loop.body) == 1 and not loop.orelse else None
    target = only.targets[0] if isinstance(only, ast.Assign) and len(only.targets) == 1 else None
    part = row_slice(target) if isinstance(target, ast.Subscript) else None
    if part is None or not isinstance(only, ast.Assign) or not isinstance(part[0], ast.Name):
        return None
    bounds = [each for each in (part[2].lower, part[2].upper) if each is not None]
    rounds = rounds_of(code, code.scope_of(loop), loop, bounds, torch)
    counted = is_name(part[1], counter_of(loop))
    if rounds is None or not counted or read_later(code, loop, bound([loop.target])):
        return None
    return _Filled(code, loop, part[0], part[2], only.value, rounds, row_lengths(code, loop, rounds))


REWRITE = Rewrite("length-mask", ROW_RULES | {"export-error"}, page(__doc__), _find)
