"""The package around a user's module: imported first, and once, as Python does for an import of the module.

The rule: where the package raises, that is the cause, whatever else would be raised for want of it.
"""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

_RELATIVE = re.compile(r"^[ \t]*from[ \t]+(\.+)", re.MULTILINE)


def name_of(module: str, text: str, file: str, root: str) -> str:
    """The name that a file is imported by; its folder is put on the search path where it must be.

    A file with relative imports is in a package, also where no `__init__.py` says so (PEP 420): from the
    project's root, or from as far above as its imports reach.
    """
    levels = max((len(dots) for dots in _RELATIVE.findall(text)), default=0)
    if not levels or "." in module or Path(file).name == "__init__.py":
        return module
    parts = Path(file).with_suffix("").parts
    below = len(parts) - len(Path(root).parts)
    named = parts[-max(levels + 1, below) :]
    if len(named) > len(parts) - 1 or not all(part.isidentifier() for part in named):
        return module
    home = str(Path(*parts[: -len(named)]))
    if home not in sys.path:
        sys.path.append(home)
    return ".".join(named)


def parent_of(name: str) -> str:
    """`pkg` of `pkg.sub`; "" for a module that is in none."""
    package = name.rpartition(".")[0]
    return package if all(part.isidentifier() for part in name.split(".")) else ""


def imported(name: str) -> BaseException | None:
    """Imports the package that a module is in; what that raised, if anything."""
    package = parent_of(name)
    if not package:
        return None
    try:
        importlib.import_module(package)
    except BaseException as error:  # noqa: BLE001 (whatever user code raises; it is raised again)
        return error
    return None


def whole(name: str, file: str) -> ModuleType | None:
    """The module, where its package has imported the whole of it under its own name."""
    module = sys.modules.get(name)
    here = getattr(module, "__file__", None) if parent_of(name) else None
    return module if here == file else None


def is_asked_for(text: str, name: str) -> bool:
    """Whether a text imports from the package that it is in."""
    top = re.escape(name.partition(".")[0])
    pattern = rf"^\s*from\s+\.|^\s*(?:from|import)\s+{top}\b"
    return bool(parent_of(name)) and re.search(pattern, text, re.MULTILINE) is not None
