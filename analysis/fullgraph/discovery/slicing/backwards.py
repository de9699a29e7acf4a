"""Whole blocks, from their last statement to the first: what each of them needs to be there.

A statement that binds a needed name, or changes what it holds, stays, and what it uses is needed in turn. A
name that is bound afresh is of no interest before.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...python.binding import scopes
from ...python.syntax.statements import Block, Function, blocks, of_scope
from . import effects
from .guards import Guards
from .selection import Names, Selection

_ROUNDS = 30


class Backwards:
    """`needed`, throughout, are the names that are needed behind a statement; what is given back, those before."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._guards = selection.module.kept(Guards)

    def block(self, statements: Block, needed: Names, *, in_loop: bool = False) -> Names:
        for statement in reversed(statements):
            needed = self._statement(statement, needed, in_loop)
        return needed

    def before(self, statements: Block, needed: Names, guarding: Block = ()) -> Names:
        """The same of statements that run before what is wanted; of `guarding` ones, guards stay too.

        Where nothing is `guarding`, they are those above what is needed: a file may end as a script does.
        """
        guards = self._guards
        for statement in reversed(statements):
            above = bool(self._selection.kept) or guards.ends(statement)
            counts = statement in guarding if guarding else above
            if counts and guards.stays(statement):
                needed = self._kept_whole(statement, needed)
            needed = self._statement(statement, needed, in_loop=False)
        return needed

    def _kept_whole(self, statement: ast.stmt, needed: Names) -> Names:
        for each in of_scope([statement]):
            self._selection.keep(each, scopes.bound([each]))
        return needed | scopes.used(statement)

    def _statement(self, statement: ast.stmt, needed: Names, in_loop: bool) -> Names:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return self._definition(statement, needed)
            case ast.Import() | ast.ImportFrom():
                return self._import(statement, needed)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(statement, needed)
            case ast.With() | ast.AsyncWith():
                return self._with(statement, needed, in_loop)
            case ast.If() | ast.Match() | ast.Try():
                return self._branches(statement, needed, in_loop)
        if type(statement).__name__ == "TryStar":
            return self._branches(statement, needed, in_loop)
        return self._simple(statement, needed, in_loop)

    def _definition(self, node: Function | ast.ClassDef, needed: Names) -> Names:
        if not (node.name in needed or self._counts_by_decorator(node, needed)):
            return needed
        self._selection.keep(node, frozenset({node.name}))
        uses = scopes.used(node)
        self._selection.used |= uses
        return needed | uses

    def _counts_by_decorator(self, node: Function | ast.ClassDef, needed: Names) -> bool:
        """Whether a definition that nobody names is registered, or run at once by what decorates it."""
        if not node.decorator_list:
            return False
        return effects.registers(node, self._selection.imports) or bool(self._selection.inside(node) & needed)

    def _import(self, node: ast.Import | ast.ImportFrom, needed: Names) -> Names:
        bound = scopes.bound([node])
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if bound & needed or future or self._selection.by_import(node) & needed:
            self._selection.keep(node, bound)
        return needed

    def _simple(self, node: ast.stmt, needed: Names, in_loop: bool) -> Names:
        bound = scopes.bound([node])
        changed = self._selection.affected(node, in_loop=in_loop)
        setting = not in_loop and self._sets(node)
        if not (bound & needed or changed & needed or setting) or effects.trains(node):
            return needed
        self._selection.keep(node, bound)
        settled = frozenset() if in_loop else bound - self._selection.always
        return (needed - settled) | scopes.used(node)

    def _sets(self, node: ast.stmt) -> bool:
        """Whether a statement sets something for the whole process, or enters what counts by hand."""
        contexts = self._selection.contexts
        return (
            effects.is_setting(node, self._selection.imports) or contexts.enters(node) or contexts.sets(node)
        )

    def _branches(self, node: ast.stmt, needed: Names, in_loop: bool) -> Names:
        before = [self.block(block, needed, in_loop=in_loop) for block in blocks(node) if block]
        changed = self._selection.affected(node, in_loop=in_loop)
        if not (self._selection.keeps_any(node) or changed & needed):
            return needed
        self._selection.keep(node, frozenset())
        own = scopes.used(*_headers(node)) | self._tried(node)
        certain = isinstance(node, ast.If) and node.orelse
        return frozenset().union(*before, own, frozenset() if certain else needed)

    def _tried(self, node: ast.stmt) -> Names:
        """Keeps the whole of what is tried where a handler counts: which way is taken depends on all of it."""
        others = [*getattr(node, "handlers", ()), *getattr(node, "orelse", ())]
        kept = (each for other in others for each in ast.walk(other))
        if isinstance(node, ast.If | ast.Match) or not any(each in self._selection.kept for each in kept):
            return frozenset()
        body: Block = getattr(node, "body", ())
        for each in of_scope(body):
            self._selection.keep(each, scopes.bound([each]))
        return scopes.used(*body)

    def _with(self, node: ast.With | ast.AsyncWith, needed: Names, in_loop: bool) -> Names:
        before = self.block(node.body, needed, in_loop=in_loop)
        bound = scopes.bound(item.optional_vars for item in node.items if item.optional_vars)
        changed = self._selection.affected(node, in_loop=in_loop)
        if not (self._selection.keeps_any(node) or (bound | changed) & needed):
            return needed
        self._selection.keep(node, bound)
        return (before - bound) | scopes.used(*(item.context_expr for item in node.items))

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, needed: Names) -> Names:
        header = scopes.used(node.test if isinstance(node, ast.While) else node.iter)
        bound = frozenset() if isinstance(node, ast.While) else scopes.bound([node.target])
        own = bound | self._selection.affected(node, in_loop=True)
        for _ in range(_ROUNDS):
            inner = needed | self.block(node.body, needed, in_loop=True)
            if self._selection.keeps_any(node) or own & needed:
                self._selection.keep(node, bound)
                inner |= header | self._leaving(node.body)
            if inner == needed:
                break
            needed = inner
        return needed

    def _leaving(self, body: Block) -> Names:
        """Keeps what leaves a loop that is run, so that it ends where it did."""
        needed: Names = frozenset()
        for statement in body:
            if isinstance(statement, ast.Break | ast.Continue):
                self._selection.kept.add(statement)
            elif isinstance(statement, ast.If):
                needed |= self._leaving(statement.body) | self._leaving(statement.orelse)
                if self._selection.keeps_any(statement):
                    self._selection.kept.add(statement)
                    needed |= scopes.used(statement.test)
        return needed


def _headers(node: ast.stmt) -> Iterator[ast.AST]:
    """What a compound statement evaluates itself."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ExceptHandler):
            yield from filter(None, [child.type])
        elif isinstance(child, ast.match_case):
            yield from filter(None, [child.pattern, child.guard])
        elif isinstance(child, ast.expr):
            yield child
