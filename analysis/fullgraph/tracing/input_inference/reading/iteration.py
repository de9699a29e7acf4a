"""What loops go over, round by round where the rounds are known."""

from __future__ import annotations

from typing import Any

import torch

from .clues import Flow
from .values import Each, Live, Several, Value, is_a_tensor

_MOST_ROUNDS = 8


def items(value: Value) -> list[Value]:
    """What a loop's variable holds, round by round where that is known, else once."""
    match value:
        case Several(parts=parts) if parts:
            return list(parts[:_MOST_ROUNDS])
        case Live(value=torch.nn.ModuleList() | torch.nn.Sequential() | list() | tuple() as held):
            return [Live(each) for each in list(held)[:_MOST_ROUNDS]] or [None]
        case Live(value=range() as numbers):
            return [Live(each) for each in numbers[:_MOST_ROUNDS]] or [None]
    return [_item(value)]


def _item(value: Value) -> Value:
    """What any of the things is that are iterated over."""
    match value:
        case Each(item=item):
            return item
        case Several(parts=parts):
            return parts[0] if parts else None
        case Live(value=torch.nn.ModuleList() | list() | tuple() as held) if len(held):
            return Live(next(iter(held)))
        case Flow(clue=clue) if clue.form in ("list", "tuple"):
            return Flow(clue.part(0, clue.form))
        case Flow(clue=clue) if not is_a_tensor(clue):
            return Flow(clue.part(0, "list"))
    return None


def _zipped(columns: list[list[Value]]) -> Value:
    """Row by row, as long as the longest that is known: what is known once stands for all."""
    rounds = max(map(len, columns), default=0)
    rows = [Several(tuple(each[min(row, len(each) - 1)] for each in columns)) for row in range(rounds)]
    return Several(tuple(rows)) if len(rows) > 1 else Each(rows[0]) if rows else None


def _numbered(items: list[Value]) -> Value:
    if len(items) == 1:
        return Each(Several((None, items[0])))
    return Several(tuple(Several((Live(number), each)) for number, each in enumerate(items)))


def _range(args: list[Value]) -> Value:
    for each in args:
        if isinstance(each, Flow):
            each.clue.number = True
    known = [each.value for each in args if isinstance(each, Live) and type(each.value) is int]
    return Live(range(*known)) if known and len(known) == len(args) and 0 not in known[2:] else None


def length(args: list[Value]) -> Value:
    """`len(self.layers)`."""
    held: Any = args[0].value if args and isinstance(args[0], Live) else None
    counted = isinstance(held, (torch.nn.ModuleList, torch.nn.Sequential, list, tuple, str))
    return Live(len(held)) if counted else None


def _is_listed(flow: Flow, others: list[Value]) -> None:
    beside = (each.value for each in others if isinstance(each, Live))
    held = next((len(each) for each in beside if isinstance(each, torch.nn.ModuleList)), 0)
    for number in range(held):
        flow.clue.part(number, "list")


def iterated(function: Any, args: list[Value]) -> Value:
    """What `zip`, `enumerate`, `range` and their like give."""
    for each in args:
        if isinstance(each, Flow) and function in (zip, enumerate, reversed) and not each.clue.reached:
            _is_listed(each, args)
    if function is zip:
        return _zipped([items(each) for each in args])
    if function is enumerate and args:
        return _numbered(items(args[0]))
    if function is range:
        return _range(args)
    return args[0] if args else None
