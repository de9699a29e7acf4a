"""`fullgraph record -- COMMAND`: runs the user's program as ever, records its models, and says which.

The program's status and streams are its own, and signals reach it. What was recorded is said on standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from ...project.files import RECORDED, project_of
from ..screen import terminal

_COULD_NOT_RUN = 2
_KILLED = 128  # and the signal's number, as a shell says it
_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name)
)
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
    path = Path(root, *RECORDED)
    before = _entries(path)
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        status = _run(command, environment)
    except OSError as error:
        terminal.complain(f"cannot run {command[0]}: {error.strerror}")
        return _COULD_NOT_RUN
    for line in recorded_lines(before, _entries(path), path):
        terminal.remark(line)
    return status if status >= 0 else _ended_by(-status)


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """The status of the command; it is this process that passes signals on, and outlives them."""
    with subprocess.Popen(command, env=dict(environment)) as process:  # noqa: S603 (the user's own command)
        kept = {each: signal.signal(each, _passing_on(process)) for each in _SIGNALS}
        try:
            status = process.wait()
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)
    return status


def _ended_by(number: int) -> int:
    """The signal that ended the program ends this one too, so that whoever waits sees it."""
    signal.signal(number, signal.SIG_DFL) if number != signal.SIGKILL else None
    os.kill(os.getpid(), number)
    return _KILLED + number


def _passing_on(process: subprocess.Popen[bytes]) -> Callable[[int, FrameType | None], None]:
    def handle(number: int, _frame: FrameType | None) -> None:
        # Ctrl-C reaches everybody in front of the terminal; a second one would end what the first cleans up.
        if number != signal.SIGINT:
            process.send_signal(number)

    return handle


# -- what was recorded -------------------------------------------------------------------------------

_Entry = dict[str, Any]


def _entries(path: Path) -> list[_Entry]:
    try:
        document = json.loads(path.read_text("utf-8"))
        return [each for each in document["entries"] if isinstance(each, dict)]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def recorded_lines(before: Sequence[_Entry], after: Sequence[_Entry], path: Path) -> Iterator[str]:
    """What a run added to a recording: the models, and those that cannot be built again."""
    known = {(_of(each), repr(call)) for each in before for call in each["calls"]}
    new = [(each, call) for each in after for call in each["calls"] if (_of(each), repr(call)) not in known]
    models = dict.fromkeys(_of(each) for each, _ in new if each.get("model"))
    where = os.path.relpath(path)
    if not new:
        yield (
            f"No new calls: {where} already has them all." if after else "No call of a model was recorded."
        )
        return
    named = ", ".join(dict.fromkeys(str(text) for _, _, text in models))
    count = sum(bool(each.get("model")) for each, _ in new)
    if models:
        yield f"Recorded {_counted(count, 'call')} of {_counted(len(models), 'model')} in {where}: {named}"
    for each in {_of(each): each for each, _ in new if not each.get("model")}.values():
        reason = each.get("reason") or "an argument of its constructor cannot be recreated"
        yield f"Not recorded: {each.get('class')} ({each.get('file')}), because {reason}"


def _of(entry: _Entry) -> tuple[str, str, str]:
    return str(entry.get("file")), str(entry.get("class")), str(entry.get("model"))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"


def environment_for(root: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which every Python that is started records."""
    path = [str(_BOOTSTRAP), *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **environment,
        "PYTHONPATH": os.pathsep.join(path),
        "FULLGRAPH_RECORD": str(Path(root, *RECORDED)),
        "FULLGRAPH_RECORD_ROOT": root,
    }
