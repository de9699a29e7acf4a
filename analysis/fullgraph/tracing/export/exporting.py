"""The truth: `torch.export.export` on the untouched source, watched and not changed."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...model import Facts, Failure
from ..eager.eager_trace import EagerTrace
from ..facts import describing, dim_specs
from ..facts.shape_env_log import ShapeEnvLog
from ..isolation.steps_aside import Isolation
from ..load.build import Built
from ..locations.source_locations import UserCode
from ..program.describe import Telling
from ..torch_compat import compat
from .kernels import profiled
from .recovery import Recovery
from .state import State, training_left_on


def export(built: Built) -> torch.export.ExportedProgram:
    return torch.export.export(
        built.model, built.args, built.kwargs, dynamic_shapes=built.dynamic_shapes, strict=built.strict
    )


def watch_of(built: Built, user_code: UserCode) -> ShapeEnvLog:
    """What will note the trace of a target."""
    leaves = dim_specs.input_names(built) if built.strict else ()
    return ShapeEnvLog(user_code, given=compat.spec_names(built.dynamic_shapes), leaves=leaves)


def run(
    built: Built,
    user_code: UserCode,
    rehearsed: Callable[[], EagerTrace],
    isolation: Isolation,
    told: Telling = lambda *_: None,
) -> Facts:
    """What torch says of the target, with everything that can be told of why; `exported` is set.

    `rehearsed` is called at the first failure at the earliest, `told` where there is a program.
    """
    watch = watch_of(built, user_code)
    state = State(built.model, user_code)
    going_on = Recovery(built, watch, rehearsed, isolation)
    program = None
    with watch.watching(), state.watching(built.strict), going_on.going_on(), compat.quiet():
        try:
            program = export(built)
        except BaseException as error:  # noqa: BLE001 (the border: whatever user code raises is a fact)
            going_on.ended_by(error)
    going_on.sides.end_fork(going_on.failures)
    stopped = [profiled(failure, rehearsed) for failure in going_on.failures]
    mismatched = going_on.kernels.mismatches(rehearsed)
    unsound: tuple[Failure, ...] = (*mismatched, *state.changes(), *training_left_on(built.model))
    if stopped or program is None:
        stopped += dim_specs.static_from_the_start(watch, built, stopped)
        return Facts(
            exported=False,
            failures=tuple(dict.fromkeys([*stopped, *unsound])),
            sides=going_on.sides.others(),
            inputs=describing.inputs(watch),
            dims=tuple(dim_specs.fates(watch, built)),
            steps=("export",),
        )
    return Facts(
        exported=True,
        failures=(*unsound, *dict.fromkeys(going_on.caught), *dim_specs.silently_static(watch, built)),
        inputs=describing.inputs(watch),
        outputs=describing.outputs(program, watch),
        symbols=describing.symbols(program, watch),
        dims=tuple(dim_specs.fates(watch, built)),
        steps=("export",),
        program=told(program, watch),
    )
