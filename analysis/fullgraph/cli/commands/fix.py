"""`fullgraph fix`: rewrites what stops export, with fixes that were verified.

Nothing is written before all of it is known. Each file then gets its new text as a whole or not at all, and
not where it says something else by now.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ...check.options import Options
from ...check.plan import CannotRun, jobs_for, plan_for
from ...check.run import shared_workers
from ...fix.fixpoint import SAFE, UNSAFE, Applied, Mended, mend
from ...fix.search import Verifier
from ...project.files import Unreadable, read_text
from ...text.edits import unified
from ...text.source import SourceText
from ...text.write import CannotWrite, write_text
from ..formats.result_line import result_line
from ..formats.summary import counted, exports, plural
from ..formats.view import relative
from ..screen import progress, terminal
from . import refusal
from .arguments import positive_int, positive_seconds

CLEAN, FINDINGS, COULD_NOT_RUN = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `fix`."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", default=["."], help="files and folders (default: .)"
    )
    parser.add_argument("--diff", action="store_true", help="show a diff of the changes without writing them")
    parser.add_argument(
        "--unsafe",
        action="store_true",
        help="also apply fixes that are verified on only one branch, or export but were not compared",
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
        "--jobs", "-j", metavar="N", type=positive_int, help="number of targets to trace in parallel"
    )
    parser.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="(default: auto)"
    )


def run(arguments: argparse.Namespace) -> int:
    try:
        mended = _mended(arguments)
    except CannotRun as reason:
        terminal.complain(refusal.words(reason), arguments.color)
        return COULD_NOT_RUN
    status = _shown(mended) if arguments.diff else _written(mended, arguments)
    _summed_up(mended, arguments)
    left = any(finding.severity != "information" for finding in mended.report.findings)
    return max(status, FINDINGS if left else CLEAN)


def _mended(arguments: argparse.Namespace) -> Mended:
    options = Options(
        paths=tuple(arguments.paths),
        python=arguments.python,
        timeout=arguments.timeout,
        jobs=arguments.jobs,
    )
    accepted = UNSAFE if arguments.unsafe else SAFE
    verifier = Verifier(options, shared_workers())
    with progress.display(
        arguments.color, quiet=False, line=result_line, then=progress.LOOKING
    ) as on_progress:
        plan = plan_for(options, shared_workers().prepare)
        executor = ThreadPoolExecutor(jobs_for(options, plan), thread_name_prefix="fix")
        wanted = frozenset(arguments.target)
        try:
            return mend(plan, options, verifier, executor, wanted, accepted, _told, on_progress)
        finally:
            executor.shutdown(wait=False, cancel_futures=True)


def _told(applied: Applied) -> None:
    place = applied.finding.place
    where = f"{relative(place.file, Path.cwd())}:{place.range.start.line + 1}"
    said = f" ({applied.fix.verdict.reason})" if applied.fix.verdict.reason else ""
    terminal.remark(f"{where}: {applied.finding.rule}: {applied.fix.title}: {applied.fix.verdict.kind}{said}")


def _changed(mended: Mended) -> Iterator[tuple[SourceText, str]]:
    for file, text in sorted(mended.texts.items()):
        before = read_text(file)
        if not isinstance(before, Unreadable) and before.text != text:
            yield before, text


def _shown(mended: Mended) -> int:
    for before, after in _changed(mended):
        lines = unified(before.text, after, str(relative(before.file, Path.cwd())))
        terminal.write("\n".join(lines) + "\n", sys.stdout)
    return CLEAN


def _written(mended: Mended, arguments: argparse.Namespace) -> int:
    status = CLEAN
    for before, after in _changed(mended):
        problem = write_text(before, after)
        if isinstance(problem, CannotWrite):
            terminal.complain(problem.message, arguments.color)
            status = COULD_NOT_RUN
        else:
            terminal.write(f"{relative(before.file, Path.cwd())}\n", sys.stdout)
    return status


def _summed_up(mended: Mended, arguments: argparse.Namespace) -> None:
    targets = len(mended.report.targets)
    exporting = sum(checked.status == "exports" for checked in mended.report.targets)
    remaining = [finding for finding in mended.report.findings if finding.severity != "information"]
    sentences = [
        f"{plural(len(mended.applied), 'fix')} {'found' if arguments.diff else 'applied'}",
        f"{exporting} of {plural(targets, 'target')} {exports(targets)}",
    ]
    if remaining:
        sentences.append(f"{counted(remaining)} left")
    if any(not each.place.file.endswith((".py", ".toml")) for each in remaining):
        sentences.append("fixes are offered for Python files alone")
    unsafe = sum(any(fix.verdict.kind in UNSAFE for fix in each.fixes) for each in remaining)
    if unsafe and not arguments.unsafe:
        sentences.append(f"{plural(unsafe, 'more fix')} with --unsafe")
    terminal.remark("; ".join(sentences))
