"""`fullgraph record -- COMMAND`: runs the user's program as ever, and has its models noted.

The command takes the place of this process: its status, signals and streams are its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ...project.files import RECORDED, project_of
from ..screen import terminal

_COULD_NOT_RUN = 2
_BOOTSTRAP = Path(__file__).resolve().parents[2] / "recording" / "bootstrap"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `record`."""
    parser.add_argument(
        "--root", metavar="FOLDER", help="record only models defined below this folder (default: the project)"
    )
    parser.add_argument(
        "command",
        metavar="COMMAND",
        nargs=argparse.REMAINDER,
        help="the command to run, as in `-- python train.py`",
    )


def run(arguments: argparse.Namespace) -> int:
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        terminal.complain("no command to run; use `fullgraph record -- python train.py`")
        return _COULD_NOT_RUN
    root = str(Path(arguments.root).resolve()) if arguments.root else project_of(str(Path.cwd())).root
    environment = environment_for(root, os.environ)
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        if sys.platform == "win32":
            return subprocess.call(command, env=environment)  # noqa: S603 (the user's own command)
        os.execvpe(command[0], command, environment)  # noqa: S606
    except OSError as error:
        terminal.complain(f"cannot run {command[0]}: {error.strerror}")
        return _COULD_NOT_RUN


def environment_for(root: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which every Python that is started records."""
    path = [str(_BOOTSTRAP), *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **environment,
        "PYTHONPATH": os.pathsep.join(path),
        "FULLGRAPH_RECORD": str(Path(root, *RECORDED)),
        "FULLGRAPH_RECORD_ROOT": root,
    }
