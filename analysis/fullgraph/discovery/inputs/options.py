"""What an export call says besides its model, inputs and dynamic shapes, as far as only a run tells."""

from __future__ import annotations

import ast
from collections.abc import Sequence

OPTIONS = "options"
"""The part of a call that is a dict of these; it stands nowhere as it is."""

_NAMES = ("strict", "prefer_deferred_runtime_asserts_over_guards", "preserve_module_call_signature")


def options_of(call: ast.Call) -> ast.expr | None:
    """What stands behind `**`, and options by a name; with those, the constant ones."""
    said = [each for each in call.keywords if each.arg is None or each.arg in _NAMES]
    if len(said) == 1 and said[0].arg is None:
        return said[0].value
    if all(each.arg == "strict" and isinstance(each.value, ast.Constant) for each in said):
        return None
    options = ast.copy_location(named(said), said[0].value)
    options.end_lineno, options.end_col_offset = said[-1].value.end_lineno, said[-1].value.end_col_offset
    return ast.fix_missing_locations(options)


def named(arguments: Sequence[ast.keyword]) -> ast.Call:
    """The dict of keyword arguments, those behind `**` among them; none may be there twice."""
    return ast.Call(ast.Name("dict", ast.Load()), [], [ast.keyword(e.arg, e.value) for e in arguments])
