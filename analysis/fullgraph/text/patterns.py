"""Patterns of files and folders, as git has them in `.gitignore`."""

from __future__ import annotations

import posixpath
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

_SEPARATOR = re.compile(r"\\[\w.-]")
"""A backslash that takes the place of a slash: before these characters none is needed to escape."""

_KEPT = re.compile(r"((?:\\.|[^\\])*?) *", re.DOTALL)
"""What git keeps of a line: all but the spaces at its end that are not escaped."""


def pattern_problem(pattern: str) -> str | None:
    """Why a pattern matches nothing, or not what it seems to; None for one that is right."""
    if not pattern.strip():
        return "is empty"
    if pattern.startswith("#"):
        return "is a comment: write `\\#` for a name that begins with `#`"
    if _SEPARATOR.search(pattern):
        return "has a backslash: write `/` between folders"
    return _dots_problem(pattern) or (None if _parsed(pattern) else "is not a valid pattern")


def _dots_problem(pattern: str) -> str | None:
    """What is wrong with one that goes by `.` or `..`, which are no names of files to git."""
    path = pattern.strip().removeprefix("!")
    if not {".", ".."} & set(path.split("/")):
        return None
    direct = posixpath.normpath(path.lstrip("/"))
    if direct.split("/")[0] == "..":
        return "leads out of the project"
    # Without a slash it would be for a name at any depth.
    written = "*" if direct == "." else direct if "/" in direct else f"/{direct}"
    negated = "!" if pattern.startswith("!") else ""
    return f"is relative: write `{negated}{written}{'/' if path.endswith('/') else ''}`"


@dataclass(frozen=True, slots=True)
class IgnorePatterns:
    """The patterns of one list, in its order."""

    patterns: tuple[_Pattern, ...]

    def ignores(self, path: PurePath, *, is_folder: bool) -> bool | None:
        """What the last pattern says that matches a relative path; None where none does.

        It is of this path alone: what follows from the folders that it lies in is for the caller to say.
        """
        posix = path.as_posix()
        for pattern in reversed(self.patterns):
            if pattern.matches(posix, is_folder):
                return not pattern.negated
        return None


def ignore_patterns(lines: Iterable[str]) -> IgnorePatterns | None:
    """All of them; None where there are none. What is no pattern is left out, as git does."""
    patterns = tuple(each for each in map(_parsed, lines) if each)
    return IgnorePatterns(patterns) if patterns else None


@dataclass(frozen=True, slots=True)
class _Pattern:
    regex: re.Pattern[str]
    negated: bool
    of_name: bool
    """It has no slash, and is for the name alone."""
    of_folders: bool

    def matches(self, path: str, is_folder: bool) -> bool:
        if self.of_folders and not is_folder:
            return False
        found = self.regex.fullmatch(posixpath.basename(path) if self.of_name else path)
        # The only group is the slash after a folder that matches, which the path lies in.
        return found is not None and found.lastindex is None


def _parsed(line: str) -> _Pattern | None:
    kept = _KEPT.fullmatch(line)
    text = kept.group(1) if kept else line
    negated = text.startswith("!")
    path = text.removeprefix("!").removesuffix("/")
    regex = _regex(f"{'!' if negated else ''}{_of_what_is_below(path)}")
    return _Pattern(regex, negated, "/" not in path, text.endswith("/")) if regex else None


def _of_what_is_below(path: str) -> str:
    """A pattern with the same meaning for git: pathspec takes `x/**` for `x/`, and has `*` match any part."""
    folder, slash, name = path.rpartition("/")
    if not name or name.strip("*"):
        return path
    return f"{folder}{slash}{'?*' if name == '*' else '**/?*'}"


def _regex(pattern: str) -> re.Pattern[str] | None:
    from pathspec import GitIgnoreSpec

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `[[:alpha:]]`
            found = [
                each for each in GitIgnoreSpec.from_lines([pattern]).patterns if each.include is not None
            ]
    except (ValueError, re.error):
        return None
    return found[0].regex if found else None
