"""Lists of which only the length is asked for: `failed.append("dtype")`, and later `len(failed) == 0`.

No operator holds strings. The list stays where the model is not exported, and a number beside it counts its entries.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ....python.syntax.assignments import assigned_name
from ....python.syntax.names import call_name, method_name
from ....python.syntax.precedence import owner
from ...branches.speaking import speaks
from ...edit.lines import has_own_lines, put_below
from ..placing import put
from ..scope import Scope
from ..value import CannotLiftError, Value, inverted
from .containers import filtered, stacked


def begun(scope: Scope, node: ast.Assign) -> bool:
    """Whether `failed = []`, or a list that a condition filters, is counted from here on."""
    name = assigned_name(node)
    if not name or not isinstance(node.value, ast.List | ast.ListComp) or not _is_only_counted(scope, name):
        return False
    if isinstance(node.value, ast.ListComp):
        return _begun_filtered(scope, node, name, node.value)
    if node.value.elts:
        return False
    scope.tallies[name] = ""
    if scope.promotes(name) and not scope.loops:
        counter = _count(scope, name)
        scope.write(put_below(scope.code, node, f"{counter} = {scope.torch}.tensor(0)"))
        return True
    return False


def _begun_filtered(scope: Scope, node: ast.Assign, name: str, given: ast.ListComp) -> bool:
    number = filtered(scope, given)
    if number is None:
        return False
    if not has_own_lines(scope.code, node):
        raise CannotLiftError
    counter = _count(scope, name)
    lines = [f"{counter} = {owner(stacked(scope, given, number))}.sum()"]
    if any(speaks(statement) for statement in _statements_that_read(scope, name)):
        lines += [f"if not {scope.torch}.compiler.is_exporting():", f"    {scope.code.flat(node)}"]
    put(scope, node, lines)
    scope.demand(number)
    return True


def _count(scope: Scope, name: str) -> str:
    counter = scope.fresh(f"{name}_count", f"number_of_{name}")
    scope.tallies[name] = counter
    scope.names[name] = Value(counter, "int", changed=True, exact=True, roots=frozenset({counter}))
    return counter


def grown(scope: Scope, node: ast.Expr) -> bool:
    """Whether a statement appends to a list that is counted."""
    name = appended_to(scope, node)
    if not name or not scope.tallies[name]:
        return False
    if not has_own_lines(scope.code, node):
        raise CannotLiftError
    counter = scope.tallies[name]
    said = [f"if not {scope.torch}.compiler.is_exporting():", f"    {scope.code.flat(node)}"]
    put(scope, node, [f"{counter} = {counter} + 1", *said])
    return True


def counted(scope: Scope, call: ast.Call) -> Value | None:
    """`len(failed)`."""
    is_len = call_name(call.func) == "len" and len(call.args) == 1 and isinstance(call.args[0], ast.Name)
    counter = scope.tallies.get(call.args[0].id) if is_len else None  # type: ignore[attr-defined]
    return scope.names[call.args[0].id] if counter else None  # type: ignore[attr-defined]


def appended_to(scope: Scope, statement: ast.stmt) -> str:
    """The list, of which only the length is asked for, that a statement appends to; "" of any other."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or method_name(call) != "append" or len(call.args) != 1:
        return ""
    name = call_name(call.func).removesuffix(".append")
    return name if name in scope.tallies else ""


def counts(scope: Scope, ways: Sequence[tuple[Value, Sequence[ast.stmt]]]) -> Iterator[str]:
    """The lines that count what the ways of a branch append."""
    passed = list[str]()
    for asked, block in ways:
        here = [*passed, *([asked.operand] if asked.text else [])]
        for each in block:
            if name := appended_to(scope, each):
                counter = scope.tallies[name]
                if not counter:
                    scope.promote(name)
                    raise CannotLiftError  # the next pass knows that it is to be counted
                test = " & ".join(here)
                yield f"{counter} = {counter} + {test if len(here) == 1 else f'({test})'}"
        if asked.text:
            passed.append(inverted(asked.text))


def _is_only_counted(scope: Scope, name: str) -> bool:
    """Whether a list is bound once, and nothing asks more of it than how long it is."""
    named = [n for n in ast.walk(scope.function) if isinstance(n, ast.Name) and n.id == name]
    reads = [n for n in named if isinstance(n.ctx, ast.Load)]
    return len(named) == len(reads) + 1 and bool(reads) and all(_asks_length(scope, each) for each in reads)


def _asks_length(scope: Scope, node: ast.Name) -> bool:
    up, statement = scope.code.parents[node], scope.code.statement_of(node)
    inner = any(isinstance(each, ast.Lambda) for each in scope.code.ancestors(node))
    if statement is None or inner or scope.code.function_of(node) is not scope.function:
        return False
    if isinstance(up, ast.Call) and call_name(up.func) in ("len", "bool"):
        return True
    if isinstance(up, ast.UnaryOp) and isinstance(up.op, ast.Not):
        return True
    if isinstance(up, ast.If | ast.IfExp) and up.test is node:
        return True
    grows = isinstance(up, ast.Attribute) and up.attr == "append" and isinstance(statement, ast.Expr)
    return (grows and scope.code.parents[up] is statement.value) or speaks(statement)  # type: ignore[attr-defined]


def _statements_that_read(scope: Scope, name: str) -> Iterator[ast.stmt]:
    for each in ast.walk(scope.function):
        if isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Load):
            statement = scope.code.statement_of(each)
            if statement is not None:
                yield statement
