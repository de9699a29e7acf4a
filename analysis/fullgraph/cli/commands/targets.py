"""`fullgraph targets`: what was found, where, how, and with which inputs. Nothing of the user's runs."""

from __future__ import annotations

import argparse
import ast
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.text import Text

from ...check.importance import asked_for
from ...check.options import Options
from ...check.plan import CALLS, HOW_FOUND, CannotRun, Plan, plan_for
from ...model import NOUNS, Finding, FoundModel, MadeUp, Place, Target
from ...text.source import SyntaxProblem, parse_expression
from ..formats import json_format
from ..formats.summary import plural
from ..formats.target_lines import in_words, run_as
from ..formats.view import Json, View, relative
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
        terminal.write(json_format.well_formed_json(document(plan, base)) + "\n", sys.stdout)
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
        "run_as": json_format.run_as(target.run_as, View(base)) if target.run_as else None,
        "context": json_format.context(target, View(base)),
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
    yield from _model_lines(plan, base)
    for task in plan.tasks:
        yield from _of(task.request.target, base)
    for finding in plan.findings:
        label = f"{NOUNS[finding.severity]}[{finding.rule}]"
        yield Text(visible(f"{label}: {finding.message} ({_at(finding.place, base)})"), "dim")
    if not plan.tasks:
        yield Text("No targets found." if plan.models else NO_MODEL)


def _model_lines(plan: Plan, base: Path) -> Iterator[Text]:
    """`Net (nets.py:5): called in train.py:12`; then what there is beside the models."""
    targets: dict[tuple[str, str], list[Target]] = defaultdict(list)
    for task in plan.tasks:
        targets[task.request.target.subject].append(task.request.target)
    asked = asked_for(task.request.target for task in plan.tasks)
    models = [each for each in plan.models if each.role == "model" or each.key in asked]
    for each in models:
        said = f" ({_at(each.place, base)}): {_state(each, targets.get(each.key, []), base)}"
        yield Text.assemble((visible(each.key[1]), "bold"), visible(said))
    if parts := len(plan.models) - len(models):
        yield Text(_parts(parts), "dim")
    if plan.models:
        yield Text()


def _parts(count: int) -> str:
    verb, them, own = ("is", "it", "its") if count == 1 else ("are", "them", "their")
    return f"{plural(count, 'part')} {verb} not listed; check {them} on {own} own with `fullgraph check --parts`."


def _state(model: FoundModel, targets: Sequence[Target], base: Path) -> str:
    """How it is checked, or what it needs."""
    if targets:
        more = f" and {len(targets) - 1} more" if len(targets) > 1 else ""
        return f"{_how(targets[0], base)}{more}"
    if model.needs:
        return f"not checked: needs {', '.join(f'`{name}`' for name in model.needs)}"
    return "not checked: nothing shows how it is built and called"


def _how(target: Target, base: Path) -> str:
    """`called in train.py:12`, `built in build.py:3, inferred inputs`, `comment`."""
    how, built = HOW_FOUND[target.origin], _built_in(target, base)
    if target.origin in CALLS:
        return f"{how} in {_at(target.place, base)}"
    made_up = "made-up constructor arguments" if target.made_up else ""
    return ", ".join(filter(None, (f"built in {built}" if built else "", made_up, how)))


def _at(place: Place, base: Path) -> str:
    return f"{_shown(place.file, base)}:{place.range.start.line + 1}"


def _built_in(target: Target, base: Path) -> str:
    """`build_sam.py:42`, where that is not the file of its class."""
    place = target.model.place
    elsewhere = target.origin == "inferred" and place.file != target.place.file
    return _at(place, base) if elsewhere else ""


def _of(target: Target, base: Path) -> Iterator[Text]:
    where = "" if target.origin in CALLS else f"  {_at(target.place, base)}"
    yield Text.assemble(
        (visible(target.name), "bold"), f"  {visible(_how(target, base))}", (visible(where), "dim")
    )
    if target.run_as:
        yield Text(f"    {visible(run_as(target.run_as, base))}", "dim")
    for name in _PARTS:
        part = getattr(target, name)
        if part is not None:
            text = _with_made_up(part.text, target.made_up) if name == "model" else part.text
            yield Text(f"    {name:<14}  {visible(' '.join(text.split()))}")
        elif name == "args" and target.kwargs is None:
            yield Text(f"    {name:<14}  inferred when checked", "dim")
    if target.context:
        yield Text(f"    {'under':<14}  {visible(in_words(target.context))}")


def _with_made_up(text: str, made_up: Sequence[MadeUp]) -> str:
    """`Net(n=<made up>)` of `Net(n=n)`, where nothing tells what `n` is."""
    tree = parse_expression(text)
    if isinstance(tree, SyntaxProblem) or not made_up or "\n" in text:
        return text
    names = {each.name for each in made_up}
    read = (each for each in ast.walk(tree) if isinstance(each, ast.Name) and each.id in names)
    for each in sorted(read, key=lambda node: node.col_offset, reverse=True):
        line = text.encode()
        text = (line[: each.col_offset] + b"<made up>" + line[each.end_col_offset :]).decode()
    return text


def _shown(file: str, base: Path) -> str:
    return str(relative(file, base))
