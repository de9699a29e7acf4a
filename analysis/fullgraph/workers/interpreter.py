"""The user's interpreter: which one, how it is launched, and why it cannot be a worker.

The rule: what is wrong with which interpreter is data. Each face says it in its own terms.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ..model import StartFailure
from .process_tree import MARK


@dataclass(frozen=True)
class Interpreter:
    """A Python to trace with, and how.

    `python` is a path or a name on PATH; `cuda` becomes CUDA_VISIBLE_DEVICES, which None leaves as it is;
    `fork` None: where it can. `modest`: the user's own programs go first.
    """

    python: str
    cuda: str | None = ""
    fork: bool | None = None
    modest: bool = False

    @property
    def forks(self) -> bool:
        wanted = self.fork if self.fork is not None else os.environ.get("FULLGRAPH_NO_FORK") != "1"
        return wanted and hasattr(os, "fork")


def why_not(python: str) -> StartFailure | None:
    """What can be told without launching it."""
    if not Path(executable(python)).is_dir():
        return None
    inside = Path(python, "Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    return StartFailure("is-folder", python, suggestion=str(inside))


def executable(python: str) -> str:
    """The path as seen from here: the process will start in another folder."""
    if os.sep in python or "/" in python or Path(python).is_dir():
        # Not resolved: a virtual environment's `python` is a symbolic link out of it.
        return str(Path(python).expanduser().absolute())
    return shutil.which(python) or python


def creation_flags(interpreter: Interpreter) -> int:
    """How Windows starts it; a priority below the normal one is that of its children too."""
    flags: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    if interpreter.modest:
        flags |= getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
    return flags


def environment(interpreter: Interpreter, mark: str) -> dict[str, str]:
    """The environment variables of a worker; `mark` is what its processes are found by."""
    # The launcher's variable (macOS) would have the user's Python take our virtual environment for its own.
    variables = {name: value for name, value in os.environ.items() if name != "__PYVENV_LAUNCHER__"}
    variables.update(dict.fromkeys(_THREADS, "1"))
    variables[MARK] = mark
    if interpreter.cuda is not None:
        variables["CUDA_VISIBLE_DEVICES"] = interpreter.cuda
    if sys.platform == "darwin":
        # Without it Apple's frameworks abort every fork of a process that has used them.
        variables["OBJC_DISABLE_INITIALIZE_FORK_SAFETY"] = "YES"
    return variables


_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
