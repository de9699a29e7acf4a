"""Sizes that know where they came from: an int, and the expression over the inputs' sizes that it is.

In a run on symbolic tensors each size is an expression, `64*((h//2) - 2)*((w//2) - 2)`. To compare such a
size would add a guard and so change what is known, so each is read once, as the int that it is in this run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from ..torch_compat import symbols


class Size(int):
    """The int with its expression."""

    expression: Any

    def __new__(cls, value: int, expression: Any) -> Size:  # noqa: PYI034 (Self is of Python 3.11)
        made = super().__new__(cls, value)
        made.expression = expression
        return made


def sized(number: Any) -> Any:
    """A symbolic integer as a Size; anything else as it is."""
    if not isinstance(number, torch.SymInt):
        return number
    known = symbols.value_at_hand(number)
    return number if known is None else Size(known, symbols.expression(number))


def shape_of(tensor: torch.Tensor) -> tuple[int, ...]:
    return tuple(map(sized, tensor.shape))


def expression(number: int) -> Any:
    return number.expression if isinstance(number, Size) else number


def product(numbers: Iterable[int]) -> int:
    """The product, with its expression where one of them has one."""
    value, said = 1, 1
    for number in numbers:
        value, said = value * int(number), said * expression(number)
    return value if isinstance(said, int) else Size(value, said)
