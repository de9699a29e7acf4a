"""`fullgraph graph`: what one target became, as text for people or as JSON for programs.

Exit status: 0 where there is a program to show, 1 where the target does not export or its program
cannot be taken to the level asked for, 2 where it could not be tried.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ...check.plan import CannotRun
from ...model import Checked, DescribeProgram, DimFate, Graph, NoProgram, Place, Program, Report, Tensor
from ..formats import program_text, text
from ..formats.json_format import VERSION, document, well_formed_json
from ..formats.view import View, relative
from ..screen import terminal
from . import one_target, refusal

Json = dict[str, Any]

SHOWN, NO_PROGRAM, COULD_NOT_RUN = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `graph`."""
    one_target.add_arguments(parser)
    group = parser.add_argument_group("output")
    group.add_argument(
        "--ir",
        choices=("training", "inference", "core"),
        default="training",
        help="the training IR, the functional inference IR, or Core ATen (default: training)",
    )
    group.add_argument("--format", choices=("text", "json"), default="text", help="(default: text)")
    one_target.add_color(parser)


def run(arguments: argparse.Namespace) -> int:
    """Traces the target, writes what it became, and returns the exit status."""
    try:
        report = one_target.traced(arguments, DescribeProgram(arguments.ir))
    except CannotRun as reason:
        terminal.complain(refusal.words(reason), arguments.color)
        return COULD_NOT_RUN
    view = one_target.view_of(arguments)
    render = _as_json if arguments.format == "json" else _as_text
    terminal.write(render(report, view), sys.stdout)
    return SHOWN if isinstance(report.targets[0].facts.program, Program) else NO_PROGRAM


def _as_text(report: Report, view: View) -> str:
    program = report.targets[0].facts.program
    if isinstance(program, Program):
        return program_text.render(report, program, view)
    if isinstance(program, NoProgram):
        return text.render(report, view) + "\n" + program_text.failure(program, view)
    return text.render(report, view)


# -- JSON, described in docs/commands/graph.md ----------------------------------------------------------------


def _as_json(report: Report, view: View) -> str:
    checked = report.targets[0]
    program = checked.facts.program
    whole = document(report, view)
    return (
        well_formed_json(
            {
                "version": VERSION,
                "target": whole["targets"][0],
                "findings": whole["findings"],
                "program": _program(program, checked, view) if isinstance(program, Program) else None,
                "problem": _problem(program, view) if isinstance(program, NoProgram) else None,
            }
        )
        + "\n"
    )


def _program(program: Program, checked: Checked, view: View) -> Json:
    carried = {"parameter": "parameters", "buffer": "buffers", "constant": "constants"}
    return {
        "ir": program.level,
        "inputs": [_tensor(tensor) for tensor in checked.facts.inputs],
        "outputs": [_tensor(tensor) for tensor in program.outputs],
        **{
            plural: [
                {**_tensor(each.tensor), "persistent": each.persistent}
                for each in program.carried
                if each.kind == kind
            ]
            for kind, plural in carried.items()
        },
        "mutated": list(program.written),
        "dimensions": [_dimension(fate) for fate in checked.facts.dims],
        "symbols": {s.name: {"source": s.source, "range": [s.lower, s.upper]} for s in program.symbols},
        "graphs": [_graph(graph, view) for graph in program.graphs],
        "operators": [
            {"name": o.name, "kind": o.kind, "count": o.count, "lines": [_line(p, view) for p in o.places]}
            for o in program.operators
        ],
    }


def _tensor(tensor: Tensor) -> Json:
    return {"name": tensor.name, "dtype": tensor.dtype, "shape": list(tensor.shape)}


def _dimension(fate: DimFate) -> Json:
    return {
        "source": fate.source,
        "requested": fate.asked,
        "outcome": fate.outcome,
        "size": fate.text,
        "range": [fate.lower, fate.upper],
    }


def _graph(graph: Graph, view: View) -> Json:
    groups = [
        {
            **(_line(group.place, view) if group.place else {"file": None, "line": None}),
            "module": group.module,
            "nodes": [
                {"name": n.name, "operator": n.operator, "arguments": n.arguments, "value": n.value}
                for n in group.nodes
            ],
        }
        for group in graph.groups
    ]
    return {"name": graph.name, "inputs": list(graph.inputs), "groups": groups, "result": graph.result}


def _line(place: Place, view: View) -> Json:
    return {"file": relative(place.file, view.base).as_posix(), "line": place.range.start.line}


def _problem(problem: NoProgram, view: View) -> Json:
    where = _line(problem.frame.place, view) if problem.frame else {"file": None, "line": None}
    return {"during": problem.during, "message": problem.words, **where}
