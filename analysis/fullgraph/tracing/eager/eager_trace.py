"""One forward pass on the example inputs as Python runs it, written down call by call.

It tells whether the target works at all, and later, where export cannot go on, what the call that it
stopped at gives with these inputs: numbers as they are, of tensors the type and the shape. The trace
takes the same way through the program, so that the n-th call at a place here is the n-th there.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, TypeAlias

import torch

from ...model import Assumed, Frame, KernelArgument, KernelCall, Raised, SideEffect, Stopped
from ..facts.error_classifier import raised
from ..load import fake_build
from ..load.build import Built
from ..locations.source_locations import FramePosition, UserCode, region_of
from ..torch_compat import devices, dynamo, export_errors, hooks, operators, pytree
from .effects import Effects

Key: TypeAlias = tuple[Any, ...]

_LARGEST = 1 << 24
"""Bytes of the largest array that is kept; a larger one can be the model's whole input."""

_MOST_KERNEL_CALLS = 8


@dataclass(frozen=True)
class TensorLeaf:
    """A tensor in what a call gave."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    device: str


@dataclass(frozen=True)
class LostLeaf:
    """Something that could not be kept."""


@dataclass
class EagerTrace:
    """What the calls of one forward pass gave, by place and in order; `failure` where it raised.

    `completed`: the pass came to its end, which without data it may not although nothing is wrong.
    `returned` is where the user's outermost frame returned: the place of an output that export refuses.
    """

    calls: dict[Key, list[Output]] = field(default_factory=dict)
    effects: tuple[SideEffect, ...] = ()
    kernels: dict[str, list[KernelCall]] = field(default_factory=dict)  # of custom operators, by name
    failure: Raised | Stopped | None = None
    returned: Frame | None = None
    assumed: tuple[Assumed, ...] = ()  # what the process of this pass replaced
    completed: bool = False


class Counter:
    """Numbers the calls at each key, so that two runs of one program can be laid side by side."""

    def __init__(self) -> None:
        self._seen: dict[Key, int] = defaultdict(int)

    def next(self, key: Key) -> int:
        self._seen[key] += 1
        return self._seen[key] - 1

    def count(self, key: Key) -> int:
        """How often `key` has come so far."""
        return self._seen[key]

    def restart(self) -> None:
        self._seen.clear()


def function_key(function: Any, user_code: UserCode, frame: FrameType | None) -> Key:
    """The user's expression that is being evaluated, and the torch function it called.

    By its place and not by the instruction, which is another one in observed code.
    """
    name = getattr(function, "__name__", None) or str(function)
    while frame is not None:
        if user_code.is_user(frame.f_code.co_filename):
            return (frame.f_code.co_filename, frame.f_code.co_name, region_of(frame), name)
        frame = frame.f_back
    return (name,)


def failing_key(user_code: UserCode, frame: FrameType) -> Key:
    """The user's expression that is being evaluated, and the library's below it, if there is one."""
    below: FrameType | None = frame
    while below is not None and not user_code.is_user(below.f_code.co_filename):
        if user_code.is_library(below.f_code.co_filename):
            inside = (below.f_code.co_filename, region_of(below))
            return (*function_key(None, user_code, below), *inside)
        below = below.f_back
    return function_key(None, user_code, below)


def module_key(name: str) -> Key:
    return ("module", name)


def trace_eagerly(built: Built, user_code: UserCode) -> EagerTrace:
    """Runs the model once; never raises."""
    trace = EagerTrace()
    paths = {id(module): name for name, module in built.model.named_modules()}
    recorder = _Recorder(trace, user_code)
    effects = Effects(user_code)
    calls = hooks.around_modules(torch.nn.Module, _noting_modules(trace, paths))
    with _no_collection(), hooks.quiet(), effects.watching(), calls:
        try:
            with fake_build.mode_of(built.fake), recorder, _noting_return(trace, user_code):
                built.model(*built.args, **built.kwargs)
            trace.completed = True
        except BaseException as error:  # noqa: BLE001 (the border: whatever user code raises is a fact)
            untold = fake_build.cannot_tell(error, built.fake) or devices.cpu_lacks(error)
            if not untold and not _is_for_export(error):
                trace.failure = raised(error, "eager", user_code)
    trace.effects = tuple(effects.noted)
    return trace


def _is_for_export(error: BaseException) -> bool:
    """Whether export is to tell it: `torch.cond` has Dynamo read its functions in eager mode too."""
    return dynamo.raised(error) or export_errors.control_flow_operator(error) is not None


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """A collection writes into every object, and so copies the memory that a fork shares with its parent."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@dataclass(frozen=True)
class Output:
    """What a call gave, taken apart: classes of the user's are not made anew around descriptions."""

    leaves: tuple[Any, ...]
    structure: Any  # None: it is its only leaf

    def rebuilt(self, leaves: list[Any]) -> Any:
        """The same with other leaves."""
        return leaves[0] if self.structure is None else pytree.unflatten(leaves, self.structure)

    @property
    def is_plain(self) -> bool:
        """Whether it is all numbers and the like: what can be given again as it was."""
        return not any(isinstance(leaf, (TensorLeaf, LostLeaf)) for leaf in self.leaves)

    @property
    def is_truth(self) -> bool:
        """Whether it only says yes or no, and so gives nothing that a size could be made of."""
        return all(isinstance(leaf, bool) for leaf in self.leaves)


def described(value: Any) -> Output:
    """`value` with what cannot or need not be kept replaced by a description."""
    if type(value) is torch.Tensor:
        return Output((_leaf(value),), None)
    leaves, structure = pytree.flatten(value)
    return Output(tuple(_leaf(leaf) for leaf in leaves), structure)


def _leaf(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        try:
            return TensorLeaf(value.dtype, tuple(value.shape), str(value.device))
        except RuntimeError:  # a nested tensor with strides has no shape
            return LostLeaf()
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, torch.dtype, torch.Size)):
        return value
    if type(value).__module__ == "numpy" and getattr(value, "nbytes", _LARGEST) < _LARGEST:
        return value
    return LostLeaf()


class _Recorder(torch.overrides.TorchFunctionMode):  # type: ignore[misc]  # torch is untyped here
    def __init__(self, trace: EagerTrace, user_code: UserCode) -> None:
        super().__init__()
        self._trace = trace
        self._user_code = user_code

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        if not torch.compiler.is_dynamo_compiling():
            key = function_key(function, self._user_code, sys._getframe(1))
            self._trace.calls.setdefault(key, []).append(described(result))
            _note_kernel(self._trace.kernels, function, (*args, *(kwargs or {}).values()), result)
        return result


class KernelLog(torch.overrides.TorchFunctionMode):  # type: ignore[misc]  # torch is untyped here
    """Writes down the calls of custom operators alone; `calls` are by the operator's name."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: dict[str, list[KernelCall]] = {}

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        _note_kernel(self.calls, function, (*args, *(kwargs or {}).values()), result)
        return result


def _note_kernel(
    noted: dict[str, list[KernelCall]], function: Any, inputs: tuple[Any, ...], result: Any
) -> None:
    if not operators.is_custom(function):
        return
    outputs = tuple(result) if isinstance(result, (tuple, list)) else (result,)
    call = KernelCall(tuple(map(_argument, inputs)), tuple(map(_argument, outputs)))
    known = noted.setdefault(operators.name(function).removesuffix(".default"), [])
    if call not in known and len(known) < _MOST_KERNEL_CALLS:
        known.append(call)


def _argument(value: Any) -> KernelArgument:
    if isinstance(value, torch.Tensor):
        return KernelArgument(str(value.dtype).removeprefix("torch."), tuple(value.shape))
    return KernelArgument(text=repr(value) if isinstance(value, (bool, int, float, str)) else "")


def _noting_modules(trace: EagerTrace, names: dict[int, str]) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        def call(module: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
            result = original(module, *args, **kwargs)
            # Of what Dynamo traces, as inside of torch.cond, nothing may be noted: it would be a side effect.
            if id(module) in names and not torch.compiler.is_dynamo_compiling():
                trace.calls.setdefault(module_key(names[id(module)]), []).append(described(result))
            return result

        return call

    return make


@contextlib.contextmanager
def _noting_return(trace: EagerTrace, user_code: UserCode) -> Iterator[None]:
    last: list[tuple[CodeType, int, int]] = []

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and user_code.is_user(frame.f_code.co_filename):
            last[:] = [(frame.f_code, frame.f_lineno or 0, frame.f_lasti)]

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(before)
        for code, line, instruction in last:
            trace.returned = user_code.frame_at([FramePosition(code.co_filename, line, code, instruction)])
