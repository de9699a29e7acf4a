"""Patterns of files and folders, as git has them in `.gitignore`."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_SEPARATOR = re.compile(r"\\[\w.-]")
"""A backslash that takes the place of a slash: before these characters none is needed to escape."""


def pattern_problem(pattern: str) -> str | None:
    """Why a pattern matches nothing, or not what it seems to; None for one that is right."""
    if not pattern.strip():
        return "is empty"
    if pattern.startswith("#"):
        return "is a comment: write `\\#` for a name that begins with `#`"
    if _SEPARATOR.search(pattern):
        return "has a backslash: write `/` between folders"
    return None if next(_specs([pattern]), None) else "is not a valid pattern"


def gitignore_spec(patterns: Iterable[str]) -> GitIgnoreSpec | None:
    """All of them, the last one that matches counts. What is no pattern is left out, as git does."""
    from pathspec import GitIgnoreSpec

    found = [each for spec in _specs(patterns) for each in spec.patterns]
    return GitIgnoreSpec(found) if found else None


def _specs(patterns: Iterable[str]) -> Iterator[GitIgnoreSpec]:
    from pathspec import GitIgnoreSpec

    for pattern in patterns:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # `[[:alpha:]]`
                spec = GitIgnoreSpec.from_lines([pattern])
        except (ValueError, re.error):
            continue
        if any(each.include is not None for each in spec.patterns):
            yield spec
