"""Tensors that comprehensions over sizes write out: `torch.tensor([[abs(i - j) for j in range(n)] for i in range(n)])`.

Each counter becomes an `arange` along a dimension of its own. The rule: whole numbers and truths alone are computed
of them, as Python's floats have more digits than those of a tensor.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....model import Edit
from ....python.syntax.names import call_name, is_name, names_in
from ....python.syntax.precedence import owner
from ...edit.module import Code
from ...lifting.expressions import FORMS
from ...lifting.lists.joined import spread
from ...lifting.scope import Pass, Scope
from ...lifting.value import CannotLiftError, Value

_FLOATING = (ast.Div, ast.Pow)


def all_grids(code: Code, call: ast.Call, torch: str) -> Iterator[Edit]:
    """Edits of all such tensors of a function: each of them asks for the same sizes."""
    for each in ast.walk(code.function_of(call) or call):
        if isinstance(each, ast.Call) and (text := grid(code, each, torch)):
            yield code.replaced(each, text)


def grid(code: Code, call: ast.Call, torch: str) -> str | None:
    """The text of a `torch.tensor(…)` whose entries follow from their places alone."""
    known = {each.arg: code.flat(each.value) for each in call.keywords}
    if call_name(call) != f"{torch}.tensor" or len(call.args) != 1 or not known.keys() <= {"dtype", "device"}:
        return None
    device = f", device={known['device']}" if "device" in known else ""
    text = _written_out(code, call.args[0], torch, device)
    return f"{owner(text)}.to({known['dtype']})" if text and "dtype" in known else text


def _written_out(code: Code, node: ast.expr, torch: str, device: str) -> str | None:
    if isinstance(node, ast.Call) and is_name(node.func, "list") and len(node.args) == 1:
        node = node.args[0]
    if isinstance(node, ast.Call) and is_name(node.func, "range") and not node.keywords:
        return f"{torch}.arange({', '.join(map(code.flat, node.args))}{device})"
    outer, inner = node, node.elt if isinstance(node, ast.ListComp) else None
    if not isinstance(outer, ast.ListComp) or not isinstance(inner, ast.ListComp):
        return None
    first, second = _count(code, outer), _count(code, inner)
    if first is None or second is None:
        return None
    (row, rows), (column, columns) = first, second
    if row == column or not {row, column} <= names_in(inner.elt) or row in names_in(inner.generators[0].iter):
        return None
    sources = {
        row: f"{torch}.arange({rows}{device}).unsqueeze(1)",
        column: f"{torch}.arange({columns}{device})",
    }
    return _of_places(code, inner.elt, torch, sources)


def _count(code: Code, made: ast.ListComp) -> tuple[str, str] | None:
    """The name that counts, and how far."""
    loop = made.generators[0]
    counts = isinstance(loop.iter, ast.Call) and is_name(loop.iter.func, "range") and len(loop.iter.args) == 1
    if len(made.generators) != 1 or loop.ifs or not counts or not isinstance(loop.target, ast.Name):
        return None
    return loop.target.id, code.flat(loop.iter.args[0])  # type: ignore[attr-defined]


def _of_places(code: Code, entry: ast.expr, torch: str, sources: dict[str, str]) -> str | None:
    """An entry by its place, for all places."""
    function = code.function_of(entry)
    floats = any(isinstance(n, ast.BinOp) and isinstance(n.op, _FLOATING) for n in ast.walk(entry))
    made = any(isinstance(n, ast.BinOp) and _has_float(n) for n in ast.walk(entry))
    if function is None or floats or made or any(_is_other_call(n) for n in ast.walk(entry)):
        return None
    run = Pass(
        frozenset(), frozenset(), frozenset(), code.source.place(code.range(entry)), frozenset(), False
    )
    names = {name: Value(name, "int", exact=True) for name in sources}
    scope = Scope(code, torch, function, FORMS, lambda *_: None, lambda *_: None, run, names)
    try:
        value = scope.of(entry)
    except CannotLiftError:
        return None
    return spread(scope, value.text, sources) if value.is_lifted and not scope.checks else None


def _has_float(node: ast.BinOp) -> bool:
    return any(isinstance(n, ast.Constant) and isinstance(n.value, float) for n in ast.walk(node))


def _is_other_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and call_name(node) not in ("abs", "min", "max", "int", "bool", "float")
