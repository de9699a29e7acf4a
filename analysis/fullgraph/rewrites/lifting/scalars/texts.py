"""Strings that say which way the data went: `status = "good" if close else "bad"`, and later `status == "bad"`.

No operator holds a string. Where each string that a name may hold is known well enough to say whether it is
the one that is asked for, the condition that chose between them answers in its place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ....python.syntax.names import method_name
from ...branches.speaking import speaks
from ..scope import Scope
from ..value import CannotLiftError, Value

_OF_PERCENT = re.compile(r"(%%|%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[a-zA-Z])")
_OF_FORMAT = re.compile(r"(\{\{|\}\}|\{[^{}]*\})")


def is_one_of(value: Value, wanted: frozenset[str]) -> bool:
    """Whether a string is among others; raises CannotLiftError where the data would have to say."""
    if value.string is not None:
        return value.string in wanted
    pattern = _pattern(value.tree)
    if any(re.fullmatch(pattern, each, re.DOTALL) for each in wanted):
        raise CannotLiftError
    return False


def _pattern(node: ast.expr) -> str:
    """What any string that an expression gives matches."""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_pattern, node.values))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _pattern(node.left) + _pattern(node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _filled(node.left, _OF_PERCENT)
    if isinstance(node, ast.Call) and method_name(node) == "format":
        return _filled(node.func.value, _OF_FORMAT)  # type: ignore[attr-defined]
    return ".*"


def _filled(template: ast.expr, field: re.Pattern[str]) -> str:
    """A template with anything in its fields; a sign that is doubled is the sign itself."""
    text = template.value if isinstance(template, ast.Constant) else None
    if not isinstance(text, str):
        return ".*"
    pieces = field.split(text)
    between, fields = map(re.escape, pieces[::2]), pieces[1::2]
    filled = [re.escape(each[0]) if each in ("%%", "{{", "}}") else ".*" for each in fields]
    return "".join(one + other for one, other in zip(between, [*filled, ""], strict=True))


def asked_for(nodes: tuple[ast.expr, ast.expr], op: ast.cmpop) -> tuple[ast.expr, frozenset[str]] | None:
    """The expression whose string is asked for, and the strings of which it is to be one."""
    left, right = nodes
    if isinstance(op, ast.In | ast.NotIn):
        strings = right.elts if isinstance(right, ast.Tuple | ast.List | ast.Set) else None
    else:
        if isinstance(left, ast.Constant):
            left, right = right, left
        strings = [right] if isinstance(op, ast.Eq | ast.NotEq) else None
    known = [each.value for each in strings or () if isinstance(each, ast.Constant)]
    if not strings or len(known) != len(strings):
        return None
    return left, frozenset(each for each in known if isinstance(each, str))


def settled(scope: Scope, value: Value) -> tuple[Value, list[str]]:
    """A string whose conditions are names that nothing binds again, and the lines that bind them."""
    if not value.condition:
        return value, []
    name = scope.fresh("condition", "holds")
    sides = [settled(scope, part) for part in value.parts]
    scope.bind(name, Value(value.condition, "bool", roots=value.roots))
    lines = [f"{name} = {value.condition}", *(line for _, inner in sides for line in inner)]
    parts = tuple(side for side, _ in sides)
    return Value(value.text, "text", roots=frozenset({name}), parts=parts, condition=name), lines


def is_only_compared(scope: Scope, name: str) -> bool:
    """Whether each statement that reads a name asks which string it is."""
    return all(
        isinstance(scope.code.parents[each], ast.Compare) and not _is_said(scope, each)
        for each in _reads(scope, name)
    )


def is_compared(scope: Scope, name: str) -> bool:
    """Whether anything asks which string a name holds."""
    return any(isinstance(scope.code.parents[each], ast.Compare) for each in _reads(scope, name))


def _is_said(scope: Scope, node: ast.expr) -> bool:
    statement = scope.code.statement_of(node)
    return statement is None or speaks(statement)


def _reads(scope: Scope, name: str) -> Iterator[ast.Name]:
    for each in ast.walk(scope.function):
        if isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Load):
            yield each
