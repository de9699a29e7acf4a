"""Where export would stop, the trace notes why and goes on, so that one trace finds every failure.

It is the user's one export until the first failure, and nothing of it is changed before. What fails, a
torch function, a module, or the truth of a symbolic size asked for by Python, is noted only if nobody
on the way up would have caught the exception: code that tries and falls back exports.

The value to go on with is what the same call gave in the rehearsal: a number as it is, a tensor as a
fake one with sizes of its own. A failure that involves such a stand-in is not reported.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import sympy
import torch
from torch.utils import _pytree as pytree

from ...model import (
    DataDependent,
    DimContradicted,
    Failure,
    Frame,
    Place,
    Raised,
    RefusalCaught,
    SpecMismatch,
)
from ..eager.eager_trace import (
    Counter,
    EagerTrace,
    Key,
    LostLeaf,
    Output,
    TensorLeaf,
    failing_key,
    function_key,
    module_key,
)
from ..facts.error_classifier import explain, frame_of
from ..facts.shape_env_log import Checkpoint, ShapeEnvLog
from ..isolation.steps_aside import Isolation
from ..load.build import Built
from ..torch_compat import compat
from .branch_forks import Sides
from .exception_handlers import catcher
from .kernels import Kernels

_MOST_FAILURES = 1000
"""How often one trace goes on, each round of a loop counted."""

_TRUTHS = ("allclose", "equal", "is_nonzero")
"""Functions that give a bool, which can be guessed where the rehearsal did not come by."""

_ROUNDS = 2
"""After so many failures at the test of one `while`, the loop is left: further rounds tell nothing new."""


class Recovery:
    """The failures of one export, and the hooks that let it go on after them."""

    def __init__(
        self, built: Built, watch: ShapeEnvLog, rehearsed: Callable[[], EagerTrace], isolation: Isolation
    ) -> None:
        self.built = built
        self.watch = watch
        self.failures: list[Failure] = []
        self.caught: list[RefusalCaught] = []
        self.kernels = Kernels(watch)
        self.sides = Sides(watch, isolation)
        self._rehearsed = rehearsed
        self._counter = Counter()
        self._names = {compat.identity(module): name for name, module in built.model.named_modules()}
        self._born: dict[Any, tuple[Key, int, int, int | None]] = {}  # symbol → the output that has it
        self._values: dict[Any, Any] = {}  # symbol → its value with the example inputs
        self._stand_ins: set[Any] = set()
        self._noted: list[BaseException] = []  # kept alive, as they are told apart by identity
        self._at: Counter = Counter()  # failures by the user's instruction
        self._branches: dict[Key, Frame] = {}  # conditions noted and not yet answered
        self._loops: set[Key] = set()  # instructions that are the test of a `while`
        self._free: Checkpoint | None = None  # up to here no size came from the rehearsal
        self._anchor: Any = None  # some traced tensor, from which stand-ins are made

    @contextlib.contextmanager
    def going_on(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for owner, name, make in (
                (compat.Handler, "__torch_function__", self._around_functions),
                (torch.nn.Module, "_call_impl", self._around_modules),
                *((compat.SymNode, kind, self._around_guards) for kind in compat.GUARDS),
                *((kind, "__format__", self._around_formats) for kind in compat.SYMBOLIC),
            ):
                stack.enter_context(compat.patched(owner, name, make))
            yield

    def ended_by(self, error: BaseException) -> None:
        """The trace could not go on, or torch refused the program at its end."""
        if any(error is noted for noted in self._noted):
            return
        for failure in explain(error, self.watch, self.built, "export", self._returned):
            if not self.failures or self._believable(failure):
                self.failures.append(failure)

    def _believable(self, failure: Failure) -> bool:
        """Whether a failure at the end, after others, is the program's and not our stand-ins'."""
        if isinstance(failure, DimContradicted):
            return self._free is None or failure.frame in self.watch.frames_until(self._free)
        if isinstance(failure, SpecMismatch):
            return self._free is None
        if not isinstance(failure, Raised) or compat.is_internal(failure.exception):
            return False
        return failure.frame is not None or "in output" in failure.message

    def _returned(self) -> Any:
        return self._rehearsed().returned

    # -- the three borders between the user's code and torch's ---------------------------------------

    def _around_functions(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def handle(mode: Any, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if torch.compiler.is_dynamo_compiling():
                return function(*args, **(kwargs or {}))
            key = function_key(function, self.watch.user_code, sys._getframe(1))
            number = self._counter.next(key)
            made = len(self.watch.made)

            def again() -> Any:
                return original(mode, function, types, args, kwargs)

            try:
                result = again()
                self.kernels.note(function, key, number, result)
            except Exception as error:  # noqa: BLE001 (goes on upwards where it cannot be taken)
                result = self._instead(error, key, number, again, (args, kwargs))
            self._learn(key, number, result, fresh=len(self.watch.made) > made)
            return result

        return handle

    def _around_modules(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(module: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
            if torch.compiler.is_dynamo_compiling() or self.watch.env is None:
                return original(module, *args, **kwargs)
            if compat.identity(module) == compat.identity(self.built.model):
                self._counter.restart()
                return original(module, *args, **kwargs)
            key = module_key(self._names.get(compat.identity(module), ""))
            number = self._counter.next(key)
            try:
                return original(module, *args, **kwargs)
            except Exception as error:  # noqa: BLE001 (goes on upwards where it cannot be taken)
                return self._instead(error, key, number, None, (args, kwargs))

        return call

    def _around_guards(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def guard(node: Any, file: str, line: int) -> Any:
            try:
                return original(node, file, line)
            except compat.GuardOnDataDependentSymNode as error:
                asking = compat.asking_file(sys._getframe(1))
                if asking is None or (compat.is_torch(asking) and not self.watch.user_code.is_user(asking)):
                    raise
                return self._known(error, node, lambda: original(node, file, line))

        return guard

    def _around_formats(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def formatted(number: Any, spec: str) -> str:
            try:
                return str(original(number, spec))
            except TypeError as error:
                if self._take(error) is None or (known := self._number(number.node.expr)) is None:
                    raise
                return format(known, spec)

        return formatted

    # -- going on ------------------------------------------------------------------------------------

    def _instead(
        self, error: Exception, key: Key, number: int, again: Callable[[], Any] | None, inputs: Any
    ) -> Any:
        """What to go on with in the place of the call that raised `error`; raises it where nothing is."""
        if not (place := self._take(error)):
            raise error
        if self._leaves_loop(place) and key[-1] == "__bool__":
            return False
        rehearsed = self._rehearsed().calls.get(key, [])
        if key[-1] == "__bool__" and number < len(rehearsed):
            taken = bool(rehearsed[number].leaves[0])
            if self._side(place, taken) is not taken:
                return not taken
        self._remember(pytree.tree_leaves(inputs))
        known = number < len(rehearsed) and rehearsed[number].is_plain
        if again is not None and not known and isinstance(error, compat.GuardOnDataDependentSymNode):
            self._assume(error.cond)
            with contextlib.suppress(Exception), self._knowing(error.cond.free_symbols):
                return again()
        if number >= len(rehearsed):
            if key[-1] in _TRUTHS:
                return False
            raise error
        if not rehearsed[number].is_truth:
            self._fix_sizes()
        try:
            return self._stand_in(rehearsed[number])
        except Exception as impossible:
            raise error from impossible

    def _known(self, error: Exception, node: Any, again: Callable[[], Any]) -> Any:
        """The value of a symbolic size that Python asked for."""
        if not (place := self._take(error)):
            raise error
        if self._leaves_loop(place) and node.is_bool():
            return False
        taken = self._evaluated(node.expr) if node.is_bool() else None
        if taken is not None and self._side(place, taken) is not taken:
            return not taken
        self._assume(node.expr)
        with self._knowing(node.expr.free_symbols):
            return again()

    def _assume(self, expression: Any) -> None:
        """torch will take a value, or the truth of a condition, from the rehearsal."""
        if self.watch.env is None or not compat.leaves_sizes_free(expression, self.watch.env):
            self._fix_sizes()

    def _fix_sizes(self) -> None:
        """From here on a size can be the example's only because we went on with it, and so can a guard."""
        self._free = self._free or self.watch.mark()

    def _side(self, place: Key, taken: bool) -> bool:
        """Which way to go at a branch that failed for the first time; later rounds go as taken."""
        frame = self._branches.pop(place, None)
        return self.sides.choose(frame, taken, lambda: self.failures) if frame else taken

    def _evaluated(self, expression: Any) -> bool | None:
        """The truth of a condition over symbols, with the example inputs."""
        known = self._with_values(expression)
        return bool(known) if known in (sympy.true, sympy.false) else None

    def _number(self, expression: Any) -> bool | int | float | None:
        """What a number over symbols is with the example inputs."""
        known = self._with_values(expression)
        if known in (sympy.true, sympy.false):
            return bool(known)
        if not known.is_number:
            return None
        return int(known) if known.is_Integer else float(known)

    def _with_values(self, expression: Any) -> Any:
        assert self.watch.env is not None
        known = expression.xreplace(
            {s: sympy.sympify(self._value(s)) for s in expression.free_symbols & set(self._born)}
        )
        return known.xreplace(compat.real_values(self.watch.env))

    def _leaves_loop(self, place: Key) -> bool:
        return place in self._loops and self._at.count(place) > _ROUNDS

    def _take(self, error: Exception) -> Key | None:
        """Notes the failure and gives the user's instruction that failed; None: the exception goes on.

        It does where somebody on the way up handles it, and where torch refuses the export as a whole.
        """
        frame = sys._getframe(2)
        place = failing_key(self.watch.user_code, frame)
        if any(error is noted for noted in self._noted):
            return place
        if self.watch.env is None or len(self._noted) >= _MOST_FAILURES or compat.is_refusal(error):
            return None
        if handler := catcher(error, self.watch.user_code, frame):
            self._caught(error, handler)
            return None
        self._noted.append(error)
        if self._at.next(place) == 0 and not self._caused_by_stand_in(error):
            self._report(error, place)
        return place

    def _caught(self, error: Exception, handler: Place) -> None:
        """Code that tries and falls back exports, but what it tries is lost where it asked for the data."""
        if isinstance(error, compat.WITHOUT_DATA) and self.watch.user_code.is_user(handler.file):
            self.caught.append(RefusalCaught(frame_of(error, self.watch.user_code), handler))

    def _report(self, error: Exception, place: Key) -> None:
        for failure in explain(error, self.watch, self.built, "export", self._returned):
            self.failures.append(failure)
            if not isinstance(failure, DataDependent) or failure.frame is None or failure.frame.callee:
                continue
            self._branches[place] = failure.frame
            if failure.frame.construct == "while":
                self._loops.add(place)

    def _caused_by_stand_in(self, error: Exception) -> bool:
        asked = getattr(error, "cond", None)
        return bool(self._stand_ins and asked is not None and asked.free_symbols & self._stand_ins)

    @contextlib.contextmanager
    def _knowing(self, symbols: set[Any]) -> Iterator[None]:
        """torch evaluates these symbols by their values in the rehearsal, and adds runtime checks."""
        assert self.watch.env is not None
        values = {symbol: self._value(symbol) for symbol in symbols | set(self._born)}
        with compat.values_known(self.watch.env, values):
            yield

    # -- the values of symbols -----------------------------------------------------------------------

    def _learn(self, key: Key, number: int, result: Any, fresh: bool) -> None:
        """Remembers which output of which call a fresh symbol came from."""
        if not fresh:
            return
        for index, leaf in enumerate(pytree.tree_leaves(result)):
            sizes = enumerate(leaf.shape) if isinstance(leaf, torch.Tensor) else ((None, leaf),)
            for dim, size in sizes:
                symbol = compat.lone_symbol(size)
                if symbol is not None and symbol in self.watch.made:
                    self._born.setdefault(symbol, (key, number, index, dim))

    def _value(self, symbol: Any) -> Any:
        if symbol not in self._values:
            self._values[symbol] = self._rehearsed_value(symbol)
        return self._values[symbol]

    def _rehearsed_value(self, symbol: Any) -> Any:
        """What the rehearsal saw; a guess (2, as good as any size) where it saw nothing."""
        if symbol in self._born:
            key, number, index, dim = self._born[symbol]
            rehearsed = self._rehearsed().calls.get(key, [])
            outputs = rehearsed[number].leaves if number < len(rehearsed) else ()
            value = outputs[index] if index < len(outputs) else None
            if isinstance(value, TensorLeaf) and dim is not None and dim < len(value.shape):
                return value.shape[dim]
            if isinstance(value, (bool, int, float)) and dim is None:
                return value
        self._stand_ins.add(symbol)
        return 2

    # -- stand-ins -----------------------------------------------------------------------------------

    def _stand_in(self, rehearsed: Output) -> Any:
        kinds = {type(leaf) for leaf in rehearsed.leaves}
        if LostLeaf in kinds or (TensorLeaf in kinds and self._anchor is None):
            raise LookupError("nothing to go on with")
        leaves = [self._fake(leaf) if isinstance(leaf, TensorLeaf) else leaf for leaf in rehearsed.leaves]
        return pytree.tree_unflatten(leaves, rehearsed.structure)

    def _fake(self, leaf: TensorLeaf) -> Any:
        """A tensor whose every size is a symbol of its own, made by traced operators."""
        sizes = [self._size(size) for size in leaf.shape]
        return self._anchor.new_empty(sizes, dtype=leaf.dtype, device=leaf.device)

    def _remember(self, inputs: list[Any]) -> None:
        self._anchor = next((i for i in inputs if isinstance(i, compat.FakeTensor)), self._anchor)

    def _size(self, value: int) -> Any:
        size = self._anchor.new_empty((), dtype=torch.int64).item()
        torch._check(size >= 0)
        symbol = compat.lone_symbol(size)
        self._stand_ins.add(symbol)
        self._values[symbol] = value
        return size
