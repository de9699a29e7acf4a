"""What of an exception is an import that fails: of a library, of the project's own code, or of what raises.

The rule: the cause is told, and what puts it right. An exception of the target's own module, or of its model,
is none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from ...model import BrokenImport, TraceRequest
from ..locations.source_locations import UserCode
from ..torch_compat import wording
from . import extensions


def of(error: BaseException, request: TraceRequest, user_code: UserCode) -> BrokenImport | None:
    """The import that failed, where that is what ended the load."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return _missing(error.name, request)
    if isinstance(error, ImportError) and (found := wording.NO_NAME.search(str(error))):
        missing = _missing(f"{found[2]}.{found[1]}", request)  # `from ops import _C`
        if missing.kind in ("submodule", "extension"):
            return missing
    module = _being_imported(error, request.target.file, user_code)
    if module or isinstance(error, ImportError):
        named = getattr(error, "name", None)
        return BrokenImport(module or named or request.target.module, "raises")
    return None


def _missing(name: str, request: TraceRequest) -> BrokenImport:
    root, python = Path(request.root), _python(request.root)
    here = extensions.package_of(name, (*request.paths, request.root))
    if here is None:
        return BrokenImport(name, "library", python=python)
    if _is_empty_submodule(here, root):
        return BrokenImport(name, "submodule", os.path.relpath(here, root))
    if not extensions.is_one(name, request.root, request.paths):
        return BrokenImport(name, "project", python=python)
    folder = extensions.built_in(name, here, root) or root
    return BrokenImport(name, "extension", "" if folder == root else os.path.relpath(folder, root), python)


def _is_empty_submodule(folder: Path, root: Path) -> bool:
    if not folder.is_dir() or any(folder.iterdir()):
        return False
    try:
        return os.path.relpath(folder, root) in (root / ".gitmodules").read_text("utf-8", "replace")
    except OSError:
        return False


def _being_imported(error: BaseException, target: str, user_code: UserCode) -> str:
    """The innermost module of the user's whose top level was running; "" where it was the target's alone.

    An expression in a configuration file is no module.
    """
    running = [
        file
        for file, name in _code_of(error.__traceback__)
        if name == "<module>" and file.endswith(".py") and user_code.is_user(file)
    ]
    others = any(str(Path(file).resolve()) != target for file in running)
    return _name_in(user_code.root, running[-1]) if others else ""


def _code_of(traceback: TracebackType | None) -> Iterator[tuple[str, str]]:
    while traceback is not None:
        code = traceback.tb_frame.f_code
        yield code.co_filename, code.co_name
        traceback = traceback.tb_next


def _name_in(root: str, file: str) -> str:
    return os.path.relpath(file, root) if file.startswith(root) else Path(file).name


def _python(root: str) -> str:
    """The interpreter as a person in the project's folder would call it."""
    below = sys.executable.startswith(os.path.join(root, ""))  # noqa: PTH118 (with the separator at its end)
    return os.path.relpath(sys.executable, root) if below else "python"
