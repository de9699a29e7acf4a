"""`fullgraph init`: writes down targets that were found, as comments or in pyproject.toml.

Without a choice nothing is written: it says what could be. Each file is written as a whole or not at all.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

from ...check.options import Options
from ...check.plan import CannotRun, Plan, plan_for
from ...check.run import close_workers
from ...check.run import run as run_task
from ...declare.texts import Adopted, NewText, adopt, with_made_inputs
from ...model import Target
from ...project.files import project_of
from ...text.edits import unified
from ...text.write import CannotWrite, write_text
from ..formats.view import relative
from ..screen import terminal
from ..screen.visible import visible_lines
from . import refusal

CLEAN, REFUSED, COULD_NOT_RUN = 0, 1, 2
_WRITTEN = ("pyproject", "comment", "exportdb")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `init`."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", default=["."], help="files and folders (default: .)"
    )
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "--target",
        metavar="NAME",
        action="append",
        default=[],
        help="a target, named as in `fullgraph targets` (repeatable)",
    )
    chosen.add_argument("--all", action="store_true", help="all targets that are not declared yet")
    parser.add_argument(
        "--to", choices=("comment", "pyproject"), default="comment", help="(default: comment)"
    )
    parser.add_argument("--diff", action="store_true", help="show a diff of the changes without writing them")


def run(arguments: argparse.Namespace) -> int:
    try:
        plan = plan_for(Options(tuple(arguments.paths)))
        chosen = _chosen(plan, arguments)
        if arguments.target or arguments.all:
            chosen = _with_inputs(chosen, plan)
    except CannotRun as reason:
        terminal.complain(refusal.words(reason))
        return COULD_NOT_RUN
    if not (arguments.target or arguments.all):
        return _offered(chosen)
    status = CLEAN
    for adopted in _by_project(chosen, plan, arguments):
        status = max(status, _done(adopted, arguments))
    if not chosen:
        terminal.remark("All discovered targets are already declared.")
    return status


def _chosen(plan: Plan, arguments: argparse.Namespace) -> tuple[Target, ...]:
    """The targets to write down.

    Raises:
        CannotRun: a name is that of no target.
    """
    every = {task.request.target.name: task.request.target for task in plan.tasks}
    for name in arguments.target:
        if name not in every:
            nearest = difflib.get_close_matches(name, list(every), n=1)
            raise CannotRun(f"unknown target {name!r}{f'; did you mean {nearest[0]!r}?' if nearest else ''}")
    names = arguments.target or every
    return tuple(every[name] for name in names if every[name].origin not in _WRITTEN)


def _with_inputs(chosen: tuple[Target, ...], plan: Plan) -> tuple[Target, ...]:
    """The targets, guesses with the inputs that were found by running them; without, where none were.

    Raises:
        CannotRun: an interpreter cannot be used.
    """
    tasks = {task.request.target: task for task in plan.tasks}
    completed = []
    for target in chosen:
        if target.origin == "inferred" and target.args is None:
            outcome = run_task(tasks[target])
            completed.append(with_made_inputs(outcome.target or target, outcome.facts))
        else:
            completed.append(target)
    close_workers()
    return tuple(completed)


def _offered(targets: tuple[Target, ...]) -> int:
    for target in targets:
        terminal.write(f"{target.name}\n", sys.stdout)
    said = "choose targets with --target NAME or --all" if targets else "no targets to declare"
    terminal.remark(f"Nothing written: {said}.")
    return CLEAN


def _by_project(targets: tuple[Target, ...], plan: Plan, arguments: argparse.Namespace) -> Iterator[Adopted]:
    roots: dict[str, list[Target]] = {}
    for target in targets:
        roots.setdefault(project_of(target.file).root, []).append(target)
    for root, those in roots.items():
        config = plan.configs.get(root)
        yield adopt(those, arguments.to, strict=bool(config and config.strict))


def _done(adopted: Adopted, arguments: argparse.Namespace) -> int:
    status = CLEAN
    for refused in adopted.refused:
        instead = f"; use --to {refused.instead}" if refused.instead else ""
        terminal.complain(f"cannot declare {refused.target.name}: {refused.message}{instead}")
        status = REFUSED
    for text in adopted.texts:
        file = relative(text.before.file, Path.cwd())
        if arguments.diff:
            terminal.write(_diff(text, str(file)), sys.stdout)
            continue
        problem = write_text(text.before, text.after)
        if isinstance(problem, CannotWrite):
            terminal.complain(problem.message)
            status = REFUSED
        else:
            terminal.write(f"{file}: {', '.join(text.targets)}\n", sys.stdout)
    return status


def _diff(text: NewText, file: str) -> str:
    lines = unified(text.before.text, text.after, file)
    return "".join(f"{visible_lines(line)[0]}\n" for line in lines)
