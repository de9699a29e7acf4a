"""What the benchmarks share: the parties that are measured, and the table they are shown in.

The rule: a number is of one request, end to end, by the clock of whoever waits for it, with the processor
time that all its processes took beside it. Parties take turns (A B A B …), so that what else the machine
does falls on all of them; on a busy machine the processor time is what can be compared.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from fullgraph.check.start import cause
from fullgraph.model import (
    Expression,
    Facts,
    Limits,
    Place,
    Position,
    Range,
    StartFailure,
    Target,
    TraceRequest,
)
from fullgraph.workers import Interpreter, Worker, start

HERE = Path(__file__).parent
MODELS = HERE / "models"
ROOT = HERE.parents[1]
LONGEST = 1800.0
"""Seconds for one measurement of anything."""


@dataclass(frozen=True)
class Sample:
    """One measurement; `cpu` is the processor time in seconds, where it is time that is measured."""

    value: float
    cpu: float | None = None


@dataclass(frozen=True)
class Row:
    what: str
    samples: tuple[Sample, ...]
    unit: str = "s"

    @property
    def median(self) -> float:
        return statistics.median(sample.value for sample in self.samples)

    @property
    def cpu(self) -> float | None:
        times = [sample.cpu for sample in self.samples if sample.cpu is not None]
        return statistics.median(times) if times else None


Measure = Callable[[], Sample]


@dataclass(frozen=True)
class Table:
    """`notes` are what follows from the rows: ratios."""

    title: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Markdown, so that it can be kept."""
        lines = [f"### {self.title}", "", "| | median | processor | all |", "|---|---|---|---|"]
        lines += map(_line, self.rows)
        return "\n".join([*lines, "", *(f"- {note}" for note in self.notes)])


def _line(row: Row) -> str:
    cpu = "" if row.cpu is None else f"{_number(row.cpu)} s"
    values = " ".join(_number(sample.value) for sample in row.samples)
    return f"| {row.what} | {_number(row.median)} {row.unit} | {cpu} | {values} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def ratio(what: str, one: Row, other: Row) -> str:
    times = f", of processor time {one.cpu / other.cpu:.2f}" if one.cpu and other.cpu else ""
    return f"{what}: {one.median / other.median:.2f}{times}"


def in_turn(parties: Mapping[str, Measure], rounds: int, unit: str = "s") -> tuple[Row, ...]:
    """Each party measured `rounds` times, one after the other."""
    samples: dict[str, list[Sample]] = {what: [] for what in parties}
    for _ in range(rounds):
        for what, measure in parties.items():
            samples[what].append(measure())
            print(f"{what}: {_number(samples[what][-1].value)} {unit}", file=sys.stderr, flush=True)
    return tuple(Row(what, tuple(found), unit) for what, found in samples.items())


def clocked(do: Callable[[], object]) -> Sample:
    """How long it took, and what it cost this process, its children, and those that they waited for."""
    before, begun = _spent(), time.perf_counter()
    do()
    return Sample(time.perf_counter() - begun, _spent() - before)


def _spent() -> float:
    own = os.times()
    spent = own.user + own.system + own.children_user + own.children_system
    return spent + sum(_ticks(stat) for stat in _stats() if stat[1] == str(os.getpid()))


def _stats() -> Iterator[list[str]]:
    """What Linux says of each process, from its state on; nothing elsewhere."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            yield file.read_text().rpartition(")")[2].split()


def _ticks(stat: list[str]) -> float:
    """Seconds of processor time of a process, and of the children that it waited for."""
    return sum(map(int, stat[11:15])) / os.sysconf("SC_CLK_TCK")


def stock(what: str, module: str, model: str, times: int = 1) -> list[Sample]:
    """What torch alone takes in a warm process of its own, for the first time and again."""
    command = stock_command(what, module, model, times)
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=True)
    return [Sample(*map(float, line.split())) for line in done.stdout.splitlines()]


def stock_command(what: str, module: str, model: str, times: int = 1) -> list[str]:
    return [sys.executable, str(HERE / "stock.py"), what, module, model, str(times)]


@contextmanager
def warm_worker() -> Iterator[Worker]:
    """A worker as the checker has it, in this very Python."""
    worker = start(Interpreter(sys.executable), str(MODELS))
    if isinstance(worker, StartFailure):
        raise SystemExit(cause(worker))
    with worker:
        yield worker


def request(module: str, model: str, text: str | None = None) -> TraceRequest:
    """A trace of one of the models here; `text` stands for its file where it is given."""
    file = str(MODELS / f"{module}.py")
    place = Place(file, Range(Position(0, 0), Position(0, 0)))
    target = Target(
        name=f"{module}:{model}",
        module=module,
        file=file,
        origin="comment",
        place=place,
        model=Expression(model, place),
        args=Expression("ARGS", place),
        dynamic_shapes=Expression("DYNAMIC_SHAPES", place),
    )
    overlays = {} if text is None else {file: text}
    return TraceRequest(target, str(MODELS), (str(MODELS),), overlays, Limits(seconds=LONGEST))


def traced(worker: Worker, asked: TraceRequest, exports: bool) -> Facts:
    """The facts of a trace that went as it must; a quick answer that is wrong is not measured."""
    facts = worker.trace(asked)
    if facts.exported is not exports:
        raise SystemExit(f"{asked.target.name}: exported is {facts.exported}: {facts.failures}")
    return facts
