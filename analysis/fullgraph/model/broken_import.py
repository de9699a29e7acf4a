"""An import that failed: what could not be imported, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class BrokenImport:
    """An import that failed; `module` is what could not be imported.

    kind  library: not installed
          submodule: its `folder` is a git submodule that is not checked out
          extension: compiled code of the project's that is not built; `folder` has the setup.py that builds
              it, where that is not the root
          project: a module that the project does not have
          raises: it is there, and raises; `module` is its name, or its file in the project
    `python` is the interpreter, as a person in the project's folder calls it.
    """

    module: str
    kind: Literal["library", "submodule", "extension", "project", "raises"]
    folder: str = ""
    python: str = ""
