"""Statements and their blocks: which a compound statement has, what an `elif` is, how a block is left."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

Block = Sequence[ast.stmt]
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Loop = ast.For | ast.AsyncFor | ast.While

# -- blocks ------------------------------------------------------------------------------------------


def blocks(statement: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of a compound statement that are not empty, in the order of the text."""
    for owner in (statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield from filter(None, [getattr(owner, "body", None) if not isinstance(owner, ast.expr) else None])
    for name in ("orelse", "finalbody"):
        yield from filter(None, [getattr(statement, name, None)])


def block_of(parent: ast.AST, statement: ast.stmt) -> list[ast.stmt]:
    """The block of a parent that a statement stands in."""
    return next(block for block in blocks(parent) if any(each is statement for each in block))


Blocks = Callable[[ast.stmt], Iterable[Block]]
"""Which blocks of a statement are looked into, in which order."""


def of_scope(body: Iterable[ast.stmt], inner: Blocks = blocks) -> Iterator[ast.stmt]:
    """The statements of a block and of those in it, in the order of the text; not those of definitions in it.

    Without recursion: each `elif` is one level deeper, and a program may write a thousand.
    """
    pending = list(body)[::-1]
    while pending:
        statement = pending.pop()
        yield statement
        if not isinstance(statement, Definition):
            pending.extend(reversed([each for block in inner(statement) for each in block]))


def body_last(statement: ast.stmt) -> list[list[ast.stmt]]:
    """The blocks of a statement so that what binds a name last is what counts.

    What stands in `try`, or below `if TYPE_CHECKING:`, does so before what takes its place.
    """
    first, *others = [*blocks(statement)] or [[]]
    return [*others, first]


def elif_of(node: ast.If) -> ast.If | None:
    """The `elif` that follows an `if` or `elif`: an `else` with an `if` in it has that further to the right."""
    inner = node.orelse[0] if len(node.orelse) == 1 else None
    return inner if isinstance(inner, ast.If) and inner.col_offset == node.col_offset else None


def alternatives(node: ast.If) -> list[ast.If]:
    """An `if` with those of which each is all that the `else` of the last holds: its `elif`s, as a rule."""
    found = [node]
    while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        node = node.orelse[0]
        found.append(node)
    return found


def is_main_guard(test: ast.expr) -> bool:
    """`__name__ == "__main__"`, whichever of the two stands first."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq) or len(test.ops) != 1:
        return False
    return any(
        isinstance(side, ast.Name) and side.id == "__name__" for side in (test.left, *test.comparators)
    )


# -- the way through a function ----------------------------------------------------------------------

Returning = Literal["always", "never", "sometimes"]


def returning(statements: Iterable[ast.stmt]) -> Returning:
    """Whether statements end their function by a `return`."""
    found: Returning = "never"
    for each in statements:
        if isinstance(each, ast.Return):
            return "always"
        ways = set() if isinstance(each, Definition) else {returning(block) for block in blocks(each)}
        whole = isinstance(each, ast.With | ast.AsyncWith | ast.Try)
        whole |= isinstance(each, ast.If) and bool(each.orelse)
        if whole and ways == {"always"}:
            return "always"
        if ways - {"never"}:
            found = "sometimes"
    return found


def returns(statements: Iterable[ast.stmt]) -> Iterator[ast.Return]:
    """The `return`s of the function that statements belong to."""
    return (each for each in of_scope(statements) if isinstance(each, ast.Return))


def jumps_out(statements: Iterable[ast.stmt]) -> bool:
    """Whether a `break` or `continue` leads out of the statements."""
    for each in statements:
        if isinstance(each, ast.Break | ast.Continue):
            return True
        # Those in a loop's body are its own, those in its `else` belong to the loop around it.
        inner = [each.orelse] if isinstance(each, Loop) else blocks(each)
        if not isinstance(each, Definition) and any(map(jumps_out, inner)):
            return True
    return False
