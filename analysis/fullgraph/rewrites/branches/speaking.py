"""Statements that only speak: to a person, a log, a board of figures. The program computes the same without them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ...python.syntax.names import call_name, last_name

_SPEAKING = frozenset(
    {"print", "pprint", "debug", "info", "warning", "error", "exception", "critical", "log", "warn", "write"}
    | {"add_scalar", "add_histogram"}
)


def speaks(statement: ast.stmt) -> bool:
    """Whether all that a statement does is to call `print`, a logger, or their like."""
    is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    return is_call and last_name(statement.value) in _SPEAKING  # type: ignore[attr-defined]


def is_remark(statement: ast.stmt) -> bool:
    """Whether it only says a text that is always the same: `log.debug("large input")`."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    said = (*call.args, *(each.value for each in call.keywords)) if isinstance(call, ast.Call) else ()
    return speaks(statement) and bool(said) and all(isinstance(each, ast.Constant) for each in said)


def without_remarks(statements: Iterable[ast.stmt]) -> str:
    """What a title says of remarks that go: no operator captures them."""
    remarks = dict.fromkeys(call_name(n.value) for n in statements if is_remark(n))  # type: ignore[attr-defined]
    return f", without {' and '.join(f'`{each}(…)`' for each in remarks)}" if remarks else ""
