"""Numbers that were taken out of tensors, left in them: what a rewrite of a branch does besides.

A branch on `t <= 0` with `t = temperature.item()` has no tensor to choose from until `t` is one. The rule:
only what gives the number that is asked for is changed, and only `.item()`, `float(…)` and `int(…)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import DataDependent, Edit, Range
from ...python.syntax.assignments import assigned_name
from ...python.syntax.names import call_name, method_name
from ...python.syntax.precedence import owner
from ..edit.lines import take_out
from ..edit.module import Code, as_python_counts
from ..rewrite import Problem


def kept_tensors(problem: Problem, code: Code) -> tuple[Edit, ...]:
    """Edits of the file that make tensors of the numbers that a condition is about."""
    failure = problem.failure
    if not isinstance(failure, DataDependent):
        return ()
    places = dict.fromkeys(symbol.made_at for symbol in failure.symbols)
    found = []
    for place in places:
        here = place is not None and place.file == code.source.file
        node = code.expression_at(place.range) if place is not None and here else None
        edit = _kept(code, node) if isinstance(node, ast.Call) else None
        if edit is None or node is None:
            return ()
        found.append(_unneeded(code, node, edit.new_text) or edit)
    return tuple(found)


def _unneeded(code: Code, node: ast.expr, text: str) -> Edit | None:
    """Takes `k = k` out, which is left of `k = k.item()`."""
    statement = code.parents.get(node)
    alone = isinstance(statement, ast.Assign) and assigned_name(statement) == text
    return take_out(code, statement) if alone and isinstance(statement, ast.Assign) else None


def outside(edits: tuple[Edit, ...], where: Range) -> Iterator[Edit]:
    """Those that do not lie in a range; what lies in it is written anew anyway."""
    return (edit for edit in edits if not where.contains(edit.place.range))


def _kept(code: Code, node: ast.Call) -> Edit | None:
    if isinstance(node.func, ast.Attribute) and node.func.attr == "item" and not node.args:
        tensor = node.func.value
        return code.replaced(node, as_python_counts(code, tensor, code.text(tensor)))
    if call_name(node) == "float" and len(node.args) == 1 and not node.keywords:
        inner = node.args[0]
        text = code.text(inner)
        return code.replaced(node, f"{owner(text)}.double()" if code.dtypes_in(inner) else text)
    if call_name(node) == "int" and len(node.args) == 1 and not node.keywords:
        inner = node.args[0]
        whole = code.dtypes_in(inner) and not method_name(inner)
        text = as_python_counts(code, inner, code.text(inner))
        return code.replaced(node, text if whole else f"{owner(text)}.long()")
    return None
