"""torch's shape environment: its symbols, what it knows of them, and the few functions that all of it goes through.

What was found where (read in the sources of 2.9.1, 2.13.0 and 2.15.0):

    ShapeEnv._log_guard, _set_replacement, create_unbacked_sym*       all
    ShapeEnv.backed_var_to_val                                         2.10; before it `var_to_val`
    ShapeEnv.real_tensor_prop_unbacked_vals                            2.10; before `unbacked_var_to_val`
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import sympy

from .hooks import after, before, hooked
from .names import Attribute, Private
from .wording import SUPPRESSED_GUARD

ShapeEnv: TypeAlias = Any

_SHAPES = Private("torch.fx.experimental.symbolic_shapes", "symbols")
_UNINTERESTING = Attribute("symbolic_shapes.uninteresting_files", "which frames are ours and not the user's")
_ENV = Private("torch.fx.experimental.symbolic_shapes.ShapeEnv", "guards, replacements and symbols")
_LOG_GUARD = Attribute("ShapeEnv._log_guard", "guards")
_SET_REPLACEMENT = Attribute("ShapeEnv._set_replacement", "sizes that became equal or constant")
_CREATE_SYMBOL = Attribute("ShapeEnv.create_symbol", "the inputs' symbols before the first guard")
_UNBACKED = (
    Attribute("ShapeEnv.create_unbacked_symint", "where unbacked integers are made"),
    Attribute("ShapeEnv.create_unbacked_symfloat", "where unbacked floats are made"),
    Attribute("ShapeEnv.create_unbacked_symbool", "where unbacked bools are made"),
)
_BACKED_VALUES = Attribute(
    "ShapeEnv.backed_var_to_val", "symbols' values in the example inputs", ("var_to_val",)
)
_UNBACKED_VALUES = Attribute(
    "ShapeEnv.real_tensor_prop_unbacked_vals", "unbacked symbols' values", ("unbacked_var_to_val",)
)
_SOURCES = Attribute("ShapeEnv.source_to_var", "the names of input sizes")
_DIM_NAMES = Attribute("ShapeEnv.source_name_to_debug_name", "the names of Dims")
_RANGES = Attribute("ShapeEnv.var_to_range", "the ranges of symbols")
_REPLACEMENTS = Attribute("ShapeEnv.replacements", "which replacements are new")
_GUARDS = Attribute("ShapeEnv.guards", "the conditions on sizes that a program carries")
_GUARD = Attribute("ShapeGuard.expr", "the conditions on sizes that a program carries")
_TRACKED = Attribute("ShapeEnv.tracked_fakes", "the traced inputs")
_REPLACE = Attribute("ShapeEnv.replace", "what symbols have become at the end")


class Observer(Protocol):
    """Hears of everything that the environments of this process note."""

    def environment(self, env: ShapeEnv) -> None: ...

    def guard(self, expression: Any) -> None: ...

    def replacement(self, symbol: Any, by: Any) -> None: ...

    def symbol_made(self, number: Any, source: Any) -> None: ...


@contextlib.contextmanager
def observed_by(observer: Observer) -> Iterator[None]:
    def guard(env: ShapeEnv, prefix: str, expression: Any, *_: Any, **__: Any) -> None:
        observer.environment(env)
        if not prefix.endswith(SUPPRESSED_GUARD):
            observer.guard(expression)

    def replacement(env: ShapeEnv, symbol: Any, by: Any, *_: Any, **__: Any) -> None:
        observer.environment(env)
        if by != _REPLACEMENTS.of(env, {}).get(symbol) and symbol not in by.free_symbols:
            observer.replacement(symbol, by)

    def made(result: Any, env: ShapeEnv, source: Any = None, **_: Any) -> None:
        observer.environment(env)
        observer.symbol_made(result, source)

    env = _ENV.get()
    with contextlib.ExitStack() as stack:
        stack.enter_context(hooked(env, _LOG_GUARD, before(guard)))
        stack.enter_context(hooked(env, _SET_REPLACEMENT, before(replacement)))
        for unbacked in _UNBACKED:
            stack.enter_context(hooked(env, unbacked, after(made)))
        stack.enter_context(
            hooked(env, _CREATE_SYMBOL, before(lambda env, *_, **__: observer.environment(env)))
        )
        yield


def hide_our_frames() -> None:
    """Keeps our frames out of torch's search for the user's (`_get_user_frame`).

    It takes the innermost frame of a file it does not know to be generic for the user's, and decides by
    the bytecode there whether an assert asked.
    """
    module = _SHAPES.get()
    listing = _UNINTERESTING.of(module) if module is not None else None
    if listing is None:
        return
    files = listing()
    ours = {str(file) for file in Path(__file__).parents[1].rglob("*.py")}
    if isinstance(files, set):
        files.update(ours)
    else:
        known = frozenset(files) | ours
        module.uninteresting_files = lambda: known


def new_env() -> ShapeEnv | None:
    env = _ENV.get()
    return env() if env is not None else None


def real_values(env: ShapeEnv) -> dict[Any, Any]:
    """symbol → its value with the example inputs."""
    return {**_BACKED_VALUES.of(env, {}), **_UNBACKED_VALUES.of(env, {})}


def symbols_by_source(env: ShapeEnv) -> dict[str, Any]:
    """torch's source of an input size (`L['x'].size()[0]`) → its symbol."""
    return dict(_SOURCES.of(env, {}))


def sources(env: ShapeEnv) -> dict[Any, str]:
    """symbol → the first input size it stands for, as torch writes it."""
    names: dict[Any, str] = {}
    for source, symbol in symbols_by_source(env).items():
        names.setdefault(symbol, source)
    return names


def source_name(source: Any) -> str:
    """As torch writes it; a method up to 2.9, a property since."""
    return str(source.name() if callable(source.name) else source.name)


def dim_names(env: ShapeEnv) -> dict[str, str]:
    """torch's source → the name of the user's Dim."""
    return dict(_DIM_NAMES.of(env, {}))


def bounds(env: ShapeEnv, symbol: Any) -> Any:
    """The range of a symbol, with `lower` and `upper`; None where nothing is known of it."""
    return _RANGES.of(env, {}).get(symbol)


def tracked_inputs(env: ShapeEnv) -> dict[str, Any]:
    """torch's source of each input → its fake value."""
    tracked = (_TRACKED.of(env) if env is not None else None) or ()
    return {source_name(each.source): each.fake for each in tracked}


def guards(env: ShapeEnv) -> list[Any]:
    """What must be true of the inputs' sizes, in the order of the trace.

    `ExportedProgram._guards_code` is these (`_convert_guards_to_code`, from 2.9 on), and `program.module()`
    checks them. Older programs check the ranges of symbols alone, and hold for the same sizes only.
    """
    found = (_GUARD.of(guard) for guard in _GUARDS.of(env, ()))
    return [expression for expression in found if expression is not None]


def final(env: ShapeEnv, expression: Any) -> Any:
    """An expression in the symbols that are left at the end."""
    replace = _REPLACE.of(env)
    return expression if replace is None else replace(expression)


@contextlib.contextmanager
def values_known(env: ShapeEnv, values: dict[Any, Any]) -> Iterator[None]:
    """For a while, torch takes these for the values of unbacked symbols and asserts them at run time."""
    known = _UNBACKED_VALUES.of(env, {})
    added = {symbol: sympy.sympify(value) for symbol, value in values.items() if symbol not in known}
    known.update(added)
    try:
        yield
    finally:
        for symbol in added:
            known.pop(symbol, None)


def leaves_sizes_free(expression: Any, env: ShapeEnv) -> bool:
    """Whether torch learns no number from the truth of `expression`.

    From `u0 == 12` it does, and every size that is compared with `u0` is 12 from then on; from `u0 > 3`,
    and from a symbol that stands for a bool, it does not.
    """
    if isinstance(expression, (sympy.And, sympy.Or, sympy.Not)):
        return all(leaves_sizes_free(argument, env) for argument in expression.args)
    if not isinstance(expression, (sympy.Eq, sympy.Ne)):
        return isinstance(expression, sympy.Rel)
    # A bool's symbol is a number from 0 to 1, and asked for as `u0 == 1`.
    known = bounds(env, expression.lhs)
    return expression.rhs == 1 and known is not None and known.upper == 1
