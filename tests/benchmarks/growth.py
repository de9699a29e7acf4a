"""What a check costs as the model grows, beside plain export of the same model."""

from __future__ import annotations

from functools import partial

from fullgraph.model import wire
from fullgraph.workers import Worker

from .measuring import Row, Sample, Table, clocked, in_turn, ratio, request, stock, traced, warm_worker

DEPTHS = (12, 24, 48)


def run(rounds: int = 3) -> Table:
    rows: list[Row] = []
    notes: list[str] = []
    with warm_worker() as worker:
        for layers in DEPTHS:
            exports, fails = (f"Transformer({layers}, fails={fails})" for fails in (False, True))
            parties = {
                f"{layers} layers, plain `export`": partial(_export, exports),
                f"{layers} layers, `fullgraph`, fails": partial(_check, worker, fails, False),
                f"{layers} layers, `fullgraph`, exports": partial(_check, worker, exports, True),
            }
            measured = in_turn(parties, rounds)
            rows += measured
            size = len(wire.dumps(traced(worker, request("transformer", exports), True)))
            plain, failing, exporting = measured
            notes += (
                ratio(f"{layers} layers, fails/plain", failing, plain),
                ratio(f"{layers} layers, exports/plain", exporting, plain),
                f"{layers} layers: the facts take {size:,} bytes of JSON",
            )
    return Table("growth: 12, 24 and 48 layers", tuple(rows), tuple(notes))


def _export(model: str) -> Sample:
    return stock("export", "transformer", model)[0]


def _check(worker: Worker, model: str, exports: bool) -> Sample:
    return clocked(lambda: traced(worker, request("transformer", model), exports))
