"""What statements do with names: which they read before they bind them, which they bind, what they change.

The rule: what is not understood is no answer. `Use.of` gives None for statements that a function of their
own could not hold as they are: `yield`, `break` out of them, a walrus, an attribute that they set.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..syntax.statements import jumps_out
from . import scopes
from .api_tables import CONTAINER_MUTATORS, is_in_place

_STRANGE = (
    ast.NamedExpr,
    ast.Yield,
    ast.YieldFrom,
    ast.Await,
    ast.Global,
    ast.Nonlocal,
    ast.Delete,
    ast.Try,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.AsyncFor,
    ast.AsyncWith,
    ast.AsyncFunctionDef,
    ast.Match,
    ast.Raise,
    ast.Assert,
)


@dataclass
class Use:
    """`reads` come before the statements bind the name, `binds` are bound at some time, `settled` always.

    `written` are names of tensors that stand outside and are written in place (`x[0] = 1`, `x.add_(1)`),
    `functions` those that a `def` binds: no operator gives a function. `shared` are those of what has another
    name too: what is written to one shows under the other.
    """

    reads: dict[str, None] = field(default_factory=dict)
    binds: dict[str, None] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    written: dict[str, None] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    strange: bool = False

    @staticmethod
    def of(statements: Sequence[ast.stmt]) -> Use | None:
        strange = any(isinstance(n, _STRANGE) for each in statements for n in ast.walk(each))
        use = None if strange or jumps_out(statements) else Use.seen_in(statements)
        return None if use is None or use.strange else use

    @staticmethod
    def seen_in(statements: Iterable[ast.stmt]) -> Use:
        """The same of any statements, as far as they are understood."""
        use = Use()
        use._block(statements)
        return use

    @property
    def carried(self) -> tuple[str, ...]:
        """The names that a function of these statements has to be given, because it binds them itself."""
        own = [name for name in self.reads if name in self.binds]
        return tuple(dict.fromkeys((*own, *self.written)))

    # -- statements ------------------------------------------------------------------------------------

    def _block(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.FunctionDef):
            self._function(node)
        elif isinstance(node, (ast.If, ast.For, ast.While, ast.With)):
            self._compound(node)
        elif isinstance(node, ast.AugAssign):
            self._read(node.value)
            if isinstance(node.target, ast.Name):
                self._load(node.target.id)
                self.strange |= node.target.id in self.shared
            self._target(node.target)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            self._assigned(node)
        elif isinstance(node, (ast.Expr, ast.Return)):
            if node.value is not None:
                self._read(node.value, alone=isinstance(node, ast.Expr))
        elif not isinstance(node, (ast.Pass, ast.Break, ast.Continue)):
            self.strange = True
            for name in scopes.used(node):
                self._load(name)

    def _assigned(self, node: ast.Assign | ast.AnnAssign) -> None:
        if node.value is not None:
            self._read(node.value)
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            self._target(target)
        self._share(targets, node.value)

    def _share(self, targets: Sequence[ast.expr], value: ast.expr | None) -> None:
        names = {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        whole = isinstance(value, (ast.Name, ast.Attribute, ast.Subscript, ast.IfExp)) or len(names) > 1
        self.shared = self.shared | names if whole else self.shared - names

    def _compound(self, node: ast.If | ast.For | ast.While | ast.With) -> None:
        if isinstance(node, ast.With):
            for item in node.items:
                self._read(item.context_expr)
                self._target(item.optional_vars)
            self._block(node.body)
            return
        self._read(node.iter if isinstance(node, ast.For) else node.test)
        before = set(self.settled)
        if isinstance(node, ast.For):
            self._target(node.target)
        self._block(node.body)
        first, self.settled = self.settled, before
        other = set(before)
        if node.orelse:
            self._block(node.orelse)
            other = self.settled
        # A loop may run not once.
        self.settled = first & other if isinstance(node, ast.If) else before

    def _function(self, node: ast.FunctionDef) -> None:
        inner = Use()
        inner.settled |= {name for name, _ in scopes.parameters(node.args)}
        inner._block(node.body)
        self.strange |= inner.strange or bool(node.decorator_list) or bool(inner.written)
        for name in inner.reads:
            if name not in inner.binds:
                self._load(name)
        self.functions.add(node.name)
        self._bind(node.name)

    # -- names -----------------------------------------------------------------------------------------

    def _load(self, name: str) -> None:
        if name not in self.settled:
            self.reads.setdefault(name)

    def _bind(self, name: str) -> None:
        self.binds.setdefault(name)
        self.settled.add(name)

    def _target(self, node: ast.expr | None) -> None:
        if isinstance(node, ast.Name):
            self._bind(node.id)
        elif isinstance(node, (ast.Tuple, ast.List)):
            for each in node.elts:
                self._target(each)
        elif isinstance(node, ast.Starred):
            self._target(node.value)
        elif isinstance(node, ast.Subscript):
            self._read(node.slice)
            self._write(node.value)
        elif node is not None:  # an attribute: what it belongs to lives on
            self.strange = True

    def _write(self, node: ast.expr) -> None:
        """Something is written in place."""
        while isinstance(node, ast.Subscript):
            self._read(node.slice)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self.shared:
            self.strange = True
        elif node.id not in self.settled:
            self.written.setdefault(node.id)
            self.reads.setdefault(node.id)

    def _read(self, node: ast.expr, *, alone: bool = False) -> None:
        """Reads an expression, which may be a statement by itself: a list's `sort` gives nothing, a tensor's does."""
        # `self.layer` is a name of its own there, and `self` is read with it.
        outer = {name.partition(".")[0] for name in scopes.used(node)}
        for each in _in_order(node):
            if isinstance(each, ast.Name) and each.id in outer:
                self._load(each.id)
            elif isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute):
                name, owner = each.func.attr, each.func.value
                if is_in_place(name):
                    self._write(owner)
                elif name == "sort" and not (alone and each is node):
                    continue
                elif name in CONTAINER_MUTATORS and isinstance(owner, (ast.Name, ast.Attribute)):
                    self.strange |= not (isinstance(owner, ast.Name) and owner.id in self.settled)


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)
