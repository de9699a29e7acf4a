"""Lists that a loop over rows adds to, and that become one tensor below it.

The rule: a list that is looked at otherwise (its length, an element, an `if not rows`) is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ....model import Edit
from ....python.syntax.names import call_name, last_name
from ....python.syntax.statements import Function
from ...edit.lines import take_out
from ...edit.module import Code
from .outcomes import appended

LISTED = ("tensor", "as_tensor")
PADDED = "pad_sequence"
"""Of rows that are equally long it is a stack; `padded_rows.py` knows those that are not."""


@dataclass(frozen=True)
class Rows:
    """`made`: `rows = []`; `joined`: `torch.stack(rows, 1)`, `torch.tensor(rows)`."""

    name: str
    made: ast.Assign
    joined: ast.Call
    torch: str

    def as_tensor(self, code: Code) -> Edit:
        """What stands where they were joined: the rows are the first dimension of what took the list's place."""
        return code.replaced(self.joined, joined_text(code, self.joined, self.name))

    @property
    def needs_one(self) -> bool:
        """Whether joining none of them raises."""
        return call_name(self.joined).rpartition(".")[2] not in LISTED


def joined_text(code: Code, joined: ast.Call, rows: str) -> str:
    """What stands for rows that were joined, where they are the first dimension of `rows`."""
    made = call_name(joined).rpartition(".")[2]
    if made == PADDED:
        return rows if batch_first(joined) else f"{rows}.transpose(0, 1)"
    if made in LISTED:
        said = ", ".join(code.flat(each) for each in joined.keywords)
        return f"{rows}.to({said})" if said else rows
    dim = joined_dim(joined)
    text = rows if dim == 0 else f"{rows}.movedim(0, {dim})"
    return f"{text}.flatten({dim}, {dim + 1})" if made == "cat" else text


def rows_in(
    code: Code, function: Function | ast.Module, loop: ast.For, torch: str
) -> tuple[Rows, ...] | None:
    """The lists that the rounds of a loop add to; None where there is none, or one is used otherwise."""
    names = dict.fromkeys(appended(n) for n in ast.walk(loop) if isinstance(n, ast.stmt) and appended(n))
    found = [_rows(code, function, loop, name, torch) for name in names]
    if not found or not all(found):
        return None
    rows = tuple(each for each in found if each)
    return rows if all(_targets(each.made) <= set(names) for each in rows) else None


def without_lists(code: Code, rows: Iterable[Rows]) -> list[Edit] | None:
    """The lines that make the lists go."""
    made = dict.fromkeys(each.made for each in rows)
    gone = [take_out(code, each) for each in made]
    return [each for each in gone if each is not None] if all(gone) else None


def _rows(code: Code, function: Function | ast.Module, loop: ast.For, name: str, torch: str) -> Rows | None:
    inside = set(ast.walk(loop))
    uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]
    added = [n for n in uses if n in inside]
    made = [m for n in uses if isinstance(n.ctx, ast.Store) and (m := _made(code, n)) is not None]
    joined = [c for n in uses if n not in inside and isinstance(c := code.parents.get(n), ast.Call)]
    is_added = all(isinstance(code.parents.get(n), ast.Attribute) for n in added)
    if len(made) != 1 or len(joined) != 1 or len(uses) != len(added) + 2 or not is_added:
        return None
    beside = code.parents.get(made[0]) is code.parents.get(loop)
    return Rows(name, made[0], joined[0], torch) if beside and _is_joined(joined[0], name, torch) else None


def _made(code: Code, name: ast.Name) -> ast.Assign | None:
    """`rows = []`, and `rows, marks = [], []`."""
    up = next((up for up in code.ancestors(name) if isinstance(up, ast.stmt)), None)
    if not isinstance(up, ast.Assign) or len(up.targets) != 1:
        return None
    values = (
        up.value.elts
        if isinstance(up.targets[0], ast.Tuple) and isinstance(up.value, ast.Tuple)
        else [up.value]
    )
    return up if all(isinstance(each, ast.List) and not each.elts for each in values) else None


def _targets(made: ast.Assign) -> set[str]:
    return {n.id for n in ast.walk(made.targets[0]) if isinstance(n, ast.Name)}


def _is_joined(call: ast.Call, name: str, torch: str) -> bool:
    made = call_name(call).removeprefix(f"{torch}.")
    first = bool(call.args) and isinstance(call.args[0], ast.Name) and call.args[0].id == name
    if is_padding(call):
        return first
    if made in LISTED:
        return first and len(call.args) == 1 and all(k.arg in ("dtype", "device") for k in call.keywords)
    return first and made in ("stack", "cat") and joined_dim(call) >= 0


def is_padding(call: ast.Call) -> bool:
    """Whether it is torch's `pad_sequence`, with the batch where its text says."""
    first = call.args[1] if len(call.args) == 2 else None
    said = {each.arg: each.value for each in call.keywords}
    known = set(said) <= {"batch_first", "padding_value"} and len(call.args) in (1, 2)
    return (
        last_name(call) == PADDED
        and known
        and isinstance(said.get("batch_first", first), ast.Constant | None)
    )


def batch_first(padding: ast.Call) -> bool:
    """Whether `pad_sequence` gives the rows as the first dimension."""
    said = [*padding.args[1:], *(k.value for k in padding.keywords if k.arg == "batch_first")]
    return any(isinstance(each, ast.Constant) and each.value is True for each in said)


def joined_dim(call: ast.Call) -> int:
    """The dimension that `torch.stack` and `torch.cat` are given; -1 where it is no plain number from 0 on."""
    said = list(_said(call))
    if not said:
        return 0
    value = said[0].value if isinstance(said[0], ast.Constant) else -1
    return value if type(value) is int and len(said) == 1 else -1


def _said(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args[1:]
    # One of another name is no plain number, either.
    yield from (k.value if k.arg == "dim" else ast.Name("_", ast.Load()) for k in call.keywords)
