"""The forms of expressions, by the kind of syntax. This table is the list of them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from . import calls, inference
from .lists import containers, membership, tables
from .reading import sizes, sources
from .scalars import arithmetic, conditions, sharing
from .scope import Form, Scope
from .value import CannotLiftError, Value


def _subscript(scope: Scope, node: ast.expr) -> Value:
    return (
        sources.count(scope, node)
        or sizes.count(scope, node)
        or tables.found(scope, node)
        or inference.subscript(scope, node)
    )


def _comparison(scope: Scope, node: ast.expr) -> Value:
    assert isinstance(node, ast.Compare)
    found = membership.held(scope, node) or tables.held(scope, node) or sharing.compared(scope, node)
    return found or conditions.comparison(scope, node)


def _text(scope: Scope, node: ast.expr) -> Value:
    """An f-string; what is in it stands at no certain place, and stays as it is."""
    inner = [scope.of(n.value) for n in ast.walk(node) if isinstance(n, ast.FormattedValue)]
    shows = any(each.asks_data or each.holds_lifted or each.holds_text for each in inner)
    return Value(scope.code.flat(node), "text" if shows else "static")


def _walrus(scope: Scope, node: ast.expr) -> Value:
    assert isinstance(node, ast.NamedExpr)
    value = scope.of(node.value)
    name = node.target.id
    kept = scope.keeps(name) and value.is_lifted
    text = value.plain if kept else value.detached.text
    scope.bind(name, Value(name) if kept else value)
    inside = replace(value, differentiable=False, source="", roots=frozenset({name}))
    return replace(inside, text=f"({name} := {text})", kind="static" if kept else value.kind)


def _own_scope(scope: Scope, node: ast.expr) -> Value:
    """A lambda: it may read names as Python has them at any time."""
    read = [scope.names.get(n.id, Value("")) for n in ast.walk(node) if isinstance(n, ast.Name)]
    if any(value.holds_lifted or value.holds_text for value in read):
        raise CannotLiftError
    return Value(scope.code.flat(node), "static")


FORMS: Mapping[type, Form] = {
    ast.Name: inference.name,
    ast.Constant: inference.constant,
    ast.Attribute: inference.attribute,
    ast.Subscript: _subscript,
    ast.Call: calls.call,
    ast.UnaryOp: conditions.negation,
    ast.BoolOp: conditions.junction,
    ast.Compare: _comparison,
    ast.IfExp: conditions.choice,
    ast.BinOp: arithmetic.binary,
    ast.List: containers.display,
    ast.Tuple: containers.display,
    ast.Dict: containers.dictionary,
    ast.ListComp: containers.comprehension,
    ast.GeneratorExp: containers.comprehension,
    ast.DictComp: containers.dictionary_of_alike,
    ast.JoinedStr: _text,
    ast.NamedExpr: _walrus,
    ast.Lambda: _own_scope,
}
