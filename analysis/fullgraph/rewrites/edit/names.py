"""What statements do with names: which they read before they bind them, which they bind, what they change.

The rule: what is not understood is no answer. `Use.of` gives None for statements that a function of their
own could not hold as they are: `yield`, `break` out of them, a walrus, an attribute that they set.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .module import Code, Function

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
_GROWING_TEXT = """
    append extend insert pop remove clear update add discard setdefault sort reverse popitem appendleft
"""
_GROWING = frozenset(_GROWING_TEXT.split())


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
        if any(isinstance(n, _STRANGE) for each in statements for n in ast.walk(each)) or _leaves(statements):
            return None
        use = Use()
        use._block(statements)
        return None if use.strange else use

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
            if node.value is not None:
                self._read(node.value)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                self._target(target)
            self._share(targets, node.value)
        elif isinstance(node, (ast.Expr, ast.Return)):
            if node.value is not None:
                self._read(node.value)
        else:
            self.strange |= not isinstance(node, (ast.Pass, ast.Break, ast.Continue))

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
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        inner.settled |= {each.arg for each in arguments}
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

    def _read(self, node: ast.expr) -> None:
        own = _bound_inside(node)
        for each in _in_order(node):
            if isinstance(each, ast.Name) and each.id not in own:
                self._load(each.id)
            elif isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute):
                name, owner = each.func.attr, each.func.value
                if name.endswith("_") and not name.endswith("__"):
                    self._write(owner)
                elif name in _GROWING and isinstance(owner, (ast.Name, ast.Attribute)):
                    self.strange |= not (isinstance(owner, ast.Name) and owner.id in self.settled)


def _bound_inside(node: ast.expr) -> set[str]:
    """Names of comprehensions and lambdas in an expression."""
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.comprehension):
            found |= {n.id for n in ast.walk(each.target) if isinstance(n, ast.Name)}
        elif isinstance(each, ast.Lambda):
            found |= {argument.arg for argument in each.args.args}
    return found


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)


def _leaves(statements: Iterable[ast.stmt], *, looped: bool = False) -> bool:
    """Whether a `break` or `continue` leads out of the statements."""
    for each in statements:
        if isinstance(each, (ast.Break, ast.Continue)) and not looped:
            return True
        inside = looped or isinstance(each, (ast.For, ast.While))
        blocks = (getattr(each, name, None) or [] for name in ("body", "orelse", "finalbody"))
        if not isinstance(each, ast.FunctionDef) and any(_leaves(b, looped=inside) for b in blocks):
            return True
    return False


# -- the way through a function ----------------------------------------------------------------------

Returning = Literal["always", "never", "sometimes"]


def returning(statements: Sequence[ast.stmt]) -> Returning:
    """Whether statements end their function."""
    found: Returning = "never"
    for each in statements:
        if isinstance(each, ast.Return):
            return "always"
        if isinstance(each, ast.FunctionDef):
            continue
        blocks = [getattr(each, name, None) or [] for name in ("body", "orelse")]
        ways = {returning(block) for block in blocks}
        if isinstance(each, (ast.If, ast.With)) and ways == {"always"}:
            return "always"
        if isinstance(each, ast.With) and returning(each.body) == "always":
            return "always"
        if ways != {"never"}:
            found = "sometimes"
    return found


def read_later(code: Code, function: Function, after: ast.stmt, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that the function reads once a statement is done, also in a loop's next round."""
    inside = set(ast.walk(after))
    loop = next((up for up in code.ancestors(after) if isinstance(up, (ast.For, ast.While))), None)
    around = set(ast.walk(loop)) if loop is not None else set()
    end = code.range(after).end
    read = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name)
        and node not in inside
        and (isinstance(node.ctx, ast.Load) or _is_augmented(code, node))
        and (code.range(node).start >= end or node in around)
    }
    return tuple(name for name in names if name in read)


def _is_augmented(code: Code, node: ast.Name) -> bool:
    parent = code.parents.get(node)
    return isinstance(parent, ast.AugAssign) and parent.target is node


def bound_before(code: Code, function: Function, statement: ast.stmt) -> frozenset[str]:
    """Names that have some value when a statement begins: arguments, and what is bound above it."""
    start = code.range(statement).start
    arguments = {each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)}
    outer = [up for up in code.ancestors(function) if isinstance(up, ast.FunctionDef)]
    stored = {
        node.id
        for scope in (function, *outer)
        for node in ast.walk(scope)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and code.range(node).start < start
    }
    outer_arguments = {each.arg for up in outer for each in ast.walk(up.args) if isinstance(each, ast.arg)}
    return frozenset(arguments | stored | outer_arguments)


def is_shared_and_written(
    code: Code, branch: ast.If | ast.IfExp, given: Iterable[tuple[str, ast.expr]]
) -> bool:
    """Whether a branch gives a name what has another one (`y = x`), and one of the two is written in place below.

    What an operator gives is a tensor of its own, so that the writing would not show under the other name.
    """
    function = code.function_of(branch)
    pairs = {(name, root) for name, value in given if (root := _root(value)) and root != name}
    if function is None or not pairs:
        return False
    end = code.range(branch).end
    loops = [up for up in code.ancestors(branch) if isinstance(up, (ast.For, ast.While))]
    around = {node for loop in loops for node in ast.walk(loop)}
    written = {
        name
        for node in ast.walk(function)
        if isinstance(node, (ast.AugAssign, ast.Subscript, ast.Call))
        and (node in around or code.range(node).start >= end)
        and (name := _written(node))
    }
    return any(written & set(pair) for pair in pairs)


def _root(value: ast.expr) -> str:
    """The name whose tensor a value is, or may share."""
    while isinstance(value, (ast.Attribute, ast.Subscript)) or (
        isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
    ):
        value = value.func.value if isinstance(value, ast.Call) else value.value  # type: ignore[attr-defined]
    return value.id if isinstance(value, ast.Name) else ""


def _written(node: ast.AST) -> str:
    """The name of what a statement or call writes in place, if it does."""
    if isinstance(node, ast.AugAssign):
        return _root(node.target)
    if isinstance(node, ast.Subscript):
        return _root(node) if isinstance(node.ctx, ast.Store) else ""
    method = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
    in_place = method.endswith("_") and not method.endswith("__")
    return _root(node.func.value) if in_place else ""  # type: ignore[attr-defined]
