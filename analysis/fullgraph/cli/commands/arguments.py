"""What arguments mean: each function turns one into a value or says what is wrong with it.

argparse prints the reason with the usage and exits with status 2.
"""

from __future__ import annotations

import argparse
import difflib
import math
from collections.abc import Callable, Collection


def one_of(names: Collection[str], what: str, otherwise: str = "") -> Callable[[str], str]:
    """Takes one of `names` and answers anything else with the nearest of them, or with `otherwise`."""
    rest = f"; {otherwise}" if otherwise else ""

    def parse(text: str) -> str:
        if text not in names:
            raise argparse.ArgumentTypeError(f"unknown {what} {text!r}{_nearest(text, names) or rest}")
        return text

    return parse


def list_of(names: Collection[str], what: str) -> Callable[[str], list[str]]:
    """Takes some of `names`, separated by commas."""
    parse_one = one_of(names, what)

    def parse(text: str) -> list[str]:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not parts:
            raise argparse.ArgumentTypeError(f"expected at least one {what}")
        return [parse_one(part) for part in parts]

    return parse


def positive_int(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive integer")
    return int(text)


def positive_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of seconds")
    return seconds


def _nearest(text: str, names: Collection[str]) -> str:
    nearest = difflib.get_close_matches(text, names, n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""
