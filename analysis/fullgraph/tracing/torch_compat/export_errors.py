"""Which refusal of torch's an exception is."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import Any

import torch

from . import dynamo, operators
from .dynamic_shapes import FILE as SPEC_FILE
from .names import Attribute, Private
from .wording import (
    CALLED_OPERATOR,
    FRACTION,
    FUNCTION_OPERATOR,
    NO_KERNEL,
    NO_KERNEL_OF,
    RANGES_CONFLICT,
    SPEC_OBJECT_REFUSED,
    SPEC_REFUSED,
    STACK_FRAME,
    TRANSFORMED_CONSTANT,
    UNKNOWN_CONSTANT,
)

_REFUSED_GUARD = Private(
    "torch.fx.experimental.symbolic_shapes.GuardOnDataDependentSymNode",
    "which questions only the data can answer",
)
_CONDITION = Attribute("GuardOnDataDependentSymNode.cond", "what only the data can answer")
_VIOLATION = Private(
    "torch.fx.experimental.symbolic_shapes.ConstraintViolationError",
    "which dimensions the program contradicts",
)
_OPERATORS = Private(
    "torch._higher_order_ops.__file__", "which operator over functions refused its arguments"
)

_CONTROL_FLOW = {
    "cond": "cond",
    "while_loop": "while_loop",
    "scan": "scan",
    "map": "map",
    "map_impl": "map",
    "associative_scan": "associative_scan",
}
"""Operators that are given functions: by their names, and by the files of torch that check what they get."""


def is_refusal(error: BaseException) -> bool:
    """Whether torch refuses the export as a whole: its inputs, its spec, its constraints."""
    return _is_constraint_violation(error) or _kind(error) in ("CONSTRAINT_VIOLATION", "INVALID_INPUT")


def is_violation(error: BaseException) -> bool:
    """Whether torch refused what the spec says of a dimension (and not what the code does)."""
    if _is_constraint_violation(error) or _kind(error) == "CONSTRAINT_VIOLATION":
        return True
    if isinstance(error, AssertionError):
        return FRACTION.match(str(error)) is not None
    return isinstance(error, ValueError) and RANGES_CONFLICT.search(str(error)) is not None


def is_spec_mismatch(error: BaseException) -> bool:
    """Whether the spec's structure does not fit the inputs."""
    if dynamo.is_user_error(error) and SPEC_REFUSED.search(str(error)):
        return True
    # Some of its checks are bare assertions, and those of a ParamsSpec (2.14) are ValueErrors.
    if isinstance(error, ValueError) and SPEC_OBJECT_REFUSED.match(str(error)):
        return True
    return any(frame.filename == SPEC_FILE for frame in traceback.extract_tb(error.__traceback__))


def _is_constraint_violation(error: BaseException) -> bool:
    return isinstance(error, _VIOLATION.types())


def _kind(error: BaseException) -> str | None:
    """Dynamo's kind of a user error."""
    return getattr(getattr(error, "error_type", None), "name", None)


def is_refused_guard(error: BaseException) -> bool:
    """Whether torch refuses to tell what only the data can."""
    return isinstance(error, _REFUSED_GUARD.types())


def refused_guard(error: BaseException) -> BaseException | None:
    """That refusal, also where Dynamo has put its own words around it."""
    inner = error.__context__ if dynamo.is_user_error(error) else error
    return inner if inner is not None and is_refused_guard(inner) else None


def refused_guards() -> tuple[type[Exception], ...]:
    """For `except`."""
    return _REFUSED_GUARD.types()


def condition(error: BaseException) -> Any:
    """The expression that was asked for, of a refused guard; None of anything else."""
    return _CONDITION.of(error) if is_refused_guard(error) else None


def is_internal(exception: str) -> bool:
    """Whether an exception, by its qualified name, speaks of torch's own bookkeeping."""
    return exception.rpartition(".")[2] in (
        "PendingUnbackedSymbolNotFound",
        "InternalTorchDynamoError",
        "AssertionError",
        "MetadataMismatchError",
    )


def missing_kernel(error: BaseException) -> str | None:
    """The custom operator (`mylib.op`) that has no fake kernel, if that is what `error` says."""
    match = NO_KERNEL.search(str(error)) or NO_KERNEL_OF.search(str(error))
    unsupported = "Unsupported" in type(error).__name__
    operator = match[1] if match else operators.of_error(error) if unsupported else None
    if operator is None:
        return None
    operator = operator.replace("::", ".").removesuffix(".default")
    return None if operator.startswith(("aten.", "prims.")) else operator


def control_flow_operator(error: BaseException) -> str | None:
    """The operator over functions (`cond`, `scan`) that refused what it was given, if that is what it says.

    Dynamo, which reads the functions, names the operator; its own checks raise in a file of its name.
    """
    text = str(error)
    named = FUNCTION_OPERATOR.search(text) or CALLED_OPERATOR.search(text)
    if named:
        return _CONTROL_FLOW.get(named[1].rpartition(".")[2])
    package = _OPERATORS.get()
    folder = str(Path(package).parent) + os.sep if package else ""
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    if not folder or not files or not files[-1].startswith(folder):
        return None
    stems = (Path(file).stem for file in files if file.startswith(folder))
    return next((_CONTROL_FLOW[stem] for stem in stems if stem in _CONTROL_FLOW), None)


def stack_of_constant(error: BaseException) -> list[tuple[str, int]]:
    """Files and lines, innermost first, of the operator that reads a tensor which torch did not see made.

    Such a tensor ends as a constant without data, and torch says no more than its name.
    """
    if TRANSFORMED_CONSTANT.search(str(error)):
        return _stack_of_lifted(error)
    if UNKNOWN_CONSTANT.search(str(error)) is None:
        return []
    for frame, _ in traceback.walk_tb(error.__traceback__):
        program = getattr(getattr(frame.f_locals.get("export_artifact"), "aten", None), "gm", None)
        name = str(frame.f_locals.get("const"))
        nodes = program.graph.nodes if program is not None else ()
        readers = [user for node in nodes if str(node.target).endswith(name) for user in node.users]
        if readers:
            return stack_of(readers[0].meta.get("stack_trace") or "")
    return []


def _stack_of_lifted(error: BaseException) -> list[tuple[str, int]]:
    """The same where torch fails while it makes the constant: of the node that it is at (`lift_constants_pass`)."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        node = frame.f_locals.get("node")
        if isinstance(node, torch.fx.Node) and node.op == "get_attr":
            readers = (user.meta.get("stack_trace") or "" for user in node.users)
            return stack_of(next(filter(None, readers), ""))
    return []


def stack_of(text: str) -> list[tuple[str, int]]:
    """Files and lines, innermost first, of the stack that a node carries as text."""
    return [(file, int(line)) for file, line in reversed(STACK_FRAME.findall(text))]
