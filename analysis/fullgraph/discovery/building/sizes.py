"""Which of several published models is the smallest, by their names: `tiny` before `base`, 18 before 50."""

from __future__ import annotations

import re

_WORDS = (
    ("debug", "dummy", "toy", "test"),
    ("pico", "atto", "femto"),
    ("nano", "n"),
    ("micro", "xxs"),
    ("tiny", "t", "mini", "xs", "lite"),
    ("small", "s"),
    ("base", "b", "default"),
    ("medium", "m"),
    ("large", "l", "big"),
    ("xlarge", "xl", "x", "huge", "h"),
    ("xxl", "giant", "g", "gigantic"),
)
_RANKS = {word: rank for rank, words in enumerate(_WORDS) for word in words}
_UNKNOWN = _RANKS["base"]
_PARTS = re.compile(r"\d+(?:\.\d+)?|[a-z]+")


def by_size(name: str) -> tuple[int, float, int, str]:
    """A key to sort names by, from the smallest model to the largest."""
    parts = _PARTS.findall(name.lower())
    ranks = [_RANKS[part] for part in parts if part in _RANKS]
    numbers = [float(part) for part in parts if part[0].isdigit()]
    return max(ranks, default=_UNKNOWN), numbers[0] if numbers else 0.0, len(name), name
