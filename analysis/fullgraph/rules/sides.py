"""What keeps the two branches of an `if` from being one `torch.cond`, and what to do about it.

The rule is torch's (2.13): both return the same number of tensors, with matching dtypes and numbers of dimensions;
sizes may differ.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..model import Difference

_TENSOR = re.compile(r"(?P<dtype>\w+)\[(?P<sizes>.*)\]")
_OF_DATA = re.compile(r"\bu\d+\b")
_ONE_SIZE = (
    "compute a size that holds for both branches instead: padding by 0 and a slice up to the whole size "
    "change nothing and need no condition"
)
_APART = "or decide outside the model and export one model per case"


def hint(differences: Sequence[Difference], otherwise: str) -> str:
    """What to do where the sides differ so that torch refuses them; `otherwise` where it does not."""
    return next(filter(None, map(_hint, differences)), otherwise)


def _hint(difference: Difference) -> str:
    name = "the return value" if difference.name == "return" else f"`{difference.name}`"
    if not difference.if_true or not difference.if_false:
        return ""  # it may be of no use below
    one, two = _TENSOR.fullmatch(difference.if_true), _TENSOR.fullmatch(difference.if_false)
    if one is None or two is None:
        return (
            ""
            if _alike(difference)
            else (
                f"both branches of `torch.cond` must return the same number of tensors: make {name} alike in both, {_APART}"
            )
        )
    if one["dtype"] != two["dtype"]:
        first, second = sorted((one["dtype"], two["dtype"]))
        return f"`torch.cond` needs the same dtype from both branches: make both branches {first} or both {second}"
    if _count(one["sizes"]) != _count(two["sizes"]):
        return f"both branches of `torch.cond` must return the same number of dimensions: make the shape of {name} alike in both, {_APART}"
    return _ONE_SIZE if _is_of_other(one["sizes"], two["sizes"]) else ""


def _is_of_other(one: str, two: str) -> bool:
    """Whether a size of one side is made of one of the other's that the data says: `8*math.ceil(u1 / 8)` and `u1`."""
    return any(
        re.search(rf"(^|, ){symbol}(,|$)", plain) and not re.search(rf"(^|, ){symbol}(,|$)", made)
        for plain, made in ((one, two), (two, one))
        for symbol in _OF_DATA.findall(made)
    )


def _alike(difference: Difference) -> bool:
    """Whether both are numbers, or tuples of as many values; what is in those is told by itself, or not at all."""
    both = (difference.if_true, difference.if_false)
    if all(each.startswith("(") for each in both):
        return _count(difference.if_true[1:-1]) == _count(difference.if_false[1:-1])
    return not any("[" in each or each == "NoneType" or each.startswith("(") for each in both)


def _count(items: str) -> int:
    """How many items a text has that commas part, but for those in brackets."""
    depth, commas = 0, 0
    for character in items:
        depth += (character in "([") - (character in ")]")
        commas += character == "," and depth == 0
    return commas + 1 if items.strip() else 0
