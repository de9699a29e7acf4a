"""One run of a model on inputs that were made up, and where and why it failed.

On fake tensors it computes nothing; where a program asks for data it is run for real. Whatever a run
assigned to the model is taken back, so that each begins alike. How much all runs together may do is counted
in calls of torch's functions, which the machine's load does not change; processor time is only the last net.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch

from ..locations.source_locations import OURS
from ..torch_compat import fake_tensors, modules, symbols
from ..torch_compat.hooks import patched, quiet
from .sizes import product, shape_of
from .spec import Candidate, Known, Spec, TensorSpec, all_swapped, leaves, values

_DTYPES = {"float": torch.float32, "int": torch.int64, "lengths": torch.int64}


def _dtype(leaf: TensorSpec) -> torch.dtype:
    known: torch.dtype = getattr(torch, leaf.dtype) if leaf.dtype else _DTYPES.get(leaf.kind, torch.bool)
    return known


@dataclass(frozen=True)
class Call:
    """The torch function that raised; of its arguments that are tensors, the shapes."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def shape(self, index: int, name: str = "") -> tuple[int, ...] | None:
        value = self.args[index] if index < len(self.args) else self.kwargs.get(name)
        return shape_of(value) if isinstance(value, torch.Tensor) else None


@dataclass(frozen=True)
class Folded:
    """A `view(-1, want)` took more or less than a row for a row: rows of `have` elements became others."""

    have: int
    want: int


@dataclass(frozen=True)
class Failed:
    """`reached` counts the torch functions that were called before: how far the run came."""

    error: BaseException
    reached: int
    call: Call | None
    frames: tuple[tuple[FrameType, int], ...] = ()  # of what is not torch's, innermost first
    folded: Folded | None = None
    layer: tuple[str, torch.nn.Module] | None = None


@dataclass(frozen=True)
class Ran:
    """The model ran. What is in doubt: rows that were folded into each other."""

    folded: Folded | None = None


class OutOfTime(BaseException):
    """What all tries together may do is used up. Not an Exception, so that no code of the model's catches it."""


def spent() -> float:
    """Seconds of processor time, of which other traces on a busy machine take none away."""
    return time.thread_time()


@dataclass
class Budget:
    """`calls` of torch's functions, and seconds of processor time until `deadline`, in the time of `spent`."""

    calls: float = math.inf
    deadline: float = math.inf

    @property
    def is_left(self) -> bool:
        return self.calls > 0 and spent() < self.deadline

    def take(self, calls: int = 1) -> None:
        self.calls -= calls


@dataclass(frozen=True)
class Symbolic:
    """A run whose sizes are symbols: why it failed, and for each dimension of each leaf its expression."""

    outcome: Failed | Ran
    dimensions: Mapping[tuple[int, int], Any]


_PER_TRY = 20
"""Calls that making inputs and putting a model back are worth."""


@dataclass
class Bench:
    """Where one model is tried out, within a budget. `scope` is what the names in a candidate's text mean."""

    model: torch.nn.Module
    mode: Any = field(default_factory=fake_tensors.with_numbers)
    budget: Budget = field(default_factory=Budget)
    scope: Mapping[str, Any] = field(default_factory=lambda: {"torch": torch})
    is_fake: bool = False  # the model's own tensors have no data
    count: int = 0

    def try_out(self, candidate: Candidate, *, fake: bool = True) -> Failed | Ran:
        """How a run ends.

        Raises:
            OutOfTime: all tries together did too much.
        """
        return self._run(self.mode if fake else None, lambda: values(candidate, self.scope))

    def try_symbolic(self, candidate: Candidate) -> Symbolic | None:
        """The same with a symbol for each size; None where this torch has no symbols.

        Raises:
            OutOfTime: all tries together did too much.
        """
        mode = self.mode if self.is_fake else fake_tensors.with_symbols()
        made = self._free(candidate, mode) if mode is not None else None
        if made is None:
            return None
        named: dict[int, Spec] = {number: Known(_name(number)) for number in made}
        scope = {**self.scope, **{_name(number): tensor for number, tensor in made.items()}}
        outcome = self._run(mode, lambda: values(all_swapped(candidate, named), scope), symbolic=True)
        dimensions = {
            (number, dim): symbols.expression(size)
            for number, tensor in made.items()
            for dim, size in enumerate(tensor.shape)
        }
        return Symbolic(outcome, dimensions)

    def _free(self, candidate: Candidate, mode: Any) -> dict[int, torch.Tensor] | None:
        made = {}
        for number, (_, leaf) in enumerate(leaves(candidate)):
            if isinstance(leaf, TensorSpec):
                plain = torch.empty(leaf.sizes, dtype=_dtype(leaf))
                self.count += 1
                free = fake_tensors.of_free_sizes(mode, plain, f"input_{self.count}")
                if free is None:
                    return None
                made[number] = free
        return made

    def _run(self, mode: Any, make: Callable[[], tuple[Any, Any]], *, symbolic: bool = False) -> Failed | Ran:
        log = _CallLog(self.budget, symbolic=symbolic)
        self.budget.take(_PER_TRY)
        with _as_it_was(self.model), quiet(), torch.no_grad(), patched(torch, "cond", _both_sides):
            try:
                with fake_tensors.within(mode):
                    args, kwargs = make()
                    with log:
                        self.model(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 (whatever user code raises is what we want to know)
                call = log.failed or _of_recurrent(error)
                layer = _layer(error, self.model)
                return Failed(error, log.reached, call, tuple(_frames(error)), log.folded, layer)
        return Ran(log.folded)


def _both_sides(_: Any) -> Callable[..., Any]:
    """For `torch.cond`, whose sides Dynamo would compile, to tell in its own words of shapes that do not fit."""

    def cond(_: Any, if_true: Callable[..., Any], if_false: Callable[..., Any], operands: Any = ()) -> Any:
        if_false(*operands)
        return if_true(*operands)

    return cond


def _name(number: int) -> str:
    return f"_leaf_{number}"


_ELEMENTWISE = frozenset(
    {
        *(
            "relu",
            "relu_",
            "relu6",
            "gelu",
            "silu",
            "elu",
            "selu",
            "leaky_relu",
            "hardtanh",
            "hardswish",
            "mish",
        ),
        *("softplus", "tanh", "sigmoid", "dropout", "dropout2d", "batch_norm", "instance_norm", "softmax"),
        *("log_softmax", "clamp", "abs", "square", "exp", "sqrt"),
    }
)
"""What leaves sizes as they are. Of a run with symbols only the sizes count, and each operation costs much."""

SYMBOLIC_CALL = 10
"""Calls that one with symbols is worth."""


class _CallLog(torch.overrides.TorchFunctionMode):  # type: ignore[misc]  # torch is untyped here
    def __init__(self, budget: Budget, *, symbolic: bool = False) -> None:
        super().__init__()
        self.budget = budget
        self.symbolic = symbolic
        self.reached = 0
        self.failed: Call | None = None
        self.folded: Folded | None = None

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if (
            torch.compiler.is_dynamo_compiling()
        ):  # it reads this function too, for the sides of a `torch.cond`
            return function(*args, **(kwargs or {}))
        if not self.budget.is_left:
            raise OutOfTime
        self.budget.take(SYMBOLIC_CALL if self.symbolic else 1)
        self.reached += 1
        self.failed = None
        name = getattr(function, "__name__", "")
        if self.symbolic and name in _ELEMENTWISE and isinstance(args[0], torch.Tensor):
            return args[0]
        try:
            result = function(*args, **(kwargs or {}))
        except Exception:
            self.failed = Call(name, tuple(args), dict(kwargs or {}))
            raise
        if self.folded is None and name in ("view", "reshape"):
            self.folded = _folded(args)
        return result


def _folded(args: Any) -> Folded | None:
    """Of `x.view(-1, 400)` where x has (batch, channels, height, width) and a row has not 400 elements."""
    given, *wanted = args
    wanted = wanted[0] if len(wanted) == 1 and isinstance(wanted[0], (tuple, list)) else wanted
    if len(given.shape) < 4 or len(wanted) != 2 or wanted[0] != -1 or type(wanted[1]) is not int:
        return None
    have = product(shape_of(given)[1:])
    return Folded(have, wanted[1]) if have != wanted[1] else None


def _frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if not modules.is_torch(file) and not file.startswith(("<", OURS)):
            frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    yield from reversed(frames)


def _of_recurrent(error: BaseException) -> Call | None:
    """A recurrent layer looks at its inputs itself, before it calls anything."""
    traceback = error.__traceback__
    while traceback is not None:
        held = traceback.tb_frame.f_locals
        owner = held.get("self")
        if isinstance(owner, (torch.nn.RNNBase, torch.nn.RNNCellBase)) and "input" in held:
            return Call("recurrent", (held["input"], held.get("hx")), {"layer": owner})
        traceback = traceback.tb_next
    return None


def _layer(error: BaseException, model: torch.nn.Module) -> tuple[str, torch.nn.Module] | None:
    """The innermost module whose forward was running, with its name in the model."""
    found = None
    traceback = error.__traceback__
    while traceback is not None:
        owner = traceback.tb_frame.f_locals.get("self")
        if isinstance(owner, torch.nn.Module):
            found = owner
        traceback = traceback.tb_next
    names = {id(module): name for name, module in model.named_modules()}
    return (names.get(id(found), ""), found) if found is not None else None


@contextlib.contextmanager
def _as_it_was(model: torch.nn.Module) -> Iterator[None]:
    """Attributes and buffers that forward assigns are those of before; so is the state of random numbers."""
    restore = [modules.kept(each) for each in model.modules()]
    state = torch.random.get_rng_state()
    try:
        yield
    finally:
        torch.random.set_rng_state(state)
        for each in restore:
            each()
