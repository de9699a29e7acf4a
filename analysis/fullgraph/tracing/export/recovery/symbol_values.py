"""What unbacked symbols are with the example inputs: as the eager trace saw it, by the call that made each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import sympy
import torch

from ...eager.eager_trace import EagerTrace, Key, TensorLeaf
from ...facts.shape_env_log import ShapeEnvLog
from ...torch_compat import pytree, shape_env, symbols

_GUESS = 2
"""For what the eager trace did not see: as good as any size."""


class SymbolValues:
    """The values of one trace's symbols. `invented` are those that no call of the program's made."""

    def __init__(self, log: ShapeEnvLog, eager: Callable[[], EagerTrace]) -> None:
        self.invented: set[Any] = set()
        self._log = log
        self._eager = eager
        self._born: dict[Any, tuple[Key, int, int, int | None]] = {}  # symbol → the output that has it
        self._values: dict[Any, Any] = {}

    def learn(self, key: Key, number: int, result: Any) -> None:
        """Remembers which output of which call a fresh symbol came from."""
        for index, leaf in enumerate(pytree.leaves_of(result)):
            sizes = enumerate(leaf.shape) if isinstance(leaf, torch.Tensor) else ((None, leaf),)
            for dim, size in sizes:
                symbol = symbols.lone_symbol(size)
                if symbol is not None and symbol in self._log.made:
                    self._born.setdefault(symbol, (key, number, index, dim))

    def invent(self, symbol: Any, value: int) -> None:
        """A symbol of our own making."""
        self.invented.add(symbol)
        self._values[symbol] = value

    def truth(self, expression: Any) -> bool | None:
        """The truth of a condition over symbols, with the example inputs."""
        known = self._inserted(expression)
        return bool(known) if known in (sympy.true, sympy.false) else None

    def number(self, expression: Any) -> bool | int | float | None:
        """What a number over symbols is with the example inputs."""
        known = self._inserted(expression)
        if known in (sympy.true, sympy.false):
            return bool(known)
        if not known.is_number:
            return None
        return int(known) if known.is_Integer else float(known)

    @contextlib.contextmanager
    def given_to_torch(self, asked: set[Any]) -> Iterator[None]:
        """torch evaluates these symbols by their values in the eager trace, and adds runtime checks."""
        assert self._log.env is not None
        values = {symbol: self._value(symbol) for symbol in asked | set(self._born)}
        with shape_env.values_known(self._log.env, values):
            yield

    def _inserted(self, expression: Any) -> Any:
        assert self._log.env is not None
        born = expression.free_symbols & set(self._born)
        known = expression.xreplace({symbol: sympy.sympify(self._value(symbol)) for symbol in born})
        return known.xreplace(shape_env.real_values(self._log.env))

    def _value(self, symbol: Any) -> Any:
        if symbol not in self._values:
            self._values[symbol] = self._seen(symbol)
        return self._values[symbol]

    def _seen(self, symbol: Any) -> Any:
        if symbol in self._born:
            key, number, index, dim = self._born[symbol]
            calls = self._eager().calls.get(key, [])
            outputs = calls[number].leaves if number < len(calls) else ()
            value = outputs[index] if index < len(outputs) else None
            if isinstance(value, TensorLeaf) and dim is not None and dim < len(value.shape):
                return value.shape[dim]
            if isinstance(value, (bool, int, float)) and dim is None:
                return value
        self.invented.add(symbol)
        return _GUESS
