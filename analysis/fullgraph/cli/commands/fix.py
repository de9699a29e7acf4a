"""`fullgraph fix`: rewrites what stops export, with fixes that were verified.

Each file is written as soon as nothing more is tried for the targets that load it. An interrupt keeps what was
verified by then.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ...check.deadline import Deadline, Terminated
from ...check.options import Options
from ...check.plan import CannotRun, jobs_for, plan_for
from ...check.run import close_workers, shared_workers
from ...fix.accepting import LEVELS, NARROWING, Accepted
from ...fix.fixpoint import Applied, Listener, Mended, mend
from ...fix.search import Verifier
from ..formats.left_text import grave, left_lines, summed_up
from ..formats.result_line import result_line
from ..formats.summary import plural
from ..formats.view import View, relative
from ..screen import progress, terminal
from . import refusal
from .arguments import positive_int, positive_seconds
from .exit_status import CLEAN, COULD_NOT_RUN, FINDINGS, INTERRUPTED
from .rewriting import Rewriting


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `fix`."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", default=["."], help="files and folders (default: .)"
    )
    parser.add_argument("--diff", action="store_true", help="show a diff of the changes without writing them")
    parser.add_argument(
        "--accept",
        action="append",
        choices=(*LEVELS, NARROWING),
        default=[],
        help="the least that must be known of a fix that is applied (default: verified); with `narrowing` also fixes that give up declared sizes (repeatable)",
    )
    parser.add_argument(
        "--target",
        metavar="NAME",
        action="append",
        default=[],
        help="only fix this target (repeatable)",
    )
    group = parser.add_argument_group("tracing")
    group.add_argument(
        "--python", metavar="PATH", help="the interpreter of your project, with torch installed"
    )
    group.add_argument(
        "--timeout", metavar="S", type=positive_seconds, help="time limit per trace, in seconds (default: 60)"
    )
    group.add_argument(
        "--budget",
        metavar="S",
        type=positive_seconds,
        help="wall-clock limit for the whole run, in seconds; what is verified by then is kept",
    )
    group.add_argument(
        "--jobs", "-j", metavar="N", type=positive_int, help="number of targets to trace in parallel"
    )
    parser.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="(default: auto)"
    )
    parser.add_argument(
        "--verbose", "-v", action="store_true", help="list every candidate, and why it was refused"
    )


def run(arguments: argparse.Namespace) -> int:
    """Mends, writes, and returns the exit status."""
    rewriting = Rewriting(arguments.color, diff=arguments.diff)
    try:
        mended = _mended(arguments, rewriting)
    except CannotRun as reason:
        terminal.complain(refusal.words(reason), arguments.color)
        return COULD_NOT_RUN
    rewriting.show()
    _summed_up(mended, arguments, rewriting)
    return _status(mended, rewriting)


def _status(mended: Mended, rewriting: Rewriting) -> int:
    if rewriting.failed:
        return COULD_NOT_RUN
    if mended.report.ended and mended.report.ended.reason in ("interrupted", "terminated"):
        return INTERRUPTED
    return FINDINGS if grave(mended.report) else CLEAN


def _mended(arguments: argparse.Namespace, rewriting: Rewriting) -> Mended:
    options = Options(
        paths=tuple(arguments.paths),
        python=arguments.python,
        timeout=arguments.timeout,
        jobs=arguments.jobs,
    )
    verifier = Verifier(options, shared_workers())
    until = Deadline.after(arguments.budget)
    with (
        _sigterm_as_interrupt(),
        progress.display(
            arguments.color, quiet=False, line=result_line, then=progress.LOOKING
        ) as on_progress,
    ):
        plan = plan_for(options, shared_workers().prepare, until)
        executor = ThreadPoolExecutor(jobs_for(options, plan), thread_name_prefix="fix")
        wanted, accepted = frozenset(arguments.target), Accepted.of(tuple(arguments.accept))
        listener = Listener(on_progress, on_progress, _told, rewriting.take)
        try:
            return mend(plan, options, verifier, executor, wanted, accepted, listener, until)
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
            close_workers()


@contextlib.contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """What ends the run keeps what was verified, as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _told(applied: Applied) -> None:
    place = applied.finding.place
    where = f"{relative(place.file, Path.cwd())}:{place.range.start.line + 1}"
    said = f" ({applied.fix.verdict.reason})" if applied.fix.verdict.reason else ""
    terminal.remark(f"{where}: {applied.finding.rule}: {applied.fix.title}: {applied.fix.verdict.kind}{said}")


def _summed_up(mended: Mended, arguments: argparse.Namespace, rewriting: Rewriting) -> None:
    """On standard error: what is left of each target, and how many there are."""
    encoding = terminal.encoding_of(sys.stderr)
    view = View(Path.cwd(), encoding=encoding, verbose=arguments.verbose)
    colored = terminal.wants_color(arguments.color, sys.stderr, os.environ)
    terminal.write(terminal.painted(left_lines(mended, view), colored), sys.stderr)
    higher = _higher(mended, Accepted.of(tuple(arguments.accept)))
    said = summed_up(mended, diff=arguments.diff, higher=higher, unwritten=rewriting.unwritten)
    terminal.remark(said, arguments.color)


def _higher(mended: Mended, accepted: Accepted) -> str:
    """`2 more fixes with --accept verified-one-branch`: of those that were tried and not taken."""
    tried = [
        [fix for fix in each.fixes if not accepted.takes(fix)] for each in grave(mended.report) if each.fixes
    ]
    for narrowing in dict.fromkeys((accepted.narrowing, True)):
        for level in LEVELS[LEVELS.index(accepted.level) :]:
            other = Accepted(level, narrowing)
            if more := sum(any(map(other.takes, fixes)) for fixes in tried):
                options = " ".join(f"--accept {word}" for word in other.words)
                return f"{plural(more, 'more fix')} with {options}"
    return ""
