"""`fullgraph targets`: what was found, where, how, and with which inputs. Nothing of the user's runs."""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rich.text import Text

from ...check.options import Options
from ...check.plan import HOW_FOUND, CannotRun, Plan, plan_for
from ...model import Finding, FoundModel, Target
from ..formats.json_format import well_formed_json
from ..formats.summary import plural
from ..formats.target_lines import run_as
from ..formats.view import Json, relative
from ..screen import terminal
from ..screen.visible import visible
from . import refusal
from .no_model import NO_MODEL

_PARTS = ("model", "args", "kwargs", "dynamic_shapes")
CLEAN, COULD_NOT_RUN = 0, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `targets`."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", default=["."], help="files and folders (default: .)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="(default: text)")
    parser.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="(default: auto)"
    )
    parser.add_argument(
        "--no-color", dest="color", action="store_const", const="never", help="same as --color never"
    )


def run(arguments: argparse.Namespace) -> int:
    try:
        plan = plan_for(Options(tuple(arguments.paths)))
    except CannotRun as reason:
        terminal.complain(refusal.words(reason), arguments.color)
        return COULD_NOT_RUN
    base = Path.cwd()
    if arguments.format == "json":
        terminal.write(well_formed_json(document(plan, base)) + "\n", sys.stdout)
        return CLEAN
    color = terminal.wants_color(arguments.color, sys.stdout, os.environ)
    terminal.write(terminal.painted(_lines(plan, base), color), sys.stdout)
    return CLEAN


def document(plan: Plan, base: Path) -> Json:
    """Keys are added and never changed, as in the report of `check`."""
    return {
        "version": 1,
        "models": _models(plan, base),
        "targets": [_json(task.request.target, base) for task in plan.tasks],
        "findings": [_finding(finding, base) for finding in plan.findings],
    }


def _models(plan: Plan, base: Path) -> list[Json]:
    """All that were found, those first that matter most, each with the targets that are for it."""
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for task in plan.tasks:
        if subject := task.request.target.subject:
            names[subject].append(task.request.target.name)
    return [_model(each, names.get(each.key, []), base) for each in plan.models]


def _model(model: FoundModel, targets: list[str], base: Path) -> Json:
    return {
        "name": model.key[1],
        "class": model.name,
        "role": model.role,
        "file": str(relative(model.place.file, base)),
        "line": model.place.range.start.line,
        "targets": targets,
        "needs": list(model.needs),
    }


def _json(target: Target, base: Path) -> Json:
    parts = {name: getattr(target, name) for name in _PARTS}
    return {
        "name": target.name,
        "origin": target.origin,
        "file": str(relative(target.found_in, base)),
        "line": target.place.range.start.line,
        "class": target.model_class or None,
        **{name: part.text if part else None for name, part in parts.items()},
        "strict": target.strict,
        "sliced": target.slice is not None,
        "built_in": _built_in(target, base) or None,
        "run_as": list(target.run_as.arguments) if target.run_as else None,
    }


def _finding(finding: Finding, base: Path) -> Json:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "file": str(relative(finding.place.file, base)),
        "line": finding.place.range.start.line,
    }


def _lines(plan: Plan, base: Path) -> Iterator[Text]:
    for task in plan.tasks:
        yield from _of(task.request.target, base)
    for finding in plan.findings:
        where = f"{_shown(finding.place.file, base)}:{finding.place.range.start.line + 1}"
        yield Text(visible(f"{where}: {finding.message}"), "dim")
    if not plan.tasks:
        yield Text("No targets found." if plan.models else NO_MODEL)
    for line in unbuilt_lines(plan, base):
        yield Text(line, "dim")
    parts = sum(each.role == "part" for each in plan.models)
    if parts:
        yield Text(
            f"{plural(parts, 'part')} of these models: fullgraph check --parts checks them on their own",
            "dim",
        )


def unbuilt_lines(plan: Plan, base: Path, most: int = 12) -> Iterator[str]:
    """The models that nobody is seen to build, and what for; the first `most` of them."""
    known = {task.request.target.subject for task in plan.tasks}
    unbuilt = [each for each in plan.models if each.role == "model" and each.needs and each.key not in known]
    if unbuilt:
        yield "Models not checked, because their constructor arguments are not known:"
    for each in unbuilt[:most]:
        where = f"{_shown(each.place.file, base)}:{each.place.range.start.line + 1}"
        yield visible(f"  {where}: {each.name.rpartition('.')[2]} needs {', '.join(each.needs)}")
    if len(unbuilt) > most:
        yield f"  and {len(unbuilt) - most} more"


def _built_in(target: Target, base: Path) -> str:
    """`build_sam.py:42`, where that is not the file of its class."""
    place = target.model.place
    elsewhere = target.origin == "inferred" and place.file != target.place.file
    return f"{_shown(place.file, base)}:{place.range.start.line + 1}" if elsewhere else ""


def _of(target: Target, base: Path) -> Iterator[Text]:
    where = f"{_shown(target.place.file, base)}:{target.place.range.start.line + 1}"
    how, built = HOW_FOUND[target.origin], _built_in(target, base)
    how = f"built in {visible(built)}, {how}" if built else how
    yield Text.assemble((visible(target.name), "bold"), f"  {how}  ", (visible(where), "dim"))
    if target.run_as:
        yield Text(f"    {visible(run_as(target.run_as, base))}", "dim")
    for name in _PARTS:
        part = getattr(target, name)
        if part is not None:
            yield Text(f"    {name:<14}  {visible(' '.join(part.text.split()))}")
        elif name == "args" and target.kwargs is None:
            yield Text(f"    {name:<14}  inferred when checked", "dim")


def _shown(file: str, base: Path) -> str:
    return str(relative(file, base))
