"""What a walk leaves out: by the patterns of `exclude`, and by what git ignores.

The rule: both speak of what lies below a folder that is walked. What is named itself is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path, PurePath
from typing import Protocol, final

from ..text.patterns import IgnorePatterns, ignore_patterns


class Excluded(Protocol):
    """Whether a file or folder, by its absolute path, is to be left out."""

    def __call__(self, path: PurePath, *, is_folder: bool = False) -> bool: ...


def nothing(path: PurePath, *, is_folder: bool = False) -> bool:  # noqa: ARG001 (that is its answer to all)
    """Leaves nothing out."""
    return False


def excluded_by(patterns: Sequence[str], root: PurePath) -> Excluded:
    """What the `exclude` setting of the project at `root` leaves out.

    A pattern without a slash is for the name of a file or folder at any depth (`legacy`, `*_pb2.py`), one
    with a slash for its path from `root` (`models/old`, `src/**/generated`); `**` is any depth, and `!` takes
    back what an earlier one left out. Whatever lies in a folder that is left out is, too.
    """
    known = ignore_patterns(patterns)
    if known is None:
        return nothing

    @cache
    def leaves_out_folder(below: PurePath) -> bool:
        return bool(below.name) and (
            leaves_out_folder(below.parent) or bool(known.ignores(below, is_folder=True))
        )

    def excluded(path: PurePath, *, is_folder: bool = False) -> bool:
        if root not in path.parents:
            return False
        below = path.relative_to(root)
        if is_folder:
            return leaves_out_folder(below)
        return leaves_out_folder(below.parent) or bool(known.ignores(below, is_folder=False))

    return excluded


@final
class GitIgnore:
    """What git ignores below a folder, by the `.gitignore` files in it and above, and `.git/info/exclude`.

    Outside of a repository nothing is. Each file is read once.
    """

    def __init__(self, top: Path) -> None:
        self._known: dict[Path, tuple[_Ignores, ...] | None] = {}
        if not (top / ".git").exists() and any(self._ignores_folder(each) for each in (top, *top.parents)):
            # It is walked all the same, as it was named: what counts is said in it.
            self._known = {top: _own(top)}

    def ignores(self, path: Path, *, is_folder: bool) -> bool:
        """Whether a file or folder is ignored whose parent is not."""
        for each in self._around(path.parent) or ():
            said = each.says(path, is_folder)
            if said is not None:
                return said
        return False

    def _ignores_folder(self, folder: Path) -> bool:
        return self.ignores(folder, is_folder=True)

    def _around(self, folder: Path) -> tuple[_Ignores, ...] | None:
        """What speaks of a folder's files, the nearest first; None outside of a repository."""
        if folder not in self._known:
            self._known[folder] = self._read(folder)
        return self._known[folder]

    def _read(self, folder: Path) -> tuple[_Ignores, ...] | None:
        if (folder / ".git").exists():
            return (*_own(folder), *_listed(folder, _git_folder(folder) / "info" / "exclude"))
        above = self._around(folder.parent) if folder != folder.parent else None
        return None if above is None else (*_own(folder), *above)


@final
class _Ignores:
    """The patterns of one file, which count from a folder."""

    def __init__(self, folder: Path, patterns: IgnorePatterns) -> None:
        self._folder = folder
        self._patterns = patterns

    def says(self, path: Path, is_folder: bool) -> bool | None:
        return self._patterns.ignores(path.relative_to(self._folder), is_folder=is_folder)


def _own(folder: Path) -> tuple[_Ignores, ...]:
    return _listed(folder, folder / ".gitignore")


def _listed(folder: Path, file: Path) -> tuple[_Ignores, ...]:
    try:
        # As bytes: to git a lone "\r" ends no line, nor does what else is a line's end to Python.
        text = file.read_bytes().decode("utf-8-sig", "replace")
    except OSError:
        return ()
    patterns = ignore_patterns(line.removesuffix("\r") for line in text.split("\n"))
    return (_Ignores(folder, patterns),) if patterns else ()


def _git_folder(folder: Path) -> Path:
    """Where git keeps what it knows of a repository; that of a worktree is said in a file."""
    git = folder / ".git"
    try:
        own = Path(folder, git.read_text("utf-8").removeprefix("gitdir:").strip())
        return Path(own, (own / "commondir").read_text("utf-8").strip())
    except (OSError, ValueError):
        return git
