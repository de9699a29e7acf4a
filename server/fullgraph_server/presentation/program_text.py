"""A program as a text file, for clients that have no other view of graphs."""

from __future__ import annotations

import re
from pathlib import Path

from fullgraph.check.plan import CannotRun
from fullgraph.model import Program, Report
from fullgraph.rules import RULES
from platformdirs import user_cache_path

from ..session.results import Traced


def written(traced: Traced) -> str:
    """Writes the program of the first target as the command line shows it; returns the file.

    Raises:
        CannotRun: there is no program to show.
    """
    from fullgraph.cli.formats import program_text  # what it needs for the terminal takes long to import
    from fullgraph.cli.formats.view import View

    checked = traced.checked[0]
    program = checked.facts.program
    if not isinstance(program, Program):
        raise CannotRun(f"{checked.target.name} does not export")
    report = Report((checked,))
    view = View(base=Path(traced.file).parent, rules=tuple(RULES))
    name = re.sub(r"\W+", "_", checked.target.name).strip("_")
    path = user_cache_path("fullgraph", appauthor=False) / "graphs" / f"{name}.{program.level}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(program_text.render(report, program, view), encoding="utf-8")
    return str(path)
