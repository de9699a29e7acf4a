"""The truth: `torch.export.export` on the untouched source, watched and not changed."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...model import Facts, Failure
from ..eager.eager_trace import EagerTrace
from ..facts import conditions, describing, dim_specs
from ..facts.shape_env_log import ShapeEnvLog
from ..isolation.steps_aside import Isolation
from ..load.build import Built
from ..locations.source_locations import UserCode
from ..program.caches import Snapshot, judged
from ..steps import Telling
from ..torch_compat.dynamic_shapes import spec_names
from ..torch_compat.hooks import quiet
from .kernels import profiled
from .recovery import Recovery
from .state import State, training_left_on


def export(built: Built) -> torch.export.ExportedProgram:
    options = {"dynamic_shapes": built.dynamic_shapes, "strict": built.strict, **built.options}
    return torch.export.export(built.model, built.args, built.kwargs, **options)


def log_of(built: Built, user_code: UserCode) -> ShapeEnvLog:
    """What will note the trace of a target."""
    leaves = dim_specs.input_names(built) if built.strict else ()
    return ShapeEnvLog(user_code, given=spec_names(built.dynamic_shapes), leaves=leaves)


def run(
    built: Built,
    user_code: UserCode,
    eager: Callable[[], EagerTrace],
    isolation: Isolation,
    told: Telling = lambda *_: None,
    heard: Callable[[tuple[Failure, ...]], None] = lambda _: None,
) -> Facts:
    """What torch says of the target, with everything that can be told of why; `exported` is set.

    `eager` is called at the first failure at the earliest, `told` where there is a program; `heard` hears
    of the failures so far whenever there is one more.
    """
    log = log_of(built, user_code)
    state, before = State(built.model, user_code), Snapshot.of(built.model)
    recovery = Recovery(built, log, eager, isolation, heard)
    program = None
    with log.watching(), state.watching(built.strict), recovery.installed(), quiet():
        try:
            program = export(built)
        except BaseException as error:  # noqa: BLE001 (the border: whatever user code raises is a fact)
            recovery.ended_by(error)
    recovery.forks.end_fork(recovery.failures)
    stopped = [profiled(failure, eager) for failure in recovery.failures]
    mismatched = recovery.kernels.mismatches(eager)
    changes = tuple(state.changes())
    if program is not None and not stopped:
        changes = judged(changes, before, program, built, user_code, isolation)
    unsound: tuple[Failure, ...] = (*mismatched, *changes, *training_left_on(built.model))
    carried, pinned = conditions.of(log, built)
    if stopped or program is None:
        stopped += dim_specs.static_from_the_start(log, built, stopped)
        return Facts(
            exported=False,
            failures=tuple(dict.fromkeys([*stopped, *unsound])),
            sides=recovery.forks.others(),
            inputs=describing.inputs(log),
            dims=tuple(dim_specs.fates(log, built)),
            conditions=carried,
            steps=("export",),
        )
    silent: tuple[Failure, ...] = (*dim_specs.silently_static(log, built), *pinned)
    return Facts(
        exported=True,
        failures=(*unsound, *dict.fromkeys(recovery.caught), *silent),
        inputs=describing.inputs(log),
        outputs=describing.outputs(program, log),
        symbols=describing.symbols(program, log),
        dims=tuple(dim_specs.fates(log, built)),
        conditions=carried,
        steps=("export",),
        program=told(program, log),
    )
