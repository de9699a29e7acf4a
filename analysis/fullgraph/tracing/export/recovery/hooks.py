"""The three borders between the user's code and torch's, where a call that raises is given an answer instead."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import torch

from ....model import Failure, RefusalCaught
from ...eager.eager_trace import Counter, EagerTrace, Key, Output, function_key, module_key
from ...facts.shape_env_log import ShapeEnvLog
from ...isolation.steps_aside import Isolation
from ...load.build import Built
from ...torch_compat import export_errors, hooks, modules, pytree, symbols
from ..branch_forks import BranchForks
from ..kernels import Kernels
from .placeholders import Placeholders
from .policy import Policy
from .symbol_values import SymbolValues

_TRUTHS = ("allclose", "equal", "is_nonzero")
"""Functions that give a bool, which can be guessed where the eager trace did not come by."""

_TRUTH = "__bool__"


class Recovery:
    """What lets one export go on after a failure, for as long as it is `installed`."""

    def __init__(
        self,
        built: Built,
        log: ShapeEnvLog,
        eager: Callable[[], EagerTrace],
        isolation: Isolation,
        heard: Callable[[tuple[Failure, ...]], None] = lambda _: None,
    ) -> None:
        self.kernels = Kernels(log)
        self.forks = BranchForks(log, isolation)
        self._model = built.model
        self._log = log
        self._eager = eager
        self._values = SymbolValues(log, eager)
        self._policy = Policy(built, log, self.forks, self._values, lambda: eager().returned, heard)
        self._placeholders = Placeholders(self._values)
        self._counter = Counter()
        self._names = {modules.identity(module): name for name, module in built.model.named_modules()}

    @property
    def failures(self) -> list[Failure]:
        return self._policy.failures

    @property
    def caught(self) -> list[RefusalCaught]:
        return self._policy.caught

    def ended_by(self, error: BaseException) -> None:
        """The trace could not go on, or torch refused the program at its end."""
        self._policy.ended_by(error)

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        with (
            hooks.around_torch_functions(self._around_functions),
            hooks.around_modules(torch.nn.Module, self._around_modules),
            symbols.around_guards(self._around_guards),
            symbols.around_formats(self._around_formats),
        ):
            yield

    # -- the borders ---------------------------------------------------------------------------------

    def _around_functions(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def handle(mode: Any, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if torch.compiler.is_dynamo_compiling():
                return function(*args, **(kwargs or {}))
            here = sys._getframe()
            key = function_key(function, self._log.user_code, here)
            number = self._counter.next(key)
            made = len(self._log.made)

            def again() -> Any:
                return original(mode, function, types, args, kwargs)

            try:
                result = again()
                self.kernels.note(function, key, number, result)
            except Exception as error:  # noqa: BLE001 (goes on upwards where it cannot be taken)
                result = self._instead(error, here, key, number, again, (args, kwargs))
            if len(self._log.made) > made:
                self._values.learn(key, number, result)
            return result

        return handle

    def _around_modules(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(module: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
            if torch.compiler.is_dynamo_compiling() or self._log.env is None:
                return original(module, *args, **kwargs)
            if modules.identity(module) == modules.identity(self._model):
                self._counter.restart()
                return original(module, *args, **kwargs)
            key = module_key(self._names.get(modules.identity(module), ""))
            number = self._counter.next(key)
            try:
                return original(module, *args, **kwargs)
            except Exception as error:  # noqa: BLE001 (goes on upwards where it cannot be taken)
                return self._instead(error, sys._getframe(), key, number, None, (args, kwargs))

        return call

    def _around_guards(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def guard(node: Any, file: str, line: int) -> Any:
            try:
                return original(node, file, line)
            except export_errors.refused_guards() as error:
                here = sys._getframe()
                asking = symbols.asking_file(here.f_back)
                if asking is None or (modules.is_torch(asking) and not self._log.user_code.is_user(asking)):
                    raise
                return self._known(error, here, node, lambda: original(node, file, line))

        return guard

    def _around_formats(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def formatted(number: Any, spec: str) -> str:
            try:
                return str(original(number, spec))
            except TypeError as error:
                if self._policy.take(error, sys._getframe()) is None:
                    raise
                known = self._values.number(symbols.expression(number))
                if known is None:
                    raise
                return format(known, spec)

        return formatted

    # -- the answers ---------------------------------------------------------------------------------

    def _instead(
        self,
        error: Exception,
        frame: FrameType,
        key: Key,
        number: int,
        again: Callable[[], Any] | None,
        inputs: Any,
    ) -> Any:
        """What to go on with in the place of the call that raised `error`; raises it where nothing is."""
        if not (place := self._policy.take(error, frame)):
            raise error
        if self._policy.leaves_loop(place) and key[-1] == _TRUTH:
            return False
        calls = self._eager().calls.get(key, [])
        seen = calls[number] if number < len(calls) else None
        if key[-1] == _TRUTH and seen is not None:
            taken = bool(seen.leaves[0])
            if self._policy.direction(place, taken) is not taken:
                return not taken
        self._placeholders.remember(pytree.leaves_of(inputs))
        asked = export_errors.condition(error)
        if again is not None and asked is not None and not (seen is not None and seen.is_plain):
            self._policy.assume(asked)
            with contextlib.suppress(Exception), self._values.given_to_torch(asked.free_symbols):
                return again()
        return self._as_seen(error, key, seen)

    def _as_seen(self, error: Exception, key: Key, seen: Output | None) -> Any:
        """What the same call gave in the eager trace."""
        if seen is None:
            if key[-1] in _TRUTHS:
                return False
            raise error
        if not seen.is_truth:
            self._policy.go_astray()
        try:
            return self._placeholders.of(seen)
        except Exception as impossible:
            raise error from impossible

    def _known(self, error: Exception, frame: FrameType, node: Any, again: Callable[[], Any]) -> Any:
        """The value of a symbolic size that Python asked for."""
        if not (place := self._policy.take(error, frame)):
            raise error
        is_bool, expression = symbols.asks_truth(node), symbols.of_node(node)
        if self._policy.leaves_loop(place) and is_bool:
            return False
        taken = self._values.truth(expression) if is_bool else None
        if taken is not None and self._policy.direction(place, taken) is not taken:
            return not taken
        self._policy.assume(expression)
        with self._values.given_to_torch(expression.free_symbols):
            return again()
