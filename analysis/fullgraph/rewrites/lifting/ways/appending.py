"""Lists that grow: what is appended, and the one entry that is where each of two ways appends one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ....python.binding.scopes import used
from ....python.syntax.names import call_name, method_name
from ..reading.holding import later_read
from ..scalars.conditions import chosen, truth
from ..scope import Scope
from ..value import CannotLiftError, Value
from .assuming import assume


def appended(scope: Scope, name: str, owner: Value, value: Value) -> str:
    """Gives a list one more entry; the text of that is the result."""
    if value.kind == "static" and value.python and scope.promotes(name):
        value = scope.as_tensor(value)
    value = value.detached
    entry = value.named("")
    if scope.loops and not value.holds_lifted:
        scope.names[name] = Value(name, "data" if value.kind == "data" else "static")
    elif scope.loops or owner.kind == "many":
        scope.names[name] = Value(name, "many", roots=frozenset({name}), parts=(entry,))
    else:
        scope.names[name] = replace(owner, text=name, roots=frozenset({name}), parts=(*owner.parts, entry))
    scope.run.flows.setdefault(scope.key(name), set()).update(scope.key(root) for root in value.roots)
    return value.text


# -- a branch whose ways append ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Entry:
    """What a way appends to a list, in terms of what there was before the way."""

    name: str
    value: Value


def appends(
    scope: Scope, node: ast.stmt, test: Value, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt]
) -> list[str] | None:
    """Each way appends one entry to the same lists, and leaves nothing else behind."""
    if not (_ends_so(body) and _ends_so(orelse)):
        return None
    bound = {name for way in (body, orelse) for name in _names(way)}
    if later_read(scope, node, sorted(bound), (*body, *orelse)):
        return None
    entries = _chosen(scope, test, _entries(scope, body), _entries(scope, orelse))
    named = len(entries) > 1 and not test.text.isidentifier()
    name = scope.fresh("condition", "holds") if named else test.text
    if named:
        asked = replace(test, text=name)
        entries = _chosen(scope, asked, _entries(scope, body), _entries(scope, orelse))
    lines = [f"{name} = {test.text}"] if named else []
    for each in entries:
        owner = scope.names.get(each.name, Value(each.name))
        if owner.joined:
            raise CannotLiftError  # a tensor takes no further entries
        if owner.kind in ("parts", "many"):
            text = appended(scope, each.name, owner, each.value)
        else:
            text = each.value.detached.plain
        lines.append(f"{each.name}.append({text})")
    return lines


def _chosen(scope: Scope, test: Value, first: Sequence[_Entry], second: Sequence[_Entry]) -> list[_Entry]:
    if [each.name for each in first] != [each.name for each in second]:
        raise CannotLiftError
    found, lists = list[_Entry](), {each.name for each in first}
    for one, other in zip(first, second, strict=True):
        value = chosen(scope, test, one.value, other.value)
        plain = value.kind == "static" and one.value.text != other.value.text
        if value.holds_text or plain or used(value.tree) & lists:
            raise CannotLiftError  # an entry is computed before the lists grow
        found.append(_Entry(one.name, value))
    return found


def _entries(scope: Scope, statements: Sequence[ast.stmt]) -> list[_Entry]:
    """What is appended in statements, with what they leave in names for it."""
    before, found = dict(scope.names), list[_Entry]()
    try:
        for index, each in enumerate(statements):
            if (call := _appending(each)) is not None:
                found.append(_Entry(call_name(call.func).rpartition(".")[0], scope.of(call.args[0]).detached))
            elif isinstance(each, ast.If) and index == len(statements) - 1 and _ends_so([each]):
                test = truth(scope, each.test)
                if not test.is_lifted:
                    raise CannotLiftError
                found += _chosen(scope, test, _entries(scope, each.body), _entries(scope, each.orelse))
            else:
                assume(scope, each)
        return found
    finally:
        scope.names = before


def _ends_so(statements: Sequence[ast.stmt]) -> bool:
    """Whether the last statement appends, whichever way it goes."""
    last = statements[-1] if statements else None
    if isinstance(last, ast.If):
        return _ends_so(last.body) and _ends_so(last.orelse)
    return last is not None and _appending(last) is not None


def _appending(statement: ast.stmt) -> ast.Call | None:
    """`rows.append(row)`, of a list that a name of the function holds."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or method_name(call) != "append" or len(call.args) != 1:
        return None
    return call if call_name(call.func).count(".") == 1 else None


def _names(statements: Sequence[ast.stmt]) -> Iterator[str]:
    for each in statements:
        yield from (n.id for n in ast.walk(each) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
