"""Twelve layers, dynamic batch and sequence, one `if` on data: Fullgraph against what torch has."""

from __future__ import annotations

from functools import partial

from fullgraph.workers import Worker

from .measuring import Row, Sample, Table, clocked, in_turn, ratio, request, stock, traced, warm_worker

FAILS, EXPORTS = "Transformer(12, fails=True)", "Transformer(12, fails=False)"
MODULE = "transformer"

DRAFT = "a. stock `draft_export`, fails"
STOCK = "b. plain `export`, exports"
STOCK_AGAIN = "b'. the same again in one process"
FAILING = "c. `fullgraph`, fails"
EXPORTING = "d. `fullgraph`, exports"


def run(rounds: int = 2) -> Table:
    with warm_worker() as worker:
        cheap = in_turn(_cheap(worker), 2 * rounds + 1)
        dear = in_turn({DRAFT: _draft, FAILING: partial(_check, worker, FAILS, False)}, rounds)
    again = Row(STOCK_AGAIN, tuple(stock("export", MODULE, EXPORTS, 2 * rounds + 2)[1:]))
    rows = {row.what: row for row in (*cheap, again)}
    draft, beside = dear
    return Table(
        "layers: a transformer of 12 layers",
        (draft, rows[STOCK], again, rows[FAILING], rows[EXPORTING]),
        (
            ratio("a/c, in turn", draft, beside),
            ratio("c/b", rows[FAILING], rows[STOCK]),
            ratio("d/b", rows[EXPORTING], rows[STOCK]),
            ratio("d/b'", rows[EXPORTING], again),
        ),
    )


def _cheap(worker: Worker) -> dict[str, partial[Sample]]:
    return {
        STOCK: partial(_export),
        FAILING: partial(_check, worker, FAILS, False),
        EXPORTING: partial(_check, worker, EXPORTS, True),
    }


def _draft() -> Sample:
    return stock("draft", MODULE, FAILS)[0]


def _export() -> Sample:
    return stock("export", MODULE, EXPORTS)[0]


def _check(worker: Worker, model: str, exports: bool) -> Sample:
    return clocked(lambda: traced(worker, request(MODULE, model), exports))
