"""The command line. Each subcommand is a file, and each output format is.

Exit status: 0 clean, 1 findings, 2 could not run, 3 nothing checked, 130 interrupted. This module is the border of the
process: what gets here as an exception is a bug of ours, and must not pass for findings.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import __version__
from .commands import check, explain, export, fix, graph, init, record, targets
from .commands.exit_status import COULD_NOT_RUN, INTERRUPTED
from .screen import terminal


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A command of `fullgraph`. `run` returns the exit status."""

    name: str
    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


SUBCOMMANDS = (
    Subcommand(
        "check", "check which models export, and report what prevents it", check.add_arguments, check.run
    ),
    Subcommand("fix", "apply verified fixes for what prevents export", fix.add_arguments, fix.run),
    Subcommand("graph", "show the exported graph of a model", graph.add_arguments, graph.run),
    Subcommand("export", "export a model to a .pt2 file and verify it", export.add_arguments, export.run),
    Subcommand("targets", "list the discovered models", targets.add_arguments, targets.run),
    Subcommand("init", "declare discovered targets in your code", init.add_arguments, init.run),
    Subcommand(
        "record", "run a program and record the inputs of its models", record.add_arguments, record.run
    ),
    Subcommand("explain", "explain a rule, or list all rules", explain.add_arguments, explain.run),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line `argv` (default: the process's own) and returns its exit status."""
    _open_closed_streams()
    _show_anything()
    try:
        arguments = _parser().parse_args(argv)
        return int(arguments.run(arguments))
    except SystemExit as exit_:  # argparse: 0 after --help, 2 after a usage error
        return exit_.code if isinstance(exit_.code, int) else COULD_NOT_RUN
    except KeyboardInterrupt:
        return _interrupted()
    except terminal.CannotWriteError as reason:
        terminal.complain(str(reason))
        return COULD_NOT_RUN
    except Exception:  # noqa: BLE001 - the border: Python's own exit status would be 1, that of findings
        terminal.complain(
            f"Fullgraph {__version__} crashed; please report this bug\n{traceback.format_exc()}"
        )
        return COULD_NOT_RUN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fullgraph",
        description="Find out whether your PyTorch models export with torch.export, and if not, where and why.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"fullgraph {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in SUBCOMMANDS:
        subparser = subparsers.add_parser(
            command.name,
            help=command.summary,
            description=command.summary.capitalize() + ".",
            allow_abbrev=False,
        )
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


def _open_closed_streams() -> None:
    """A standard stream that was closed (`>&-`) leads to the null device.

    Else the next file that is opened gets its descriptor, and what is meant for nobody is written to it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # the lowest descriptor that is free is the one that was closed
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for as long as we run


def _show_anything() -> None:
    """A character that the output's encoding lacks is escaped, and never the end of us."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _interrupted() -> int:
    """From here on a second Ctrl-C ends the process at once, also while threads are waited for."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    terminal.remark("Interrupted.")
    return INTERRUPTED
