"""Statements that only speak: to a person, a log, a board of figures. The program computes the same without them."""

from __future__ import annotations

import ast

from ...python.syntax.names import last_name

_SPEAKING = frozenset(
    {"print", "pprint", "debug", "info", "warning", "error", "exception", "critical", "log", "warn", "write"}
    | {"add_scalar", "add_histogram"}
)


def speaks(statement: ast.stmt) -> bool:
    """Whether all that a statement does is to call `print`, a logger, or their like."""
    is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    return is_call and last_name(statement.value) in _SPEAKING  # type: ignore[attr-defined]
