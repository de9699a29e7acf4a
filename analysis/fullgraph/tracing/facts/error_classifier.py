"""From an exception to facts: which kind of refusal it is, and the user's expression it happened at."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from sympy.logic.boolalg import BooleanFunction

from ...model import (
    DataDependent,
    Facts,
    Failure,
    Frame,
    InputRefused,
    KernelMissing,
    Raised,
    Recognized,
    SpecMismatch,
    Step,
    Stopped,
)
from ..load.build import Built
from ..load.wrong_target import WrongTargetError
from ..locations.source_locations import UserCode
from ..torch_compat import dynamo, export_errors, operators, wording
from ..torch_compat.recognition import OF_ERROR, recognized
from . import dim_specs, graph_breaks, held_sizes, spec_fit
from .shape_env_log import ShapeEnvLog

_LONGEST = 4000


def explain(
    error: BaseException, log: ShapeEnvLog, built: Built, step: Step, returned: Callable[[], Frame | None]
) -> tuple[Failure, ...]:
    """What stopped a trace: never empty.

    `returned` tells where forward returned: the place of an output of a type that export refuses.
    """
    if export_errors.is_violation(error):
        return dim_specs.contradicted(error, log, built)
    if wrong := _of_spec(error, log.user_code, built):
        return (wrong,)
    if guard := export_errors.refused_guard(error):
        found = asked_for(export_errors.condition(guard), frame_of(error, log.user_code), log)
        known = tuple(held_sizes.with_holder(each, error, log.user_code) for each in found.symbols)
        return (replace(found, symbols=known),)
    if refused := wording.INPUT_REFUSED.search(str(error)):
        return (_input_refused(refused["kind"], built),)
    failure = raised(error, step, log.user_code)
    return (_told_apart(failure, error, log.user_code, returned) if isinstance(failure, Raised) else failure,)


def _of_spec(error: BaseException, user_code: UserCode, built: Built) -> SpecMismatch | InputRefused | None:
    """What does not fit in the spec, where that was it: some of it torch fails on without words.

    A part of the spec for an object of an unregistered class fits once the class is registered.
    """
    refused, found = export_errors.is_spec_mismatch(error), spec_fit.faults(built)
    # On a dimension that is none torch fails without words, before the model runs.
    wordless = any(fault.kind in ("rank", "dimension") for fault in found)
    if not refused and not wordless and frame_of(error, user_code) is not None:
        return None
    if opaque := spec_fit.unregistered(built):
        return _input_of(*opaque, built)
    if refused and not found and (other := spec_fit.keywords(built)):
        found = (other,)
    return dim_specs.mismatch(words(error), found) if refused or found else None


def _told_apart(
    failure: Raised, error: BaseException, user_code: UserCode, returned: Callable[[], Frame | None]
) -> Failure:
    """An exception as what it is, where more can be told than its words; with its place, where it has none."""
    if operator := export_errors.control_flow_operator(error):
        return replace(failure, operator=operator)
    if failure.recognized and failure.frame is None and (stack := export_errors.stack_of_constant(error)):
        return replace(failure, frame=_transform(stack, user_code) or user_code.of_lines(stack))
    if failure.said("data read") and (frame := _transform(_dynamo_stack(error), user_code)):
        return replace(failure, frame=frame, recognized=(Recognized("transformed constant"),))
    if broken := graph_breaks.of_error(error, failure.frame):
        return broken
    if operator := export_errors.missing_kernel(error):
        return KernelMissing(operator, failure.frame)
    if failure.frame is None and wording.OUTPUT_REFUSED.search(words(error)):
        return replace(failure, frame=returned())
    return failure


def _transform(stack: Sequence[tuple[str, int]], user_code: UserCode) -> Frame | None:
    """Where the user differentiates or maps a function, innermost, on the way to an operator."""
    frames = (user_code.of_lines([line]) for line in stack)
    return next((frame for frame in frames if frame and _TRANSFORM.search(frame.text)), None)


def _dynamo_stack(error: BaseException) -> list[tuple[str, int]]:
    return [(each.filename, each.lineno or 0) for each in reversed(dynamo.user_stack(error))]


_TRANSFORM = re.compile(r"\b(grad|grad_and_value|jacrev|jacfwd|hessian|vjp|jvp|linearize|vmap)\(")


def _input_refused(kind: str, built: Built) -> InputRefused:
    """Which input has the class that torch names: the first one that does."""
    try:
        leaves = dim_specs.named_leaves(built.model, built.args, built.kwargs)
    except Exception:  # noqa: BLE001 (they do not fit the model)
        leaves = []
    found = next((each for each in leaves if _qualified(type(each[1])) == kind), None)
    return _input_of(*found, built) if found else InputRefused(kind, "", "args")


def _input_of(name: str, value: object, built: Built) -> InputRefused:
    given: Literal["args", "kwargs"] = "kwargs" if re.split(r"\W", name)[0] in built.kwargs else "args"
    return InputRefused(_qualified(type(value)), name, given)


def raised(error: BaseException, step: Step, user_code: UserCode) -> Raised | Stopped:
    if isinstance(error, MemoryError):
        return Stopped(step, "memory", "", user_code.of_exception(error))
    return Raised(
        step=step,
        frame=frame_of(error, user_code),
        exception=_qualified(type(error)),
        message=wording.innermost(words(error)),
        operator=operators.of_error(error),
        recognized=recognized(words(error), OF_ERROR),
    )


def asked_for(
    expression: object, frame: Frame | None, log: ShapeEnvLog, taken: str | None = None
) -> DataDependent:
    """`expression` is torch's: what had to be known."""
    # A sympy symbol is a Boolean too, by class.
    boolean = getattr(expression, "is_Relational", False) or isinstance(expression, BooleanFunction)
    integer = getattr(expression, "is_integer", False)
    return DataDependent(
        frame=frame,
        expression=log.names.text(expression),
        asks="bool" if boolean else "int" if integer else "float",
        symbols=log.names.symbols([expression]),
        taken=taken,
    )


def frame_of(error: BaseException, user_code: UserCode) -> Frame | None:
    """The user's place in a Python traceback, or in the stack that Dynamo keeps in its exceptions."""
    summaries = dynamo.user_stack(error)
    if summaries and (frame := user_code.of_summaries(summaries)):
        return frame
    # An exception taken on its way has the frames below it alone; the user's may be those above.
    return user_code.of_exception(error) or user_code.here() or user_code.in_library(error)


def wrong_target(error: WrongTargetError) -> Facts:
    place = error.expression.place
    return Facts(failures=(Raised("load", Frame(place), "WrongTarget", str(error)),), steps=("load",))


def words(error: BaseException) -> str:
    """torch's message without its advertisement of `draft_export`."""
    text = wording.without_advertisement(str(error))
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"


def _qualified(kind: type[object]) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
