"""`fullgraph export`: one target as a `.pt2` file that was verified before it was put in its place.

The rule: whatever happens, the file that was there before is whole, and a new one only takes its place
once it was loaded again and gave what the eager model gives.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

from ...check.plan import CannotRun
from ...model import Comparison, NoProgram, Report, Saved, SaveProgram
from ..formats import program_text, text
from ..formats.conditions import requires
from ..formats.view import View
from ..screen import terminal
from ..screen.visible import visible
from . import one_target, refusal

WRITTEN, NOT_GOOD, COULD_NOT_RUN = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `export`."""
    one_target.add_arguments(parser)
    group = parser.add_argument_group("output")
    group.add_argument(
        "--output",
        "-o",
        metavar="FILE",
        required=True,
        help="the .pt2 file to write; an existing file is replaced only if the new one is verified",
    )
    one_target.add_color(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exports, verifies, puts the file in place, says what was compared; returns the exit status."""
    output = Path(arguments.output).absolute()
    # Beside the file, so that putting it in place is one step; torch wants the suffix.
    aside = output.with_name(f".{output.stem}.{secrets.token_hex(4)}.pt2")
    try:
        _must_be_writable(output)
        report = one_target.traced(arguments, SaveProgram(str(aside)))
        saved = report.targets[0].facts.program
        good = isinstance(saved, Saved) and not any(each.differences for each in saved.comparisons)
        if good:
            _put(aside, output)
    except CannotRun as reason:
        terminal.complain(refusal.words(reason), arguments.color)
        return COULD_NOT_RUN
    finally:
        aside.unlink(missing_ok=True)
    view = one_target.view_of(arguments, quiet=isinstance(saved, Saved))
    terminal.write(_said(report, arguments.output, view), sys.stdout)
    return WRITTEN if good else NOT_GOOD


def _must_be_writable(output: Path) -> None:
    """Raises CannotRun where a file cannot be put there: better said before the trace than after."""
    if output.is_dir():
        raise CannotRun(f"{output} is a folder")
    if not output.parent.is_dir():
        raise CannotRun(f"no such folder: {output.parent}")
    if not os.access(output.parent, os.W_OK):
        raise CannotRun(f"cannot write to the folder {output.parent}")


def _put(aside: Path, output: Path) -> None:
    try:
        aside.replace(output)
    except OSError as error:
        raise CannotRun(f"cannot write {output}: {error.strerror}") from error


def _said(report: Report, output: str, view: View) -> str:
    """The findings, which a program that is equal can have too, then what became of the file."""
    program = report.targets[0].facts.program
    found = text.render(report, view)
    if isinstance(program, NoProgram):
        return f"{found}\n{program_text.failure(program, view)}{_left(output, view)}"
    if isinstance(program, Saved):
        lines = (visible(line, view.encoding) for line in _saved(program, report, output))
        return found + "".join(f"{line}\n" for line in lines)
    return found + _left(output, view)


def _saved(saved: Saved, report: Report, output: str) -> Iterator[str]:
    name = report.targets[0].target.name
    if any(each.differences for each in saved.comparisons):
        yield f"{name} exports, but the outputs of the saved program differ from the eager model's"
    else:
        yield f"{name} exported to {output} ({_size(saved.size)}), reloaded, and compared with the eager model"
    for comparison in saved.comparisons:
        yield from _comparison(comparison)
    if saved.no_other_sizes:
        first, *more = saved.no_other_sizes.splitlines()
        yield f"  compared on the example inputs only: {first}"
        yield from (f"    {line}" for line in more)
    for sizes in saved.refused:
        yield f"  with {sizes}: the program rejects these sizes, and the eager model takes them"
    if said := requires(report.targets[0], everything=True):
        yield f"  the program {said}"
    if any(each.differences for each in saved.comparisons):
        yield f"{output} was not written"


def _comparison(comparison: Comparison) -> Iterator[str]:
    inputs = ", ".join(f"{t.name} {t.dtype}[{', '.join(map(str, t.shape))}]" for t in comparison.inputs)
    where = f"with {inputs}" if inputs else "without inputs"
    if comparison.differences:
        yield f"  {where}: different"
        yield from (f"    {difference}" for difference in comparison.differences)
    else:
        results = "1 result" if comparison.compared == 1 else f"{comparison.compared} results"
        yield f"  {where}: {results} equal"


def _left(output: str, view: View) -> str:
    return visible(f"{output} was not written", view.encoding) + "\n"


def _size(size: int) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}" if unit != "bytes" else f"{size} bytes"
        size = round(size / 1000)
    return f"{size} GB"
