"""Fake kernels of custom operators against what the operators really gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from ...model import Failure, Frame, KernelMismatch, KernelMissing
from ..eager.eager_trace import EagerTrace, Key, TensorLeaf
from ..eager.kernel_sizes import Calls, calls_at_other_sizes
from ..facts.shape_env_log import ShapeEnvLog
from ..isolation.steps_aside import Died, Isolation
from ..load.build import Built
from ..torch_compat import operators, pytree, shape_env, symbols


@dataclass(frozen=True)
class _Call:
    operator: str
    key: Key
    number: int
    frame: Frame | None
    outputs: tuple[Any, ...]


class Kernels:
    """The calls of custom operators in one trace."""

    def __init__(self, log: ShapeEnvLog) -> None:
        self._log = log
        self._calls: list[_Call] = []

    def note(self, function: Any, key: Key, number: int, result: Any) -> None:
        if operators.is_custom(function):
            outputs = tuple(pytree.leaves_of(result))
            name = operators.name(function).removesuffix(".default")
            self._calls.append(_Call(name, key, number, self._log.user_code.here(), outputs))

    def mismatches(self, eager: Callable[[], EagerTrace]) -> Iterator[KernelMismatch]:
        if not self._calls:
            return
        trace = eager()
        for call in self._calls:
            given = trace.calls.get(call.key, [])
            if call.number < len(given) and (reason := self._reason(call, given[call.number].leaves)):
                yield KernelMismatch(call.operator, reason, call.frame)

    def _reason(self, call: _Call, really: tuple[Any, ...]) -> str:
        if len(really) != len(call.outputs):
            return f"it returns {len(call.outputs)} values, not {len(really)}"
        for fake, real in zip(call.outputs, really, strict=True):
            if (
                isinstance(fake, torch.Tensor)
                and isinstance(real, TensorLeaf)
                and (reason := self._differ(fake, real))
            ):
                return reason
        return ""

    def _differ(self, fake: torch.Tensor, real: TensorLeaf) -> str:
        if fake.dtype != real.dtype:
            return f"it returns {_name(fake.dtype)}, not {_name(real.dtype)}"
        if fake.dim() != len(real.shape):
            return f"it returns a tensor of rank {fake.dim()}, not {len(real.shape)}"
        for dim, (size, value) in enumerate(zip(fake.shape, real.shape, strict=True)):
            said = self._value(size)
            if said is not None and said != value:
                return (
                    f"it returns size {self._log.names.size(size)}"
                    + (f" ({said} here)" if isinstance(size, torch.SymInt) else "")
                    + f" for dimension {dim}, not {value}"
                )
        return ""

    def _value(self, size: Any) -> int | None:
        if not isinstance(size, torch.SymInt):
            return int(size)
        values = shape_env.real_values(self._log.env) if self._log.env else {}
        known = symbols.expression(size).xreplace(values)
        return int(known) if known.is_number else None


def profiled(
    failures: Sequence[Failure], eager: Callable[[], EagerTrace], built: Built, isolation: Isolation
) -> list[Failure]:
    """Missing and wrong fake kernels with the calls that one could be written from, at other sizes too."""
    if not any(isinstance(each, (KernelMissing, KernelMismatch)) for each in failures):
        return list(failures)
    others = isolation.start("eager", lambda: calls_at_other_sizes(built)).wait()
    further: Calls = {} if isinstance(others, Died) else others
    return [_profiled(each, eager, further) for each in failures]


def _profiled(failure: Failure, eager: Callable[[], EagerTrace], further: Calls) -> Failure:
    if not isinstance(failure, (KernelMissing, KernelMismatch)):
        return failure
    seen = (*eager().kernels.get(failure.operator, ()), *further.get(failure.operator, ()))
    return replace(failure, calls=tuple(dict.fromkeys(seen)))


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
