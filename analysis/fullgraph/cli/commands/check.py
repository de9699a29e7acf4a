"""`fullgraph check`: from arguments to a report, and from the report to text and an exit status.

Standard output holds the report in the format asked for and nothing else; whatever else there is to
say goes to standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from ...check.deadline import Deadline
from ...check.options import Options
from ...check.plan import CannotRun, jobs_for, plan_for
from ...check.run import check_plan, close_workers, shared_workers
from ...check.start import CannotStart
from ...fix.search import Verifier, with_fixes
from ...model import Report
from ...rules import RULES
from ..formats import github, json_format, sarif, text
from ..formats.closing import closing
from ..formats.result_line import result_line
from ..formats.view import Format, View
from ..screen import progress, terminal
from . import refusal
from .arguments import list_of, positive_int, positive_seconds
from .exit_status import COULD_NOT_RUN, MEANINGS, UNCHECKED, exit_status
from .no_model import NO_MODEL

FORMATS: dict[str, Format] = {
    "text": text.render,
    "json": json_format.render,
    "github": github.render,
    "sarif": sarif.render,
}

_WITH_FIXES = frozenset({"text", "json"})
"""The formats that show fixes; for the others none is verified."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `check`."""
    parser.epilog = MEANINGS
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", default=["."], help="files and folders (default: .)"
    )
    _add_choice_of_models(parser)
    _add_choice_of_rules(parser)
    _add_tracing(parser)
    _add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Checks, writes the report, and returns the exit status."""
    started = time.monotonic()
    try:
        report = _checked(arguments)
    except CannotRun as reason:
        return _refused(reason, arguments)
    view = _view(arguments, time.monotonic() - started)
    if not _delivered(FORMATS[arguments.format](report, view), arguments):
        return COULD_NOT_RUN
    status = exit_status(report, static=arguments.static, allow_unchecked=arguments.allow_unchecked)
    _remark(report, status, view, arguments)
    return status


def _remark(report: Report, status: int, view: View, arguments: argparse.Namespace) -> None:
    """Beside the report, where it cannot say so itself: why the status is what it is."""
    if arguments.quiet:
        return
    if not (report.targets or report.skipped or report.models or report.findings):
        terminal.remark(NO_MODEL, arguments.color)
    elif status == UNCHECKED and (arguments.format != "text" or arguments.output_file):
        terminal.remark(closing(report, view), arguments.color)


# -- arguments ---------------------------------------------------------------------------------------


def _add_choice_of_models(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("models")
    group.add_argument(
        "--parts",
        action="store_true",
        help="also check parts (modules that other models are made of) on their own",
    )
    group.add_argument(
        "--allow-unchecked",
        action="store_true",
        help="exit status 0 instead of 3 if no model, or not the main model, was checked, or the main model does not run",
    )


def _add_choice_of_rules(parser: argparse.ArgumentParser) -> None:
    rules = list_of([rule.name for rule in RULES], "rule")
    group = parser.add_argument_group("rules (`fullgraph explain` lists them)")
    for flag, meaning in (("--select", "report only these rules"), ("--ignore", "do not report these rules")):
        group.add_argument(
            flag,
            metavar="RULES",
            type=rules,
            action="extend",
            default=[],
            help=f"{meaning} (comma-separated)",
        )


def _add_tracing(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("tracing")
    group.add_argument(
        "--static", action="store_true", help="static analysis only: fast, and runs none of your code"
    )
    group.add_argument(
        "--python", metavar="PATH", help="the interpreter of your project, with torch installed"
    )
    group.add_argument("--strict", action="store_true", help="export every target with strict=True")
    group.add_argument("--graph-breaks", action="store_true", help="also report graph breaks")
    group.add_argument(
        "--timeout",
        metavar="S",
        type=positive_seconds,
        help="time limit per target, in seconds (default: 60)",
    )
    group.add_argument(
        "--budget",
        metavar="S",
        type=positive_seconds,
        help="wall-clock limit for the whole run, in seconds; stopping and reporting can take a few more",
    )
    group.add_argument(
        "--no-fixes", action="store_true", help="do not look for fixes, which requires further traces"
    )
    group.add_argument(
        "--jobs", "-j", metavar="N", type=positive_int, help="number of targets to trace in parallel"
    )


def _add_output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument("--format", choices=FORMATS, default="text", help="(default: text)")
    group.add_argument(
        "--output-file", "-o", metavar="FILE", help="write the report to a file instead of standard output"
    )
    group.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="(default: auto)")
    group.add_argument(
        "--no-color", dest="color", action="store_const", const="never", help="same as --color never"
    )
    group.add_argument(
        "--verbose",
        "-v",
        action="store_true",
        help="show everything: all reasons, notes, targets, and models",
    )
    group.add_argument("--quiet", "-q", action="store_true", help="print findings only")


# -- checking ----------------------------------------------------------------------------------------


def _checked(arguments: argparse.Namespace) -> Report:
    options, until = _options(arguments), Deadline.after(arguments.budget)
    fixes = arguments.format in _WITH_FIXES and not arguments.no_fixes
    then = progress.LOOKING if fixes else ""
    with progress.display(arguments.color, quiet=arguments.quiet, line=result_line, then=then) as on_progress:
        plan = plan_for(options, shared_workers().prepare, until)
        executor = ThreadPoolExecutor(jobs_for(options, plan), thread_name_prefix="check")
        try:
            report = check_plan(plan, options, executor, on_progress, until)
            if fixes and not report.ended:
                report = with_fixes(plan, report, Verifier(options, shared_workers()), executor, until)
            return report if fixes else _without_fixes(report)
        finally:
            # Not waiting: after Ctrl-C the threads end by themselves as the worker they wait for is closed.
            executor.shutdown(wait=False, cancel_futures=True)
            close_workers()


def _without_fixes(report: Report) -> Report:
    """Where nobody asked for fixes, none are left to look for."""
    return replace(report, ended=replace(report.ended, fixes=True)) if report.ended else report


def _options(arguments: argparse.Namespace) -> Options:
    return Options(
        paths=tuple(arguments.paths),
        python=arguments.python,
        strict=arguments.strict,
        graph_breaks=arguments.graph_breaks,
        select=tuple(arguments.select),
        ignore=tuple(arguments.ignore),
        timeout=arguments.timeout,
        jobs=arguments.jobs,
        parts=arguments.parts,
        notes=arguments.verbose,
        static=arguments.static,
    )


# -- output ------------------------------------------------------------------------------------------


def _view(arguments: argparse.Namespace, seconds: float) -> View:
    to_file = arguments.output_file is not None
    color: terminal.ColorChoice = arguments.color
    if to_file and color == "auto":
        color = "never"
    return View(
        base=_base(arguments.format),
        seconds=seconds,
        color=terminal.wants_color(color, sys.stdout, os.environ),
        width=None if to_file else terminal.width_of(sys.stdout),
        encoding="utf-8" if to_file else terminal.encoding_of(sys.stdout),
        quiet=arguments.quiet,
        verbose=arguments.verbose,
        static=arguments.static,
        parts=arguments.parts,
        rules=tuple(RULES),
    )


def _base(format_: str) -> Path:
    """Annotations name files from the repository's root, wherever below it the command runs."""
    here, workspace = Path.cwd(), os.environ.get("GITHUB_WORKSPACE")
    if format_ == "github" and workspace and here.is_relative_to(workspace):
        return Path(workspace)
    return here


def _refused(reason: CannotRun, arguments: argparse.Namespace) -> int:
    terminal.complain(refusal.words(reason), arguments.color)
    if arguments.format == "json" and isinstance(reason, CannotStart):
        _delivered(json_format.start_failure(reason.failure, _view(arguments, 0.0)), arguments)
    return COULD_NOT_RUN


def _delivered(rendered: str, arguments: argparse.Namespace) -> bool:
    if arguments.output_file is None:
        terminal.write(rendered, sys.stdout)
        return True
    try:
        Path(arguments.output_file).write_text(rendered, encoding="utf-8", newline="\n")
    except OSError as error:
        terminal.complain(f"cannot write {arguments.output_file}: {error.strerror}", arguments.color)
        return False
    return True
