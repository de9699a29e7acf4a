"""The value of every expression of the user's own functions, in one more trace, on observed code.

It is a trace of its own, beside the one that decides: what is observed is not the untouched program. It
too goes on after failures, so that there are values behind them. Kept are dtypes and symbolic sizes, no
tensors; they are put into the user's names at the end, when all symbols have found their fate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
import torch

from ..model import Facts, Place, Symbol, Value
from .eager.eager_trace import EagerTrace
from .export.exporting import export, log_of
from .export.recovery import Recovery
from .facts.naming import Names
from .facts.shape_env_log import ShapeEnvLog
from .instrumentation.instrument import Observed, Site, Swap, observed_files
from .isolation.steps_aside import Isolation
from .load.build import Built
from .locations.source_locations import UserCode
from .torch_compat import symbols
from .torch_compat.hooks import quiet, untraced

_MOST_DIFFERENT = 16
"""How many different values one expression is shown with; a loop can have thousands."""

_MOST_SYMBOLS = 300

_Seen = tuple[Any, ...]
_Named = tuple[str, tuple[int | str, ...] | None, str]


def run(built: Built, user_code: UserCode, eager: Callable[[], EagerTrace], isolation: Isolation) -> Facts:
    """The values of one trace; its failures are told by the one that decides."""
    log = log_of(built, user_code)
    recovery = Recovery(built, log, eager, isolation)
    files = observed_files(user_code)
    notes = _Notes()
    with log.watching(), recovery.installed(), quiet(), Swap(files, notes.note):
        try:
            export(built)
        except BaseException as error:  # noqa: BLE001 (the border: whatever user code raises is a fact)
            recovery.ended_by(error)
    return Facts(values=notes.values(files, log), symbols=notes.symbols(log), steps=("values",))


class _Notes:
    """What each site gave, in order; equal values once, with the evaluations that gave them."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._seen: dict[int, dict[_Seen, list[int]]] = {}

    def note(self, site: int, value: Any) -> Any:
        """The observer. It is called for every expression, also in code that Dynamo traces."""
        if torch.compiler.is_dynamo_compiling():
            return value
        kind = type(value)
        if kind in symbols.SYMBOLIC or isinstance(value, torch.Tensor):
            self._keep(site, _seen(value))
        elif kind is torch.Size or (kind is tuple and any(type(item) in symbols.SYMBOLIC for item in value)):
            self._keep(site, ("sizes", *(_size(item) for item in value)))
        return value

    def _keep(self, site: int, seen: _Seen) -> None:
        number = self._counts.get(site, 0)
        self._counts[site] = number + 1
        values = self._seen.setdefault(site, {})
        if seen in values or len(values) < _MOST_DIFFERENT:
            values.setdefault(seen, []).append(number)

    def values(self, files: list[Observed], log: ShapeEnvLog) -> tuple[Value, ...]:
        names = log.names

        def named(seen: _Seen) -> _Named:
            return _named(seen, names, log.final)

        return tuple(
            value
            for observed in files
            for number, site in enumerate(observed.sites, observed.base)
            for value in self._values(site, self._seen.get(number, {}), observed.file, named)
        )

    def symbols(self, log: ShapeEnvLog) -> tuple[Symbol, ...]:
        """The symbols that the values are made of: what is shown shall not need torch to be understood."""
        seen = (item for values in self._seen.values() for value in values for item in value)
        sizes = {log.final(item) for item in seen if isinstance(item, sympy.Basic)}
        return log.names.symbols(sizes)[:_MOST_SYMBOLS]

    def _values(
        self, site: Site, seen: dict[_Seen, list[int]], file: str, name: Callable[[_Seen], _Named]
    ) -> list[Value]:
        named: dict[_Named, list[int]] = {}
        for value, calls in seen.items():
            named.setdefault(name(value), []).extend(calls)
        place = Place(file, site.range)
        binds = tuple(binding.name for binding in site.bindings if binding.element is None)
        alone = len(named) == 1
        return [
            Value(place, dtype, shape, text, () if alone else tuple(sorted(calls)), binds)
            for (dtype, shape, text), calls in named.items()
        ]


def _seen(value: Any) -> _Seen:
    if isinstance(value, torch.Tensor):
        # Reading a shape is a torch function too, and would be traced.
        with untraced():
            return ("tensor", value.dtype, *(_size(size) for size in value.shape))
    return (type(value), symbols.expression(value))


def _size(size: Any) -> Any:
    return symbols.expression(size)


def _named(seen: _Seen, names: Names, final: Callable[[Any], Any]) -> _Named:
    kind, *rest = seen
    if kind == "tensor":
        dtype, *sizes = rest
        return str(dtype).removeprefix("torch."), tuple(names.number(final(size)) for size in sizes), ""
    if kind == "sizes":
        return "Size", None, f"({', '.join(str(names.number(final(size))) for size in rest)})"
    return kind.__name__.removeprefix("Sym").lower(), None, str(names.number(final(rest[0])))
