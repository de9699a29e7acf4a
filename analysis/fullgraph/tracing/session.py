"""One trace from beginning to end: load, then export, with an eager trace of the forward pass beside it.

Only `export` decides. The eager trace runs in a process of its own, so that it changes nothing of the
model that is exported; it is done long before.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import replace

import torch

from ..model import (
    Assumed,
    CompareRewrite,
    DimContradicted,
    Facts,
    Failure,
    ObserveModel,
    Raised,
    SpecMismatch,
    Step,
    Stopped,
    TraceRequest,
    TrySizes,
)
from . import values
from .eager.eager_trace import EagerTrace
from .export import exporting
from .facts import graph_breaks
from .facts.error_classifier import raised, wrong_target
from .forward_pass import ForwardPass
from .input_inference import infer
from .isolation import replaced
from .isolation.steps_aside import Died, InPlace, Isolation, Running, fit, own_fault
from .load import broken_imports, build, devices, libraries, refusals
from .load.wrong_target import WrongTargetError
from .locations.source_locations import OURS, UserCode
from .program import equivalence
from .steps import telling
from .torch_compat import names, shape_env
from .torch_compat.hooks import quiet

Emit = Callable[[Facts], None]

_SLOW = 0.5
"""Seconds of loading from which on it is worth a process that has the libraries already."""


def warm() -> None:
    """Pays once for what the first export of a process pays: imports, tables, caches."""
    shape_env.hide_our_frames()
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    built = build.Built(model, (torch.zeros(2, 2),), {}, {"input": {0: torch.export.Dim("batch")}}, False)
    with quiet():
        exporting.export(built)


def trace(request: TraceRequest, emit: Emit, isolation: Isolation) -> None:
    """Traces one target and emits what each step observed, as soon as it has."""
    user_code = UserCode(request)
    with devices.standing_in(request.cpu_stands_in, user_code), contextlib.suppress(_TraceAgainError):
        _trace(request, user_code, _telling(request, user_code, emit), isolation)


class _TraceAgainError(Exception):
    """The trace is of no use: it will be made again, as what was emitted last says."""


def _telling(request: TraceRequest, user_code: UserCode, emit: Emit) -> Emit:
    """Emits a part with what holds for all of them.

    Raises:
        _TraceAgainError: nothing is emitted but that a device is lacking.
    """
    started = time.monotonic()

    def tell(facts: Facts) -> None:
        if not request.cpu_stands_in and devices.lacks(facts, request.target, user_code):
            emit(Facts(lacks_device=True, steps=("load",)))
            raise _TraceAgainError
        assumed = tuple(dict.fromkeys((*facts.assumed, *devices.assumed())))
        emit(replace(facts, seconds=time.monotonic() - started, lost=names.lost(), assumed=assumed))

    return tell


def _trace(request: TraceRequest, user_code: UserCode, tell: Emit, isolation: Isolation) -> None:
    started = time.monotonic()
    try:
        with quiet():
            built = build.build(request, user_code, isolation)
    except WrongTargetError as error:
        tell(wrong_target(error))
        return
    except BaseException as error:  # noqa: BLE001 (the border: whatever user code raises is a fact)
        tell(Facts(failures=(_failure(error, request, user_code),), steps=("load",)))
        return
    try:
        with built.context.manner():
            _with_model(built, request, user_code, tell, isolation, started)
    finally:
        with refusals.nothing_changes(request.root):
            built.context.leave()


def _with_model(
    built: build.Built,
    request: TraceRequest,
    user_code: UserCode,
    tell: Emit,
    isolation: Isolation,
    started: float,
) -> None:
    isolation = fit(isolation)
    built, made = _with_inputs(built, request, isolation)
    found = replace(made, loaded=build.loaded_files(user_code), steps=("load",))
    slow = time.monotonic() - started > _SLOW
    tell(replace(found, libraries=libraries.imported(user_code)) if slow else found)
    if made.failures:
        return
    inferred = made.inferred is not None and not request.static
    _steps(request, built, user_code, tell, fit(isolation), spec_is_inferred=inferred)


_STATIC = Assumed("sizes", "dynamic sizes", "checked with static sizes (with dynamic ones the export fails)")


def _of_sizes(request: TraceRequest, *, runs: bool) -> tuple[Assumed, ...]:
    """What is told of the sizes; nothing of a model that does not run, which fails with any."""
    return (_STATIC,) if request.static and runs else ()


def _refuses_dynamic(facts: Facts) -> bool:
    """Whether it may be dynamic sizes, which nobody asked for, that keep a model from being exported."""
    ends = (isinstance(each, Raised) and each.step == "export" for each in facts.failures)
    return facts.exported is False and (any(ends) or any(map(_contradicts, facts.failures)))


def _contradicts(failure: Failure) -> bool:
    return isinstance(failure, DimContradicted | SpecMismatch)


def _failure(error: BaseException, request: TraceRequest, user_code: UserCode) -> Raised | Stopped:
    if _is_ours(error) and replaced.replaced():
        return own_fault("load", error)
    failure = raised(error, "load", user_code)
    if isinstance(failure, Stopped):
        return failure
    return replace(failure, broken_import=broken_imports.of(error, request, user_code))


def _is_ours(error: BaseException) -> bool:
    """Whether an exception rose in a line of this program."""
    innermost = error.__traceback__
    while innermost is not None and innermost.tb_next is not None:
        innermost = innermost.tb_next
    return innermost is not None and innermost.tb_frame.f_code.co_filename.startswith(OURS)


def _with_inputs(
    built: build.Built, request: TraceRequest, isolation: Isolation
) -> tuple[build.Built, Facts]:
    """The target with its own inputs, or inferred ones where it has none; and what was made up."""
    if not infer.is_asked_for(built, request.target.origin):
        return built, Facts(assumed=built.assumed)
    complete, made = infer.with_inputs(built, request.root, isolation, built.known_inputs)
    if made.inferred is not None and (request.static or _calls_statically(built, request)):
        static = replace(made.inferred, dynamic_shapes=infer.static(complete))
        others = tuple(each for each in made.assumed if each.kind != "sizes")
        made = replace(made, inferred=static, assumed=others)
        complete = replace(complete, dynamic_shapes=None)
    assumed = (*built.assumed, *made.assumed)
    if built.without_inputs is not None and not made.failures:
        assumed = (*assumed, built.without_inputs)
        if infer.fits(built.dynamic_shapes, complete.dynamic_shapes):
            complete = replace(complete, dynamic_shapes=built.dynamic_shapes)
    return complete, replace(made, assumed=assumed)


def _calls_statically(built: build.Built, request: TraceRequest) -> bool:
    """Whether it is a call that could ask for dynamic dimensions, and does not."""
    return request.target.origin in ("call", "eager", "tools") and built.dynamic_shapes is None


def _steps(
    request: TraceRequest,
    built: build.Built,
    user_code: UserCode,
    tell: Emit,
    isolation: Isolation,
    *,
    spec_is_inferred: bool,
) -> None:
    if isinstance(request.program, ObserveModel):
        with quiet():
            observed_runs = equivalence.observe(request.program, built, user_code)
        tell(Facts(program=observed_runs, steps=("eager",)))
        return
    if isinstance(request.program, TrySizes):
        tell(Facts(program=equivalence.try_sizes(request.program, built, user_code), steps=("eager",)))
        return
    # Where steps share this process, each must have a model of its own, and an eager trace in the midst
    # of the export would be exported.
    shared = isinstance(isolation, InPlace)
    own, observed = (built.copied(), built.copied()) if shared else (built, built)
    comparing = isinstance(request.program, CompareRewrite)
    eager = ForwardPass(own, user_code, isolation, expected=not comparing)
    if not request.cpu_stands_in and devices.mentions(request.target, user_code):
        failure = eager.briefly().failure  # of what lacks a device export tells nothing
        if failure and devices.lacks(Facts(failures=(failure,)), request.target, user_code):
            tell(Facts(failures=(failure,), steps=("eager",)))
    told = telling(request.program, built, user_code, isolation)
    begun = time.process_time()
    facts = exporting.run(built, user_code, eager.whole, isolation, told, _hearing(tell))
    spent = time.process_time() - begun
    if spec_is_inferred and _refuses_dynamic(facts):
        tell(Facts(refuses_dynamic=True, steps=("export",)))
        return
    tell(facts)
    if isinstance(request.program, CompareRewrite) and facts.program is None:
        tell(Facts(program=equivalence.compare_rewrite(request.program, None, built, user_code)))
    forward = _forward(request, eager, facts, spent)
    eager.end()
    failed = (forward.failure,) if forward.failure and not facts.exported else ()
    assumed = (*forward.assumed, *_of_sizes(request, runs=facts.exported or forward.failure is None))
    tell(Facts(failures=(*failed, *forward.effects), steps=("eager",), assumed=assumed))
    isolation = fit(isolation)
    if request.values:
        tell(_observed(observed, user_code, forward, isolation))
    if built.strict or request.breaks:
        tell(_result("breaks", isolation.start("breaks", lambda: graph_breaks.run(built, user_code))))


def _forward(request: TraceRequest, eager: ForwardPass, facts: Facts, spent: float) -> EagerTrace:
    """As much of the eager trace as counts; of a rewrite that exports its comparison tells more."""
    if not facts.exported or request.values:
        return eager.whole()
    return EagerTrace() if isinstance(request.program, CompareRewrite) else eager.briefly(spent)


def _observed(built: build.Built, user_code: UserCode, forward: EagerTrace, isolation: Isolation) -> Facts:
    """The value of each expression."""
    alone = InPlace(lambda _: None)  # the branches have been forked already
    running = isolation.start("values", lambda: values.run(built, user_code, lambda: forward, alone))
    return _result("values", running)


def _hearing(tell: Emit) -> Callable[[tuple[Failure, ...]], None]:
    """Tells of failures at once, in case the export is stopped before it ends."""
    own = os.getpid()

    def heard(failures: tuple[Failure, ...]) -> None:
        if os.getpid() == own:  # a fork at a branch has another way to tell
            tell(Facts(preliminary=failures))

    return heard


def _result(step: Step, running: Running[Facts]) -> Facts:
    found = running.wait()
    return Facts(failures=(found.failure,), steps=(step,)) if isinstance(found, Died) else found
