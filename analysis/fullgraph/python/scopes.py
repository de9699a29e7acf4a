"""Which names a piece of Python binds, and which it takes from around it.

Names are those of the scope that the piece stands in: what a function keeps to itself is none of them.
`self.model` counts as a name of its own (and `cls.model` as the same), so that what a test's `setUp`
binds can be found.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_OWNERS = ("self", "cls")


def used(*nodes: ast.AST | None) -> frozenset[str]:
    """The names that nodes take from around them, now or when a function that they define is called."""
    return frozenset(name for node in nodes if node is not None for name in _used(node))


def bound(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names that nodes bind in the scope that they stand in."""
    return frozenset(name for node in nodes for name in _bound(node))


def attribute_of_self(node: ast.AST) -> str | None:
    """`self.model`, if it is one."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in _OWNERS:
        return f"self.{node.attr}"
    return None


def root(node: ast.expr) -> str | None:
    """The name that `x.a[0].b` begins with: `x`, or `self.a` of `self.a.b`."""
    while True:
        if name := attribute_of_self(node):
            return name
        if isinstance(node, ast.Name):
            return node.id
        if not isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            return None
        node = node.value


def parameters(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr | None]]:
    """Each parameter with its default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    missing: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    for argument, default in zip(positional, [*missing, *arguments.defaults], strict=True):
        yield argument.arg, default
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield argument.arg, default
    for rest in (arguments.vararg, arguments.kwarg):
        if rest is not None:
            yield rest.arg, None


def _used(node: ast.AST) -> frozenset[str]:
    if name := attribute_of_self(node):
        return frozenset() if isinstance(getattr(node, "ctx", None), ast.Store) else frozenset({name})
    if isinstance(node, ast.Name):
        return frozenset() if isinstance(node.ctx, ast.Store) else frozenset({node.id})
    if isinstance(node, ast.AugAssign):
        names = frozenset({node.target.id}) if isinstance(node.target, ast.Name) else frozenset()
        return names | used(node.target, node.value)
    if isinstance(node, Function | ast.Lambda):
        return _used_by_function(node)
    if isinstance(node, ast.ClassDef):
        return _used_by_class(node)
    if isinstance(node, _COMPREHENSIONS):
        return used(*ast.iter_child_nodes(node)) - bound(each.target for each in node.generators)
    return used(*ast.iter_child_nodes(node))


def _used_by_function(node: Function | ast.Lambda) -> frozenset[str]:
    body = node.body if isinstance(node.body, list) else [node.body]
    own = {name for name, _ in parameters(node.args)} | (bound(body) - _declared(body))
    around = [*getattr(node, "decorator_list", ()), *_evaluated(node.args), getattr(node, "returns", None)]
    inner = used(*body) - own
    # Inside of a method `self` is the method's own.
    if "self" in own or "cls" in own:
        inner = frozenset(name for name in inner if not name.startswith("self."))
    return inner | used(*around)


def _used_by_class(node: ast.ClassDef) -> frozenset[str]:
    around = [*node.decorator_list, *node.bases, *(each.value for each in node.keywords)]
    methods = [each for each in node.body if isinstance(each, Function)]
    others = [each for each in node.body if not isinstance(each, Function)]
    return used(*around, *methods) | (used(*others) - bound(node.body))


def _evaluated(arguments: ast.arguments) -> Iterator[ast.expr | None]:
    yield from arguments.defaults
    yield from arguments.kw_defaults
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (each.annotation for each in (*every, arguments.vararg, arguments.kwarg) if each)


def _declared(body: Iterable[ast.AST]) -> frozenset[str]:
    """What `global` and `nonlocal` take from around."""
    walked = (node for each in body for node in _own(each))
    return frozenset(
        name for node in walked if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names
    )


def _bound(node: ast.AST) -> Iterator[str]:
    for each in _own(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store | ast.Del):
            yield each.id
        elif isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store):
            yield from filter(None, [attribute_of_self(each)])
        elif isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield each.name
        elif isinstance(each, ast.Import):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in each.names)
        elif isinstance(each, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in each.names)
        elif isinstance(each, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and each.name:
            yield each.name
        elif isinstance(each, ast.MatchMapping) and each.rest:
            yield each.rest


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is in it, without the insides of functions, classes and comprehensions."""
    pending = [node]
    while pending:
        each = pending.pop()
        yield each
        if isinstance(each, _COMPREHENSIONS):
            walrus = (n for n in ast.walk(each) if isinstance(n, ast.NamedExpr))
            pending.extend(each.target for each in walrus)
        elif not isinstance(each, _SCOPES):
            pending.extend(ast.iter_child_nodes(each))
