"""Which names have a value before a statement, and which are read once it is done.

Places are compared in the order of the text; what a loop runs again is both before and after itself. The
names of lambdas, comprehensions and functions within are theirs, and none of the scope around them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from itertools import takewhile

from ..syntax.names import method_name
from ..syntax.statements import Function, Loop
from ..syntax.tree import Tree, end, start
from . import scopes
from .api_tables import is_in_place
from .usage import Use


def bound_before(tree: Tree, statement: ast.stmt) -> frozenset[str]:
    """Names that have some value when a statement begins: parameters, and what is bound above it.

    Of its function and of those around that one; of the module where it stands in no function. What only
    one way through the program binds counts as bound.
    """
    functions = [up for up in tree.ancestors(statement) if isinstance(up, Function)]
    given = (name for each in functions for name, _ in scopes.parameters(each.args))
    bodies = [each.body for each in functions] or [tree.tree.body]
    return frozenset(given).union(*(_bound_above(body, statement) for body in bodies))


def _bound_above(body: list[ast.stmt], statement: ast.stmt) -> set[str]:
    above = [(name, by) for name, by in scopes.bindings(body) if start(by) < start(statement)]
    there: set[str] = set()
    for name, by in sorted(above, key=lambda each: start(each[1])):
        gone = isinstance(getattr(by, "ctx", None), ast.Del)
        gone |= isinstance(by, ast.ExceptHandler) and end(by) <= start(statement)
        (there.discard if gone else there.add)(name)
    return there


def read_later(
    tree: Tree, statement: ast.stmt, names: Iterable[str], rest: Sequence[ast.stmt] = ()
) -> tuple[str, ...]:
    """Those of the names that are read once a statement is done, and the `rest` after it, which counts as its part.

    Below it, in a function or lambda that may be called then, and in a further round of a loop around it:
    there by itself, too, where it reads the name before it binds it.
    """
    whole = [statement, *rest]
    scope, inside = tree.scope_of(statement), {node for each in whole for node in ast.walk(each)}
    loops = loops_around(tree, statement)
    again = {node for loop in loops for node in ast.walk(loop)}
    read = set(Use.seen_in(whole).reads) if loops else set()
    for name, node in scopes.reads(*scope.body):
        later = node in again or start(node) >= end(whole[-1]) or _is_called_later(tree, node, scope)
        if later and node not in inside:
            read.add(name)
    return tuple(name for name in names if name in read)


def carried(tree: Tree, loop: Loop, use: Use) -> tuple[str, ...]:
    """The names that a round of a loop hands to the next one, or to what comes after the loop.

    `use` is what the round does with names.
    """
    bound = dict.fromkeys((*use.binds, *use.written))
    asked = scopes.used(loop.test) if isinstance(loop, ast.While) else frozenset()
    needed = {*asked, *use.carried, *read_later(tree, loop, bound)}
    return tuple(name for name in bound if name in needed)


def loops_around(tree: Tree, node: ast.AST) -> list[Loop]:
    """The loops of the same function that a node stands in, the innermost first."""
    around = takewhile(lambda up: not isinstance(up, Function), tree.ancestors(node))
    return [up for up in around if isinstance(up, Loop)]


def _is_called_later(tree: Tree, node: ast.AST, scope: ast.AST) -> bool:
    """Whether a node stands in a function or lambda within the scope."""
    around = takewhile(lambda up: up is not scope, tree.ancestors(node))
    return any(isinstance(up, Function | ast.Lambda) for up in around)


# -- what is written under another name --------------------------------------------------------------


def is_shared_and_written(
    tree: Tree, branch: ast.If | ast.IfExp, given: Iterable[tuple[str, ast.expr]]
) -> bool:
    """Whether a branch gives a name what has another one (`y = x`), and one of the two is written in place below.

    What an operator gives is a tensor of its own, so that the writing would not show under the other name.
    """
    function = tree.function_of(branch)
    pairs = {(name, root) for name, value in given if (root := _root(value)) and root != name}
    if function is None or not pairs:
        return False
    again = {node for loop in loops_around(tree, branch) for node in ast.walk(loop)}
    written = {
        name
        for node in ast.walk(function)
        if isinstance(node, (ast.AugAssign, ast.Subscript, ast.Call))
        and (node in again or start(node) >= end(branch))
        and (name := _written(node))
    }
    return any(written & set(pair) for pair in pairs)


def _root(value: ast.expr) -> str:
    """The name whose tensor a value is, or may share. A clone shares none."""
    while isinstance(value, (ast.Attribute, ast.Subscript)) or method_name(value):
        if method_name(value) == "clone":
            return ""
        value = value.func.value if isinstance(value, ast.Call) else value.value  # type: ignore[attr-defined]
    return value.id if isinstance(value, ast.Name) else ""


def _written(node: ast.AST) -> str:
    """The name of what a statement or call writes in place, if it does."""
    if isinstance(node, ast.AugAssign):
        return _root(node.target)
    if isinstance(node, ast.Subscript):
        return _root(node) if isinstance(node.ctx, ast.Store) else ""
    return _root(node.func.value) if is_in_place(method_name(node)) else ""  # type: ignore[attr-defined]
