"""An exported program for people: signature, dimensions, the graph beside the source, operators.

A pure function of the report. Lines are plain text until the very end: rich takes 0.2 ms for each, and
a graph can have 5,000, so that only headings and source lines are ever styled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...model import Checked, DimFate, Graph, NodeGroup, NoProgram, Operator, Place, Program, Report, Symbol
from ..screen.visible import visible
from .view import View, relative

_LEVELS = {
    "training": "as exported (training IR)",
    "inference": "functional (inference IR)",
    "core": "decomposed to Core ATen",
}
_FAILED = {
    "decompose": "torch cannot decompose the exported program",
    "describe": "internal error while describing the exported program, please report it",
    "save": "torch.export.save cannot write the exported program",
    "load": "torch.export.load cannot read the saved program",
    "run": "the saved program does not run on the example inputs",
    "eager": "the eager model does not run, so there is nothing to compare with",
}
_FOREIGN = ("torch", "custom", "higher-order")
_MOST_LINES = 3
_BOLD, _DIM, _BLUE, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[1;94m", "\x1b[0m"


def render(report: Report, program: Program, view: View) -> str:
    """The whole page, with a line end at its end."""
    checked = report.targets[0]
    page = _Page(program, view)
    lines = [
        page.styled(_BOLD, f"{checked.target.name}, {_LEVELS[program.level]}, torch {checked.runtime.torch}"),
        *page.section(
            "Inputs", page.table([(t.name, _typed(t.dtype, t.shape)) for t in checked.facts.inputs])
        ),
        *page.section("Outputs", page.table([(t.name, _typed(t.dtype, t.shape)) for t in program.outputs])),
        *page.carried(),
        *page.section("Mutated", [page.plain(name) for name in program.written]),
        *page.section("Dimensions", page.dimensions(checked)),
        *page.section("Conditions", page.conditions(checked)),
        *(line for graph in program.graphs for line in page.graph(graph)),
        *page.section("Operators", page.operators()),
        *page.section("Not Core ATen", list(page.foreign())),
    ]
    return "\n".join(lines) + "\n"


def failure(problem: NoProgram, view: View) -> str:
    """What went wrong after the export, and at which line of the user's."""
    lines = [f"{_FAILED[problem.during]}:", *(f"  {line}" for line in problem.words.splitlines())]
    if problem.frame:
        lines.append(f"  at {_Page(None, view).located(problem.frame.place)}")
    return "\n".join(visible(line, view.encoding) for line in lines) + "\n"


@dataclass(frozen=True)
class _Page:
    program: Program | None
    view: View

    # -- pieces ------------------------------------------------------------------------------------

    def plain(self, line: str) -> str:
        return visible(line, self.view.encoding)

    def styled(self, style: str, line: str) -> str:
        line = self.plain(line)
        return f"{style}{line}{_RESET}" if self.view.color and line else line

    def sign(self, sign: str, words: str) -> str:
        return sign if self.plain(sign) == sign else words

    def section(self, title: str, lines: Sequence[str]) -> list[str]:
        """Nothing where there is nothing to show."""
        indented = (f"  {line}" if line else "" for line in lines)
        return ["", self.styled(_BOLD, title), *indented] if lines else []

    def table(self, rows: Sequence[tuple[str, ...]]) -> list[str]:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        padded = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows)
        return [self.plain(row.rstrip()) for row in padded]

    def located(self, place: Place) -> str:
        """`models.py:12: h = self.body(x)`."""
        number = place.range.start.line
        lines = self.view.sources.lines(place.file)
        source = lines[number].strip() if number < len(lines) else ""
        return self.plain(f"{relative(place.file, self.view.base)}:{number + 1}: {source}".rstrip(": "))

    # -- sections ----------------------------------------------------------------------------------

    def carried(self) -> Iterator[str]:
        assert self.program is not None
        kinds = (("Parameters", "parameter"), ("Buffers", "buffer"), ("Constants", "constant"))
        for title, kind in kinds:
            rows = [
                (
                    each.tensor.name,
                    _typed(each.tensor.dtype, each.tensor.shape),
                    "" if each.persistent else "not persistent",
                )
                for each in self.program.carried
                if each.kind == kind
            ]
            yield from self.section(f"{title} ({len(rows)})", self.table(rows))

    def dimensions(self, checked: Checked) -> list[str]:
        """Each `Dim` once with its range, then what the other dimensions became."""
        assert self.program is not None
        free = {symbol.name: self._ranged(symbol) for symbol in self.program.symbols}
        others = [self._fate(fate) for fate in checked.facts.dims if fate.text not in free]
        return [self.plain(line) for line in (*free.values(), *dict.fromkeys(others))]

    def conditions(self, checked: Checked) -> list[str]:
        """What the program checks of its inputs' sizes when it is called, with the line that asked for it."""
        return [
            f"{self.plain(each.text)}  {self.located(each.frame.place) if each.frame else ''}".rstrip()
            for each in checked.conditions
        ]

    def _ranged(self, symbol: Symbol) -> str:
        said = self._range(symbol.name, symbol.lower, symbol.upper)
        if symbol.made_at is None:
            return said
        file = relative(symbol.made_at.file, self.view.base)
        return f"{said}, from {symbol.made_by} ({file}:{symbol.made_at.range.start.line + 1})"

    def _range(self, name: str, lower: int | None, upper: int | None) -> str:
        if lower is not None and upper is not None:
            return f"{name} {self.sign('∈', 'in')} [{lower}, {upper}]"
        if lower is not None:
            return f"{name} {self.sign('≥', '>=')} {lower}"
        return f"{name} {self.sign('≤', '<=')} {upper}" if upper is not None else f"{name}: any number"

    def _fate(self, fate: DimFate) -> str:
        said = f"{fate.source} = {fate.text}"
        return said if fate.asked == fate.text else f"{said} (requested: {fate.asked})"

    def graph(self, graph: Graph) -> list[str]:
        count = sum(len(group.nodes) for group in graph.groups)
        title = f"Graph {graph.name}" if graph.name else "Graph"
        lines = [f"({', '.join(graph.inputs)})"] if graph.name else []
        body = [line for group in graph.groups for line in self._group(group)]
        lines = [*map(self.plain, lines), *body, self.plain(f"return {graph.result}")]
        return self.section(f"{title} ({count} nodes)", lines)

    def _group(self, group: NodeGroup) -> Iterator[str]:
        where = self.located(group.place) if group.place else "not from your code"
        module = f"  [{group.module}]" if group.module != "self" else ""
        yield self.styled(_BLUE, f"{where}{module}")
        for node in group.nodes:
            value = f": {node.value}" if node.value else ""
            yield self.plain(f"    {node.name}{value} = {node.operator}({node.arguments})")
        yield ""

    def operators(self) -> list[str]:
        assert self.program is not None
        rows = [(str(o.count), o.name, "" if o.kind == "core" else o.kind) for o in self.program.operators]
        width = max((len(count) for count, _, _ in rows), default=0)
        return self.table([(count.rjust(width), name, kind) for count, name, kind in rows])

    def foreign(self) -> Iterator[str]:
        """The operators that a backend for Core ATen does not know, with the lines they came from."""
        assert self.program is not None
        for operator in self.program.operators:
            if operator.kind in _FOREIGN:
                yield self.plain(_said(operator))
                yield from (f"    {self.located(place)}" for place in operator.places[:_MOST_LINES])
                if len(operator.places) > _MOST_LINES:
                    yield f"    and {len(operator.places) - _MOST_LINES} more lines"


def _said(operator: Operator) -> str:
    notes = {"custom": "custom operator, ", "higher-order": "higher-order operator, "}.get(operator.kind, "")
    return f"{operator.name} ({notes}{operator.count} {'call' if operator.count == 1 else 'calls'})"


def _typed(dtype: str, shape: tuple[int | str, ...]) -> str:
    return f"{dtype}[{', '.join(map(str, shape))}]" if shape or not _is_scalar(dtype) else dtype


def _is_scalar(dtype: str) -> bool:
    return dtype in ("int", "float", "bool", "str", "complex", "NoneType")
