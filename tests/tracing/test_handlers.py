# ruff: noqa: TRY203, TRY301 (a `try` is what these functions are made of)
"""Who would have caught an exception: told from the frames that are there, and their source."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fullgraph.model import Expression, Place, Position, Range, Target, TraceRequest
from fullgraph.tracing.locations.exception_handlers import would_catch
from fullgraph.tracing.locations.source_locations import UserCode

PLACE = Place(__file__, Range(Position(0, 0), Position(0, 0)))
TARGET = Target("m:x", "m", __file__, "comment", PLACE, Expression("x", PLACE))
TERRITORY = UserCode(TraceRequest(TARGET, str(Path(__file__).parent)))


class OwnError(RuntimeError):
    pass


KINDS = (KeyError, ValueError)


def asked(error: BaseException) -> bool:
    """Asks at the place of its caller."""
    return would_catch(error, TERRITORY, sys._getframe(1))


def plain(error: Exception) -> bool:
    return asked(error)


def by_class(error: Exception) -> bool:
    try:
        return asked(error)
    except RuntimeError:
        raise


def by_tuple_in_a_name(error: Exception) -> bool:
    try:
        if error:
            return asked(error)
    except KINDS:
        raise
    return False


def bare(error: Exception) -> bool:
    try:
        for _ in range(1):
            return asked(error)
    except:
        raise
    return False


def in_the_handler(error: Exception) -> bool:
    try:
        raise OSError
    except OSError:
        return asked(error)


def in_else(error: Exception) -> bool:
    try:
        pass
    except RuntimeError:
        raise
    else:
        return asked(error)


def only_finally(error: Exception) -> bool:
    try:
        return asked(error)
    finally:
        pass


def suppressed(error: Exception) -> bool:
    with contextlib.suppress(RuntimeError, KeyError):
        return asked(error)
    return False


def by_a_caller(error: Exception) -> bool:
    try:
        return plain(error)
    except OwnError:
        raise


def around_the_definition(error: Exception) -> bool:
    try:

        def inner() -> bool:
            return asked(error)

    except RuntimeError:
        raise
    return inner()


@pytest.mark.parametrize(
    ("function", "error", "caught"),
    [
        (plain, RuntimeError(), False),
        (by_class, RuntimeError(), True),
        (by_class, OwnError(), True),
        (by_class, KeyError(), False),
        (by_tuple_in_a_name, ValueError(), True),
        (by_tuple_in_a_name, RuntimeError(), False),
        (bare, RuntimeError(), True),
        (in_the_handler, OSError(), False),
        (in_else, RuntimeError(), False),
        (only_finally, RuntimeError(), False),
        (suppressed, KeyError(), True),
        (suppressed, ValueError(), False),
        (by_a_caller, OwnError(), True),
        (by_a_caller, RuntimeError(), False),
        (around_the_definition, RuntimeError(), False),
    ],
)
def test_who_catches(function: Callable[[Exception], bool], error: Exception, caught: bool) -> None:
    # In a thread of its own, as pytest's own `try` around a test would catch everything.
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(function, error).result() is caught
