"""One trace from beginning to end: load, then export, with a rehearsal of the forward pass beside it.

Only `export` decides. The rehearsal runs in a process of its own, so that it changes nothing of the
model that is exported; it is done long before.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import torch

from ..model import Facts, ObserveModel, ProveRewrite, Step, TraceRequest
from . import breaks, building, compat, exporting, guessing, libraries, program, proving, rehearsal, values
from .explaining import raised, wrong_target
from .isolate import Died, InPlace, Isolation, Running
from .places import Territory

Emit = Callable[[Facts], None]

_SLOW = 0.5
"""Seconds of loading from which on it is worth a process that has the libraries already."""


def warm() -> None:
    """Pays once for what the first export of a process pays: imports, tables, caches."""
    compat.hide_our_frames()
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    built = building.Built(model, (torch.zeros(2, 2),), {}, {"input": {0: torch.export.Dim("batch")}}, False)
    with compat.quiet():
        exporting.export(built)


def trace(request: TraceRequest, emit: Emit, isolation: Isolation) -> None:
    """Traces one target and emits what each step observed, as soon as it has."""
    started = time.monotonic()
    territory = Territory(request)

    def tell(facts: Facts) -> None:
        emit(replace(facts, seconds=time.monotonic() - started))

    try:
        with compat.quiet():
            built = building.build(request, territory)
    except building.WrongTargetError as error:
        tell(wrong_target(error))
        return
    except BaseException as error:  # noqa: BLE001 (the border: whatever user code raises is a fact)
        tell(Facts(failures=(raised(error, "load", territory),), steps=("load",)))
        return
    made = Facts()
    if guessing.is_asked_for(built, request.target.origin):
        built, made = guessing.with_inputs(built, request.root, isolation)
    found = replace(made, loaded=building.loaded_files(territory), steps=("load",))
    slow = time.monotonic() - started > _SLOW
    tell(replace(found, libraries=libraries.imported(territory)) if slow else found)
    if made.failures:
        return
    _steps(request, built, territory, tell, isolation)


def _steps(
    request: TraceRequest, built: building.Built, territory: Territory, tell: Emit, isolation: Isolation
) -> None:
    if isinstance(request.program, ObserveModel):
        tell(Facts(program=proving.observe(request.program, built, territory), steps=("eager",)))
        return
    # Where steps share this process, each must have a model of its own, and a rehearsal in the midst of
    # the trace would be traced.
    shared = isinstance(isolation, InPlace)
    own, observed = (built.copied(), built.copied()) if shared else (built, built)
    aside = isolation.start("eager", lambda: rehearsal.rehearse(own, territory))
    if shared:
        aside.wait()

    def rehearsed() -> rehearsal.Recording:
        outcome = aside.wait()
        return rehearsal.Recording(failure=outcome.failure) if isinstance(outcome, Died) else outcome

    told = program.telling(request.program, built, territory, isolation)
    facts = exporting.run(built, territory, rehearsed, isolation, told)
    tell(facts)
    if isinstance(request.program, ProveRewrite) and facts.program is None:
        tell(Facts(program=proving.prove(request.program.path, None, built, territory)))
    recording = rehearsed()
    failed = (recording.failure,) if recording.failure and not facts.exported else ()
    tell(Facts(failures=(*failed, *recording.effects), steps=("eager",)))
    if request.values:
        alone = InPlace(lambda _: None)  # the sides of branches have been looked at
        tell(
            _result(
                "values",
                isolation.start("values", lambda: values.run(observed, territory, lambda: recording, alone)),
            )
        )
    if built.strict or request.breaks:
        tell(_result("breaks", isolation.start("breaks", lambda: breaks.run(built, territory))))


def _result(step: Step, running: Running[Facts]) -> Facts:
    found = running.wait()
    return Facts(failures=(found.failure,), steps=(step,)) if isinstance(found, Died) else found
