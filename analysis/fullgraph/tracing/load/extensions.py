"""Compiled modules that a project builds itself: which they are, and which folder's setup.py builds them.

The rule: one is told by a name that extensions have, or by a setup.py that builds some, in the folders from
the module's package up to the root. The root's builds many things, and must name the module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_NAME = re.compile(r"(?:^|\.)_\w*[CE]\w*$|_(?:C|cuda|ext|cpp|kernels)$|^(?:_C|_ext)\b")
_BUILDS = ("ext_modules", "CUDAExtension", "CppExtension")


def is_one(name: str, root: str, paths: Sequence[str]) -> bool:
    """Whether a module of the project's that is not there, `ops._C`, is one that it builds."""
    package = package_of(name, (*paths, root))
    if package is None:
        return False
    return _NAME.search(name) is not None or built_in(name, package, Path(root)) is not None


def package_of(name: str, folders: Sequence[str]) -> Path | None:
    """The project's own package or module of the first part of a name."""
    top = name.partition(".")[0]
    return next((path for path in (Path(each, top) for each in folders) if _is_own(path)), None)


def _is_own(path: Path) -> bool:
    return path.is_dir() or path.with_suffix(".py").is_file()


def built_in(name: str, package: Path, root: Path) -> Path | None:
    """The folder whose setup.py builds a module of a package."""
    return next((folder for folder in _folders(package, root) if _builds(folder, name, root)), None)


def _folders(package: Path, root: Path) -> Iterator[Path]:
    yield package
    yield from (parent for parent in package.parents if parent == root or root in parent.parents)


def _builds(folder: Path, name: str, root: Path) -> bool:
    try:
        text = (folder / "setup.py").read_text("utf-8", "replace")
    except OSError:
        return False
    if not any(word in text for word in _BUILDS):
        return False
    return folder != root or re.search(rf"\b{re.escape(name.rpartition('.')[2])}\b", text) is not None
