"""The truth: `torch.export.export` on the untouched source, watched and not changed."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ..model import Facts, Failure
from . import compat, describing, dims
from .building import Built
from .continuing import Continuation
from .isolate import Isolation
from .kernels import profiled
from .places import Territory
from .program import Telling
from .rehearsal import Recording
from .state import State, training_left_on
from .watching import Watch


def export(built: Built) -> torch.export.ExportedProgram:
    return torch.export.export(
        built.model, built.args, built.kwargs, dynamic_shapes=built.dynamic_shapes, strict=built.strict
    )


def watch_of(built: Built, territory: Territory) -> Watch:
    """What will note the trace of a target."""
    leaves = dims.input_names(built) if built.strict else ()
    return Watch(territory, given=compat.spec_names(built.dynamic_shapes), leaves=leaves)


def run(
    built: Built,
    territory: Territory,
    rehearsed: Callable[[], Recording],
    isolation: Isolation,
    told: Telling = lambda *_: None,
) -> Facts:
    """What torch says of the target, with everything that can be told of why; `exported` is set.

    `rehearsed` is called at the first failure at the earliest, `told` where there is a program.
    """
    watch = watch_of(built, territory)
    state = State(built.model, territory)
    going_on = Continuation(built, watch, rehearsed, isolation)
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
        stopped += dims.static_from_the_start(watch, built, stopped)
        return Facts(
            exported=False,
            failures=tuple(dict.fromkeys([*stopped, *unsound])),
            sides=going_on.sides.others(),
            inputs=describing.inputs(watch),
            dims=tuple(dims.fates(watch, built)),
            steps=("export",),
        )
    return Facts(
        exported=True,
        failures=(*unsound, *dict.fromkeys(going_on.caught), *dims.silently_static(watch, built)),
        inputs=describing.inputs(watch),
        outputs=describing.outputs(program, watch),
        symbols=describing.symbols(program, watch),
        dims=tuple(dims.fates(watch, built)),
        steps=("export",),
        program=told(program, watch),
    )
