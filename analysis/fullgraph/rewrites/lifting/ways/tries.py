"""A `try` whose handler takes what depends on data: a branch, once a tensor says whether it would be raised."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ....python.binding.scopes import bound, used
from ....python.syntax.assignments import assigned_name
from ....python.syntax.names import last_name, method_name
from ....python.syntax.precedence import operand
from ....python.syntax.statements import returning
from ...branches.speaking import speaks
from ...edit.lines import has_own_lines, put_above
from ..lists.containers import bind_target
from ..scalars.conditions import truth
from ..scope import Scope
from ..value import CannotLiftError, Value
from .branching import branch
from .checks import close
from .factoring import factored, may_raise

_OF_CHECKS = ("AssertionError", "Exception")
_OF_SEARCHES = ("ValueError", "Exception")
_OF_OPERATORS = ("RuntimeError", "LinAlgError", "_LinAlgError", "Exception")


@dataclass
class _Asking:
    """The statements up to the last that may raise: lines that do not, the tests, and the names given late."""

    lines: list[str] = field(default_factory=list)
    tests: list[Value] = field(default_factory=list)
    late: set[str] = field(default_factory=set)
    names: dict[str, Value] = field(default_factory=dict)
    read: int = 0


def tried(scope: Scope, node: ast.Try) -> bool:
    """`try: assert close … except AssertionError: …`, whose two ways are those of a branch."""
    statements, caught = [*node.body, *node.orelse], _caught(node)
    asking = _asked(scope, node, statements, caught)
    if asking is None:
        if any(_is_check(scope, each) for each in node.body):
            raise CannotLiftError
        return False
    handler = _handled(node)
    if node.finalbody or not has_own_lines(scope.code, node) or _is_missed(scope, asking, handler):
        raise CannotLiftError
    scope.names = asking.names
    if asking.lines:
        scope.write(put_above(scope.code, node, *asking.lines))
    first, *others = asking.tests
    text = " & ".join(test.operand for test in asking.tests) if others else first.text
    test = replace(first, text=text, roots=frozenset().union(*(each.roots for each in asking.tests)))
    rest = statements[asking.read :]
    if any(map(may_raise, rest)) or not branch(scope, node, test, rest, handler):
        raise CannotLiftError
    return True


def _asked(scope: Scope, node: ast.Try, statements: Sequence[ast.stmt], caught: str) -> _Asking | None:
    """Reads on as long as statements only assign or ask; None where none of them asks.

    Where the handler returns, what is assigned at the end may stand below: nobody else reads it.
    """
    before, found, now = dict(scope.names), None, _Asking()
    for index, each in enumerate(statements):
        is_asked = _ask(scope, each, caught, now)
        if not is_asked and not _assign(scope, each, now):
            break
        if is_asked:
            found = replace(now, lines=list(now.lines), tests=list(now.tests), late=set(now.late))
            found.names, found.read = dict(scope.names), index + 1
    else:
        if found is not None and returning(node.handlers[0].body) == "always":
            now.names, now.read, found = dict(scope.names), len(statements), now
    scope.names = before
    return found


def _ask(scope: Scope, statement: ast.stmt, caught: str, now: _Asking) -> bool:
    if caught in _OF_OPERATORS and (made := factored(scope, statement)):
        name, line, test = made
        now.lines.append(line)
        now.late.add(name)
        scope.bind(name, Value(name, "data"))
    elif caught in _OF_SEARCHES and (found := _searched(scope, statement, now)):
        test = found
    elif caught in _OF_CHECKS and (asked := _check(scope, statement)):
        test = asked
    else:
        return False
    now.tests.append(test)
    return True


def _searched(scope: Scope, statement: ast.stmt, now: _Asking) -> Value | None:
    """`at = row.tolist().index(wanted)`, which raises where it is not there: a tensor says whether it is."""
    name = assigned_name(statement)
    if not isinstance(statement, ast.Assign) or not name:
        return None
    if not any(method_name(each) == "index" for each in ast.walk(statement.value)):
        return None
    with scope.checking() as checks:
        value = scope.of(statement.value)
    if not value.is_lifted or not checks or any(text.startswith(f"{scope.torch}._check(") for text in checks):
        return None
    now.lines.append(f"{name} = {value.detached.text}")
    now.late.add(name)
    scope.bind(name, value.detached)
    text = " & ".join(operand(each) for each in checks) if len(checks) > 1 else next(iter(checks))
    return Value(text, "bool", changed=True, roots=value.roots)


def _check(scope: Scope, statement: ast.stmt) -> Value | None:
    if isinstance(statement, ast.Assert):
        asked = truth(scope, statement.test)
        return asked if asked.is_lifted else None
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return close(scope, statement.value)
    return None


def _is_check(scope: Scope, statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assert | ast.Expr) and _check(scope, statement) is not None


def _assign(scope: Scope, statement: ast.stmt, now: _Asking) -> bool:
    """An assignment of tensors, which may stand above what it was tried with."""
    if not isinstance(statement, ast.Assign) or may_raise(statement):
        return False
    value = scope.of(statement.value)
    if value.holds_lifted or value.holds_text:
        return False
    for target in statement.targets:
        bind_target(scope, target, value)
    now.lines.append(f"{' = '.join(map(scope.code.flat, statement.targets))} = {value.text}")
    if now.tests:
        now.late |= bound([statement])
    return True


def _is_missed(scope: Scope, asking: _Asking, handler: list[ast.stmt]) -> bool:
    """Whether a handler, or what comes after it, may find what a name held before it was given another value."""
    left = returning(handler) != "always"
    missed = {name for name in asking.late if left and name in scope.names and name not in bound(handler)}
    return bool(missed) or bool(asking.late & used(*handler))


def _caught(node: ast.Try) -> str:
    """The class of the exceptions that the one handler takes; "" where there are more."""
    if len(node.handlers) != 1 or isinstance(node.handlers[0].type, ast.Tuple):
        return ""
    kind = node.handlers[0].type
    return last_name(kind) if kind is not None else "Exception"


def _handled(node: ast.Try) -> list[ast.stmt]:
    """What the one handler does, without what it says of the exception."""
    (handler,) = node.handlers
    body = [each for each in handler.body if not (speaks(each) and handler.name in used(each))]
    if handler.name in used(*body):
        raise CannotLiftError
    return body
