"""torch's operators: their names, whose they are, what their schemas say, and what a program is decomposed to."""

from __future__ import annotations

from typing import Any

import torch

from .names import Attribute, Private

_OVERLOAD = Private("torch._ops.OpOverload", "which functions are operators")
_PACKET = Private("torch._ops.OpOverloadPacket", "which functions are families of operators")
_HIGHER_ORDER = Private("torch._ops.HigherOrderOperator", "which operators take functions")
_SCHEMA = Attribute("OpOverload._schema", "which inputs an operator writes")
_CHECK = Private("torch._check", "that sizes of placeholders are not negative")

_BUILTIN = {
    "aten",
    "prim",
    "prims",
    "higher_order",
    "quantized",
    "inductor",
    "symm_mem",
    "c10d_functional",
    "_c10d_functional",
}


def is_overload(function: object) -> bool:
    """Whether it is one operator (`aten.add.Tensor`)."""
    return isinstance(function, _OVERLOAD.types())


def is_operator(function: object) -> bool:
    """Whether it is an operator, or the family of one (`aten.add`)."""
    return isinstance(function, (*_OVERLOAD.types(), *_PACKET.types()))


def is_higher_order(function: object) -> bool:
    """Whether it is an operator over functions (`torch.cond`)."""
    return isinstance(function, _HIGHER_ORDER.types())


def name(function: Any) -> str:
    """`torch.allclose`, `Tensor.numpy`, `mylib.op`: the name a user would write."""
    if is_operator(function):
        return str(function).replace("::", ".")
    known = torch.overrides.resolve_name(function) or getattr(function, "__qualname__", str(function))
    return str(known).removeprefix("torch.").replace("TensorBase.", "Tensor.")


def of_error(error: BaseException) -> str | None:
    """The operator that a fake tensor refused (`aten.allclose`), where the exception carries it."""
    kinds = ("DataDependentOutputException", "DynamicOutputShapeException", "UnsupportedOperatorException")
    if type(error).__name__ not in kinds:
        return None
    operator = getattr(error, "func", None) or (error.args[0] if error.args else None)
    return name(operator).removesuffix(".default") if operator is not None else None


def is_custom(function: Any) -> bool:
    """Whether a torch function is an operator that did not come with torch."""
    return is_operator(function) and name(function).partition(".")[0] not in _BUILTIN


def is_core(operator: Any) -> bool:
    """Whether an operator belongs to Core ATen."""
    return torch.Tag.core in operator.tags


def is_check(operator: Any) -> bool:
    """Whether it only asserts something at run time: export puts those in, at every level."""
    return name(operator).startswith(("aten._assert_", "aten.sym_constrain_range"))


def schema(target: Any) -> Any:
    """The schema of what a node calls; None of what has none."""
    return _SCHEMA.of(target) if is_overload(target) else None


def check(condition: Any) -> None:
    """`torch._check`."""
    checked = _CHECK.get()
    if checked is not None:
        checked(condition)


def decomposed(program: torch.export.ExportedProgram, level: str) -> torch.export.ExportedProgram:
    """The program as it is (`training`), functional (`inference`), or in Core ATen (`core`).

    `default_decompositions()`, which `run_decompositions()` takes for itself, is the table of Core ATen
    (read in the source of 2.13).
    """
    if level == "training":
        return program
    return program.run_decompositions({}) if level == "inference" else program.run_decompositions()
