"""Dynamo: where it is in the program it reads, what it says of a break, and its own list of breaks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from traceback import FrameSummary
from typing import Any

from .names import Private

_CONTEXT = Private("torch._guards.TracingContext", "where guards are in code that Dynamo reads")
_PATCH = Private("torch._dynamo.config.patch", "data-dependent sizes in strict mode")
_REASONS = Private("torch._dynamo.utils.graph_break_reasons", "graph breaks")
_FILE = Private("torch._dynamo.__file__", "the kinds of graph breaks")
_ERRORS = Private("torch._dynamo.exc.__name__", "which errors are Dynamo's")
_USER_ERROR = Private("torch._dynamo.exc.UserError", "what Dynamo says of the user's own code")


def stack() -> list[FrameSummary]:
    """Where Dynamo is in the program whose bytecode it reads, outermost first; empty where it reads none."""
    context = _CONTEXT.get()
    return list(context.extract_stack()) if context is not None and context.try_get() is not None else []


def as_strict_export() -> contextlib.AbstractContextManager[Any]:
    """Dynamo takes sizes and numbers that depend on data into the graph, as strict export has it do."""
    patch = _PATCH.get()
    if patch is None:
        return contextlib.nullcontext()
    patched: contextlib.AbstractContextManager[Any] = patch(
        capture_scalar_outputs=True, capture_dynamic_output_shape_ops=True
    )
    return patched


def break_reasons() -> list[Any]:
    """Dynamo's list of the breaks since it was last cleared, with reason and user_stack."""
    reasons: list[Any] | None = _REASONS.get()
    return [] if reasons is None else reasons


def raised(error: BaseException) -> bool:
    """Whether Dynamo raised it: where it reads the program, which `torch.cond` has it do in eager mode too."""
    return bool(type(error).__module__ == _ERRORS.get())


def is_user_error(error: BaseException) -> bool:
    return isinstance(error, _USER_ERROR.types())


def user_stack(error: BaseException) -> Sequence[FrameSummary]:
    """The user's stack that Dynamo keeps in its exceptions, outermost first."""
    return getattr(error, "real_stack", None) or ()


@cache
def break_kinds() -> dict[str, dict[str, Any]]:
    """torch's own list of break kinds, by code; empty in a torch that has none."""
    here = _FILE.get()
    if here is None:
        return {}
    try:
        entries = json.loads((Path(here).parent / "graph_break_registry.json").read_text())
    except (OSError, ValueError):
        return {}
    return {code: {**_plainest(kinds), "code": code} for code, kinds in entries.items() if kinds}


def _plainest(kinds: list[dict[str, Any]]) -> dict[str, Any]:
    """A kind is listed once for each place that raises it; some entries hold names instead of words."""

    def plainness(kind: dict[str, Any]) -> tuple[bool, int]:
        words = str(kind.get("Explanation", ""))
        return " " in words and '"' not in words, len(kind.get("Hints", ()))

    return max(kinds, key=plainness)
