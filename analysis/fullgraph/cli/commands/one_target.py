"""What the commands for a single model share: the target by its name or file, traced and reported.

The rule: a target is called here what `check` calls it. A name that is none gets the nearest ones as
the answer, and nothing of the user's has run by then.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from ...check.options import Options
from ...check.plan import CannotRun, Plan, Task, plan_for
from ...check.run import check_plan
from ...model import ProgramRequest, Report
from ...rules import RULES
from ..formats.view import View, relative
from ..screen import progress, terminal
from .arguments import positive_seconds

_MOST_NAMES = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """TARGET, and how to trace it."""
    parser.add_argument(
        "target",
        metavar="TARGET",
        help="a target, named as in `fullgraph check` (`cases:Gate()`), a class that has exactly one"
        " (`Gate`, `cases.py:Gate`), or a file with exactly one",
    )
    parser.add_argument(
        "--in",
        dest="paths",
        metavar="PATH",
        nargs="+",
        default=["."],
        help="files and folders to search for the target (default: .)",
    )
    group = parser.add_argument_group("tracing")
    group.add_argument(
        "--python", metavar="PATH", help="the interpreter of your project, with torch installed"
    )
    group.add_argument("--strict", action="store_true", help="export with strict=True")
    group.add_argument(
        "--timeout", metavar="S", type=positive_seconds, help="time limit, in seconds (default: 60)"
    )


def add_color(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="(default: auto)"
    )
    parser.add_argument(
        "--no-color", dest="color", action="store_const", const="never", help="same as --color never"
    )


def traced(arguments: argparse.Namespace, request: ProgramRequest) -> Report:
    """The report of the one target, whose facts have the program if it exports.

    Raises:
        CannotRun: there is no such target, or the interpreter cannot be used.
    """
    options = _options(arguments)
    plan = _planned(arguments.target, options)
    task = plan.tasks[0]
    plan = replace(plan, tasks=(replace(task, request=replace(task.request, program=request)),))
    executor = ThreadPoolExecutor(1, thread_name_prefix="trace")
    try:
        with progress.display(arguments.color, quiet=False) as on_progress:
            return check_plan(plan, options, executor, on_progress)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def view_of(arguments: argparse.Namespace, *, quiet: bool = False) -> View:
    return View(
        base=Path.cwd(),
        color=terminal.wants_color(arguments.color, sys.stdout, os.environ),
        width=terminal.width_of(sys.stdout),
        encoding=terminal.encoding_of(sys.stdout),
        quiet=quiet,
        rules=tuple(RULES),
    )


def _options(arguments: argparse.Namespace) -> Options:
    named = Path(arguments.target).is_file()
    return Options(
        paths=(arguments.target,) if named else tuple(arguments.paths),
        python=arguments.python,
        strict=arguments.strict,
        timeout=arguments.timeout,
    )


def _planned(target: str, options: Options) -> Plan:
    """The plan with that target alone, and no findings about the others."""
    plan = plan_for(options)
    if options.paths == (target,):
        found, where = plan.tasks, target
    else:
        found, where = _called(target, plan.tasks), ""
    if len(found) == 1:
        return replace(plan, tasks=found, findings=(), models=())
    raise CannotRun(_not_one(where, found) if where or found else _unknown(target, plan))


def _called(name: str, tasks: tuple[Task, ...]) -> tuple[Task, ...]:
    """Those of that name; where there are none, those for a class: `Net`, `models/net.py:Net`."""
    exact = tuple(task for task in tasks if task.request.target.name == name)
    file, _, cls = name.rpartition(":")
    ours = (task for task in tasks if task.request.target.subject[1] == cls)
    return exact or tuple(task for task in ours if not file or _is_in(file, task))


def _is_in(file: str, task: Task) -> bool:
    return Path(file).resolve() == Path(task.request.target.subject[0]).resolve()


def _not_one(file: str, found: tuple[Task, ...]) -> str:
    names = list(dict.fromkeys(task.request.target.name for task in found))
    if not file and len(names) > 1:
        return f"several targets are for that model; choose one:\n{_listed(names)}"
    if not file:
        files = ", ".join(str(relative(task.request.target.file, Path.cwd())) for task in found)
        return f"several targets are named {found[0].request.target.name!r}: choose one of {files} with --in"
    if not found:
        return f"no target in {file}; run `fullgraph check {file}` to see why"
    return f"several targets in {file}; choose one:\n{_listed([t.request.target.name for t in found])}"


def _unknown(name: str, plan: Plan) -> str:
    file, _, cls = name.rpartition(":")
    model = next((each for each in plan.models if each.key[1] == cls), None)
    if model is not None and (not file or Path(file).resolve() == Path(model.key[0]).resolve()):
        return f"`{cls}` has no target; run `fullgraph check {relative(model.key[0], Path.cwd())}` to see why"
    names = [task.request.target.name for task in plan.tasks]
    nearest = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
    said = f"unknown target {name!r}"
    if not names:
        return f"{said}: no targets found"
    if nearest:
        return f"{said}; did you mean one of these?\n{_listed(nearest)}"
    return f"{said}; the targets are\n{_listed(names)}"


def _listed(names: list[str]) -> str:
    more = [f"  and {len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    return "\n".join([*(f"  {name}" for name in names[:_MOST_NAMES]), *more])
