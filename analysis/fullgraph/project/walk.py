"""Which files there are to check below the paths that are given."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from .exclusion import Excluded, GitIgnore, nothing
from .files import NOTHING_UNSAVED, Texts, absolute

_NO_SOURCE = frozenset({"__pycache__", "node_modules", "build", "dist", "site-packages"})
_ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")


@dataclass(frozen=True, slots=True)
class CannotWalk:
    """A path of the command line that leads nowhere."""

    message: str


def python_files(
    paths: Sequence[str],
    excluded: Excluded = nothing,
    texts: Texts = NOTHING_UNSAVED,
    *,
    gitignore: bool = True,
) -> tuple[str, ...] | CannotWalk:
    """The files that `paths` mean, absolute, sorted, each once.

    A file that is named is taken whatever it is called, and where it was never saved too; a folder gives the
    `.py` files below it. Left out below a folder, unless they are named themselves: hidden folders, virtual
    environments, folders that hold no source (`build`, `node_modules`, …), what is `excluded`, and, with
    `gitignore`, what git ignores. Links to folders are not followed: they may lead round in a circle, and to
    files that are then found twice.
    """
    found: set[str] = set()
    for path in map(absolute, paths):
        if path.is_dir():
            named = excluded(path, is_folder=True)  # it is walked all the same, and so is what is in it
            found.update(_below(path, _left_out(path, nothing if named else excluded, gitignore)))
        elif path.exists() or str(path) in texts:
            found.add(str(path))
        else:
            return CannotWalk(f"no such file or folder: {path}")
    return tuple(sorted(found))


def documents(
    root: str,
    suffixes: tuple[str, ...],
    excluded: Excluded = nothing,
    *,
    gitignore: bool = True,
    largest: float = inf,
) -> tuple[str, ...]:
    """The files below a folder whose names end so, by the same rules: those next to the root first.

    Those of more than `largest` bytes are left out.
    """
    top = Path(root)
    found = _below(top, _left_out(top, excluded, gitignore), suffixes)
    small = (file for file in found if largest == inf or _size(file) <= largest)
    return tuple(sorted(small, key=lambda file: (file.count(os.sep), file)))


def _size(file: str) -> float:
    try:
        return Path(file).stat().st_size
    except OSError:  # it has gone since
        return inf


def _left_out(top: Path, excluded: Excluded, gitignore: bool) -> Callable[[Path, bool], bool]:
    """Whether a path below is left out, and is a folder."""
    git = GitIgnore(top) if gitignore else None

    def left_out(path: Path, is_folder: bool) -> bool:
        if excluded(path, is_folder=is_folder):
            return True
        return git is not None and git.ignores(path, is_folder=is_folder)

    return left_out


def _below(
    top: Path, left_out: Callable[[Path, bool], bool], suffixes: tuple[str, ...] = (".py",)
) -> Iterator[str]:
    for folder, folders, files in os.walk(top):
        paths = (Path(folder, name) for name in folders)
        folders[:] = [each.name for each in paths if not _holds_no_source(each) and not left_out(each, True)]
        paths = (Path(folder, name) for name in files if name.endswith(suffixes))
        yield from (str(path) for path in paths if path.is_file() and not left_out(path, False))


def _holds_no_source(folder: Path) -> bool:
    if folder.name.startswith(".") or folder.name in _NO_SOURCE:
        return True
    return any((folder / mark).exists() for mark in _ENVIRONMENT_MARKS)
