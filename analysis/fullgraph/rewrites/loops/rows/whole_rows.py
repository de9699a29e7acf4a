"""What a round gives, for all rows at once: `(probs > 0.5).sum(1)` of `int((p > 0.5).sum())` for each `p`.

The rule: each element is computed by itself, and at most one reduction of the whole row follows.
"""

from __future__ import annotations

import ast

from ....python.syntax.assignments import assigned
from ....python.syntax.names import call_name, is_name
from ....text.source import SourceText
from ...edit.module import Code, operand
from .batched import is_elementwise
from .outcomes import Leaf
from .row_function import RowFunction

_REDUCTIONS = {"sum": "sum", "mean": "mean", "any": "any", "all": "all", "prod": "prod"} | {
    "amax": "amax",
    "amin": "amin",
    "max": "amax",
    "min": "amin",
}
_NUMBERS = ("int", "float")


def over_all_rows(made: RowFunction) -> str | None:
    """The text of what the one list of a loop becomes, where that needs no function of a row."""
    outcome, rounds = made.round.outcome, made.rounds
    if len(made.rows) != 1 or len(rounds.over) != 1 or rounds.uses or not isinstance(outcome, Leaf):
        return None
    value = _inlined(made, outcome.values.get(made.rows[0].name))
    return _over_all(*value, rounds.names[0], rounds.over[0]) if value is not None else None


def _inlined(made: RowFunction, value: ast.expr | None) -> tuple[Code, ast.expr] | None:
    """The value with what the round's names are given in their places; each is read once."""
    if value is None:
        return None
    code, node = _alone(made.code.flat(value))
    for statement in reversed(made.round.given):
        name, given = assigned(statement) or ("", None)
        uses = [n for n in ast.walk(node) if name and is_name(n, name)]
        if not isinstance(statement, ast.Assign) or given is None or len(uses) != 1:
            return None
        inner = made.code.flat(given)
        code, node = _alone(code.flat_with(node, {uses[0]: operand(inner, given)}))
    return code, node


def _alone(text: str) -> tuple[Code, ast.expr]:
    tree = ast.parse(text)
    statement = tree.body[0]
    assert isinstance(statement, ast.Expr)
    return Code(tree, SourceText("", text)), statement.value


def _over_all(code: Code, node: ast.expr, row: str, rows: str) -> str | None:
    made = ""
    if call_name(node) in _NUMBERS and isinstance(node, ast.Call) and len(node.args) == 1:
        made, node = call_name(node), node.args[0]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "item":
        made, node = "item", node.func.value
    method = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
    if method not in _REDUCTIONS or not isinstance(node, ast.Call) or node.args or node.keywords:
        return None if made or not is_elementwise(node, row) else _substituted(code, node, row, rows)
    assert isinstance(node.func, ast.Attribute)
    each = node.func.value
    if not is_elementwise(each, row):
        return None
    text = f"{operand(_substituted(code, each, row, rows), each)}.{_REDUCTIONS[method]}(1)"
    counts = method in ("sum", "any", "all") and isinstance(each, ast.Compare)
    conversion = {"float": "float", "int": "" if counts and method == "sum" else "long"}.get(made, "")
    return f"{text}.{conversion}()" if conversion else text


def _substituted(code: Code, node: ast.expr, row: str, rows: str) -> str:
    return code.flat_with(node, {n: rows for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == row})
