"""From the call whose arguments are wanted up to the module: out of each statement that it stands in.

On the way conditions are taken to hold, loops are in their first round, and functions are called without
arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from ...python.binding import scopes
from ...python.syntax.statements import Block, Function, block_of, is_main_guard
from .backwards import Backwards
from .selection import Names, Selection
from .set_up import SetUp, without_parameters


class Ascent:
    """The way up from a statement, through the blocks that hold it, to the module."""

    def __init__(self, selection: Selection, backwards: Backwards) -> None:
        self._selection = selection
        self._backwards = backwards
        self._set_up = SetUp(selection, backwards)
        self._path: Sequence[ast.stmt] = ()

    def climb(self, path: Sequence[ast.stmt], needed: Names) -> Names:
        """The names that are needed when the module begins; `path` is given outermost first."""
        self._path = path
        for index in range(len(path) - 1, -1, -1):
            parent = path[index - 1] if index else None
            needed = self._up(path[index], parent, needed)
            if self._selection.problem:
                break
        return needed

    def _up(self, statement: ast.stmt, parent: ast.stmt | None, needed: Names) -> Names:
        """From before `statement`'s insides to before `parent`'s."""
        around = self._selection.module.tree.body if parent is None else block_of(parent, statement)
        defines = isinstance(statement, Function | ast.ClassDef)
        if parent is None and defines:
            others: Block = [e for e in top_of(self._selection.module.tree) if not _runs(e, statement)]
        elif isinstance(parent, ast.ClassDef):
            others = ()
        elif defines:  # a function runs when it is called: after the statements below it, too
            others = [each for each in around if each is not statement]
        else:
            others = around[: list(around).index(statement)]
        guarding = _guarding(statement, around) if parent is None else others
        needed = self._backwards.before(others, needed, guarding or [statement])
        return self._out_of(parent, statement, around, needed) if parent is not None else needed

    def _out_of(self, parent: ast.stmt, child: ast.stmt, around: Block, needed: Names) -> Names:
        match parent:
            case ast.For() | ast.AsyncFor():
                bound = scopes.bound([parent.target])
                needed = (needed - bound) | scopes.used(*self._rounds(parent, bound))
                self._selection.bound |= bound
            case ast.With():
                needed = self._out_of_with(parent, needed)
            case ast.AsyncWith():
                self._selection.opened.add(parent)
            case ast.Try() if around is not parent.body and _is_after_body(parent, around):
                needed = self._backwards.block(parent.body, needed)
            case ast.FunctionDef():
                needed = without_parameters(parent, needed, self._selection)
                needed |= scopes.used(*self._selection.contexts.decorators(parent))
            case ast.ClassDef() if isinstance(child, Function):
                needed = self._set_up.before_class(parent, needed)
        return needed

    def _rounds(self, loop: ast.For | ast.AsyncFor, bound: Names) -> Iterable[ast.expr]:
        """What a loop's variables are made of: where they are supplied, not its header."""
        supplied = self._selection.supplied
        return [supplied[name] for name in bound] if bound <= supplied.keys() else [loop.iter]

    def _out_of_with(self, parent: ast.With, needed: Names) -> Names:
        """Of the items those stay that the call needs, by a name or as what it does depends on them."""
        selection = self._selection
        changes = bool(selection.affected(parent, in_loop=False) & needed)
        for item in reversed(parent.items):
            bound = scopes.bound([item.optional_vars] if item.optional_vars else [])
            if changes or bound & needed or selection.contexts.count(item.context_expr, self._path):
                selection.bound |= bound
                needed = (needed - bound) | scopes.used(item.context_expr)
            else:
                selection.left_out.add(item.context_expr)
        if selection.left_out.issuperset(item.context_expr for item in parent.items):
            selection.opened.add(parent)
        return needed


def top_of(tree: ast.Module) -> list[ast.stmt]:
    """The module's statements, but for what only a run as a script would run."""
    return [each for each in tree.body if not (isinstance(each, ast.If) and is_main_guard(each.test))]


def _runs(statement: ast.stmt, wanted: ast.stmt) -> bool:
    """Whether it is the definition that holds what is wanted, or runs it: `main()`."""
    if statement is wanted or isinstance(statement, Function | ast.ClassDef):
        return statement is wanted
    return isinstance(wanted, Function) and wanted.name in scopes.used(statement)


def _guarding(statement: ast.stmt, top: Block) -> Block:
    """The statements of the module that run before `statement`; a function runs where its name is used first."""
    index = list(top).index(statement)
    if isinstance(statement, Function):
        later = (i for i, each in enumerate(top) if i > index and statement.name in scopes.used(each))
        index = next(later, len(top))
    elif isinstance(statement, ast.ClassDef):
        index = len(top)
    return top[:index]


def _is_after_body(parent: ast.Try, around: Block) -> bool:
    return around is parent.orelse or around is parent.finalbody
