"""Torch's symbols and sources in the user's words: `s77` is `batch`, `L['x'].size()[0]` is `x.shape[0]`."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy

from ...model import Frame, Symbol
from ..torch_compat import shape_env, symbols, wording


def user_source(source: str, leaves: Sequence[str] = ()) -> str:
    """`L['x'].size()[0]` → `x.shape[0]`, `L['pair'][0]` → `pair[0]`.

    Strict export flattens the inputs and calls them by number, `L['flat_args'][1]`; `leaves` has their names.
    """
    source = wording.FLAT_INPUT.sub(lambda m: _leaf(int(m[1]), leaves) or m[0], source)
    return wording.SIZE.sub(r".shape[\1]", wording.INPUT.sub(r"\1", source))


def _leaf(number: int, leaves: Sequence[str]) -> str | None:
    return leaves[number] if number < len(leaves) else None


class Names:
    """The names of one trace's symbols."""

    def __init__(
        self,
        env: shape_env.ShapeEnv | None,
        made: Mapping[Any, Frame | None],
        given: Mapping[str, str] | None = None,
        sizes: Mapping[Any, str] | None = None,
        leaves: Sequence[str] = (),
    ) -> None:
        self._leaves = leaves
        self._env = env
        self._made = made
        self._sources = {**(sizes or {}), **(shape_env.sources(env) if env else {})}
        self._dims = {**(given or {}), **(shape_env.dim_names(env) if env else {})}

    def source(self, source: str) -> str:
        """torch's source of an input, or of a size of one, as the user would write it."""
        return user_source(source, self._leaves)

    def name(self, symbol: Any) -> str:
        source = self._sources.get(symbol)
        if source is None:
            return str(symbol)
        return self._dims.get(source) or self.source(source)

    def text(self, expression: Any) -> str:
        """The expression as Python, in the user's names: `batch % 4 == 0`."""
        if not isinstance(expression, sympy.Basic):
            return str(expression)
        names = {symbol: _as_expression(self.name(symbol)) for symbol in expression.free_symbols}
        try:
            return symbols.printed(expression.xreplace(names))
        except Exception:  # noqa: BLE001 (a printer that does not know a function is no reason to fail)
            return str(expression)

    def size(self, size: Any) -> int | str:
        """One entry of a shape."""
        return self.number(symbols.expression(size))

    def number(self, expression: Any) -> int | str:
        """A number as it is, an expression over symbols as text."""
        if isinstance(expression, int):
            return int(expression)
        return int(expression) if expression.is_Integer else self.text(expression)

    def symbol(self, symbol: Any) -> Symbol:
        source = self._sources.get(symbol)
        frame = self._made.get(symbol)
        lower, upper = self._range(symbol)
        return Symbol(
            name=self.name(symbol),
            torch_name=str(symbol),
            source=self.source(source) if source else None,
            lower=lower,
            upper=upper,
            made_at=frame.place if frame else None,
            made_by=frame.text if frame else "",
        )

    def symbols(self, expressions: Iterable[Any]) -> tuple[Symbol, ...]:
        free = {s for e in expressions if isinstance(e, sympy.Basic) for s in e.free_symbols}
        return tuple(self.symbol(symbol) for symbol in sorted(free, key=str))

    def _range(self, symbol: Any) -> tuple[int | None, int | None]:
        bounds = shape_env.bounds(self._env, symbol) if self._env else None
        return (finite(bounds.lower), finite(bounds.upper)) if bounds is not None else (None, None)


def _as_expression(name: str) -> Any:
    """A name as part of a larger expression: of a derived `Dim`, 4 times `seq - 1` is `4*seq - 4`."""
    roots = {root: sympy.Symbol(root, integer=True) for root in re.findall(r"[^\W\d]\w*", name)}
    if re.fullmatch(r"[\w\s*+-]+", name) and name not in roots:
        with contextlib.suppress(sympy.SympifyError, TypeError):
            return sympy.sympify(name, locals=roots)
    return sympy.Symbol(name, integer=True)


def finite(bound: Any) -> int | None:
    # torch's "no upper bound" is sometimes sys.maxsize - 1 rather than its infinity.
    return int(bound) if getattr(bound, "is_Integer", False) and abs(int(bound)) < 2**62 else None
