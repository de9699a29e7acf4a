"""Runs a recurrent layer on the padded sequence instead of a packed one, and masks what lies beyond the lengths.

A layer that goes forward alone gives the same for the valid steps of a row, whatever follows them. Beyond them
its outputs become zero, as `pad_packed_sequence` has them, and the last hidden state is the output of each
row's last step. One that goes both ways runs once more, with the padding of each row before it, so that the way
back begins at the row's last step. The hidden states of layers below the last one and an LSTM's cells are in
no output: what needs them is left as it is. That each row has a step is checked, and that they are sorted by
length where `enforce_sorted` is not `False`, as packing does.

## Before

```python
packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
out, h = self.gru(packed)
out, _ = pad_packed_sequence(out, batch_first=True, total_length=x.shape[1])
return out, h
```

## After

```python
torch._assert_async((lengths > 0).all(), "a row has no steps")
out, _ = self.gru(x)
h = out[torch.arange(x.shape[0], device=x.device), lengths - 1].unsqueeze(0)
valid = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
out = out.masked_fill(~valid.unsqueeze(-1), 0)
return out, h
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....model import Edit
from ....python.syntax.precedence import owner
from ...edit.lines import has_own_lines, indentation, take_out
from ...edit.module import Code, code_of
from ...edit.naming import free_name
from ...rewrite import Problem, Proposal, Rewrite, page
from .packed import Packed, Padded, packed_at


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    packed = packed_at(*found) if found and torch else None
    if packed is None or torch is None:
        return
    for cut in (True, False) if packed.padded and not packed.padded.total else (False,):
        edits = _edits(packed, torch, cut)
        if edits is not None:
            kept = ", with its padding" if packed.padded and not packed.padded.total and not cut else ""
            yield Proposal(f"Run `{packed.layer}` on the padded sequence{kept}", edits)


def _edits(packed: Packed, torch: str, cut: bool) -> tuple[Edit, ...] | None:
    code, run = packed.code, packed.run
    statements = [run, packed.made, *([packed.padded.statement] if packed.padded else [])]
    if not all(has_own_lines(code, each) for each in statements if each is not None):
        return None
    steps = packed.steps or free_name(code, run, "steps", "outputs")
    lines = [*_run(packed, torch, steps)]
    gone = take_out(code, packed.made) if packed.made is not None else None
    edits = [_replaced(code, run, lines)]
    if packed.padded is not None:
        edits.append(
            _replaced(code, packed.padded.statement, _padded(packed, packed.padded, torch, steps, cut))
        )
    return (*([gone] if gone else []), *edits)


def _replaced(code: Code, statement: ast.stmt, lines: list[str]) -> Edit:
    return code.replaced(statement, f"\n{indentation(code, statement)}".join(lines))


def _run(packed: Packed, torch: str, steps: str) -> Iterator[str]:
    x, lengths = packed.sequence, packed.lengths
    long = owner(lengths)
    rows = f"{torch}.arange({x}.shape[{0 if packed.batch_first else 1}], device={x}.device)"
    if packed.given:
        yield f"{x} = {packed.given}"
    yield f'{torch}._assert_async(({long} > 0).all(), "a row has no steps")'
    if packed.ordered:
        yield f'{torch}._assert_async(({long}.diff() <= 0).all(), "the rows are not sorted by length")'
    if packed.both_ways:
        yield from _both_ways(packed, torch, steps, rows, long)
        return
    yield f"{steps}, _ = {packed.run_text(x)}"
    if packed.hidden:
        at = f"{rows}, {long} - 1" if packed.batch_first else f"{long} - 1, {rows}"
        yield f"{packed.hidden} = {steps}[{at}].unsqueeze(0)"


def _both_ways(packed: Packed, torch: str, steps: str, rows: str, long: str) -> Iterator[str]:
    """The way back is that of a second run, in which each row ends where the tensor does."""
    x, near = packed.sequence, packed.run
    ahead, behind = free_name(packed.code, near, "ahead"), free_name(packed.code, near, "behind")
    places = free_name(packed.code, near, "places", "time")
    yield f"{places} = {torch}.arange({x}.shape[1], device={x}.device)"
    turned = f"(({places} + {long}[:, None]) % {x}.shape[1]).unsqueeze(-1)"
    back = f"(({places} - {long}[:, None]) % {x}.shape[1]).unsqueeze(-1)"
    yield f"{ahead}, _ = {packed.run_text(x)}"
    yield f"{behind}, _ = {packed.run_text(f'{x}.take_along_dim({turned}, 1)')}"
    yield f"{ahead} = {ahead}.chunk(2, -1)[0]"
    yield f"{behind} = {behind}.take_along_dim({back}, 1).chunk(2, -1)[1]"
    if packed.hidden:
        yield f"{packed.hidden} = {torch}.stack(({ahead}[{rows}, {long} - 1], {behind}[:, 0]))"
    if packed.padded is not None:
        yield f"{steps} = {torch}.cat(({ahead}, {behind}), -1)"


def _padded(packed: Packed, padded: Padded, torch: str, steps: str, cut: bool) -> list[str]:
    code, x, lengths = packed.code, packed.sequence, packed.lengths
    valid = free_name(code, packed.run, "valid", "is_valid")
    places = f"{torch}.arange({x}.shape[{1 if packed.batch_first else 0}], device={x}.device)"
    long = owner(lengths)
    asked = f"{places} < {long}[:, None]" if packed.batch_first else f"{places}[:, None] < {long}"
    lines = [f"{valid} = {asked}"]
    text = f"{steps}.masked_fill(~{valid}.unsqueeze(-1), {padded.filled})"
    if cut:
        longest = free_name(code, packed.run, "longest", "most")
        lines += [f"{longest} = {long}.max().item()"]
        lines += [f"{torch}._check({longest} <= {x}.shape[{1 if packed.batch_first else 0}])"]
        text += f"[:, :{longest}]" if packed.batch_first else f"[:{longest}]"
    lines.append(f"{padded.name} = {text}")
    return [*lines, f"{padded.lengths} = {lengths}"] if padded.lengths else lines


_RULES = frozenset(
    {"export-error", "data-dependent-guard", "tensor-to-python", "dim-specialized", "unsupported-operator"}
)
_RULES |= {"data-dependent-branch", "graph-break", "silent-specialization", "data-dependent-output"}
REWRITE = Rewrite("padded-rnn", _RULES, page(__doc__), _find)
