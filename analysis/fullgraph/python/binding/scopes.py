"""Which names a piece of Python binds, and which it takes from around it.

Names are those of the scope that the piece stands in: what a function keeps to itself is none of them.
`self.model` counts as a name of its own (and `cls.model` as the same), so that what a test's `setUp`
binds can be found.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache

from ..syntax.names import imported_name
from ..syntax.statements import Function

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_OWNERS = ("self", "cls")

Read = tuple[str, ast.AST]

_MOST_REMEMBERED = 1 << 10
"""Functions and classes: each is asked for once for every call in it, and a tree that was parsed stays as it is."""


def used(*nodes: ast.AST | None) -> frozenset[str]:
    """The names that nodes take from around them, now or when a function that they define is called."""
    return frozenset(name for name, _ in reads(*nodes))


def reads(*nodes: ast.AST | None) -> list[Read]:
    """Each time that nodes take a name from around them, with the node that does it."""
    return [each for node in nodes if node is not None for each in _reads(node)]


def bound(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names that nodes bind in the scope that they stand in."""
    return frozenset(name for name, _ in bindings(nodes))


def bindings(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Each name that nodes bind, or unbind by `del`, in the scope that they stand in, with what does it."""
    for each in (inner for node in nodes for inner in _own(node)):
        yield from ((name, each) for name in _bound_by(each))


@lru_cache(maxsize=_MOST_REMEMBERED)
def binds(scope: ast.AST) -> frozenset[str]:
    """The names that a function, lambda or comprehension keeps to itself; of any other node none."""
    if isinstance(scope, Function | ast.Lambda):
        body = scope.body if isinstance(scope.body, list) else [scope.body]
        return frozenset(name for name, _ in parameters(scope.args)) | (bound(body) - _declared(body))
    if isinstance(scope, _COMPREHENSIONS):
        return bound(each.target for each in scope.generators)
    return frozenset()


def sets_around(function: ast.AST) -> frozenset[str]:
    """The names that a function binds around it, by `global` and `nonlocal`."""
    body = getattr(function, "body", ())
    return bound(body) & _declared(body) if isinstance(function, Function) else frozenset()


def bound_anywhere(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Each name that is bound in a tree, in whichever scope, with what does it."""
    for node in ast.walk(tree):
        yield from ((name, node) for name in _bound_by(node))
        if isinstance(node, ast.arg):
            yield node.arg, node


def attribute_of_self(node: ast.AST) -> str | None:
    """`self.model`, if it is one."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in _OWNERS:
        return f"self.{node.attr}"
    return None


def own_name(node: ast.AST) -> str | None:
    """`x`, or `self.model`, of a node that is no more than that."""
    return attribute_of_self(node) or (node.id if isinstance(node, ast.Name) else None)


def root(node: ast.expr) -> str | None:
    """The name that `x.a[0].b` begins with: `x`, or `self.a` of `self.a.b`."""
    while True:
        if name := own_name(node):
            return name
        if not isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            return None
        node = node.value


def parameters(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr | None]]:
    """Each parameter with its default, `*args` and `**kwargs` with them."""
    yield from ((argument.arg, default) for argument, default in given(arguments))
    yield from ((rest.arg, None) for rest in (arguments.vararg, arguments.kwarg) if rest is not None)


def given(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """The parameters that a call can name or count, each with its default."""
    counted = positional(arguments)
    missing: list[ast.expr | None] = [None] * (len(counted) - len(arguments.defaults))
    yield from zip(counted, [*missing, *arguments.defaults], strict=True)
    yield from zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)


def positional(arguments: ast.arguments) -> list[ast.arg]:
    """The parameters that a call can count."""
    return [*arguments.posonlyargs, *arguments.args]


def _reads(node: ast.AST) -> list[Read]:
    if name := attribute_of_self(node):
        return [] if isinstance(getattr(node, "ctx", None), ast.Store) else [(name, node)]
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Store) else [(node.id, node)]
    if isinstance(node, ast.AugAssign):
        own = [(node.target.id, node.target)] if isinstance(node.target, ast.Name) else []
        return [*own, *reads(node.target, node.value)]
    if isinstance(node, Function | ast.Lambda):
        return list(_read_by_function(node))
    if isinstance(node, ast.ClassDef):
        return list(_read_by_class(node))
    if isinstance(node, _COMPREHENSIONS):
        # What the first `for` goes over is evaluated around it: `[x for x in x]`.
        return [*_without(binds(node), reads(*ast.iter_child_nodes(node))), *reads(node.generators[0].iter)]
    return reads(*ast.iter_child_nodes(node))


def _without(names: frozenset[str], found: list[Read]) -> list[Read]:
    return [each for each in found if each[0] not in names]


@lru_cache(maxsize=_MOST_REMEMBERED)
def _read_by_function(node: Function | ast.Lambda) -> tuple[Read, ...]:
    body = node.body if isinstance(node.body, list) else [node.body]
    own = binds(node)
    around = [*getattr(node, "decorator_list", ()), *_evaluated(node.args), getattr(node, "returns", None)]
    inner = _without(own, reads(*body))
    # Inside of a method `self` is the method's own.
    if "self" in own or "cls" in own:
        inner = [each for each in inner if not each[0].startswith("self.")]
    return (*inner, *reads(*around))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _read_by_class(node: ast.ClassDef) -> tuple[Read, ...]:
    around = [*node.decorator_list, *node.bases, *(each.value for each in node.keywords)]
    methods = [each for each in node.body if isinstance(each, Function)]
    others = [each for each in node.body if not isinstance(each, Function)]
    return (*reads(*around, *methods), *_without(bound(node.body), reads(*others)))


def _evaluated(arguments: ast.arguments) -> Iterator[ast.expr | None]:
    yield from arguments.defaults
    yield from arguments.kw_defaults
    every = [argument for argument, _ in given(arguments)]
    yield from (each.annotation for each in (*every, arguments.vararg, arguments.kwarg) if each)


def _declared(body: Iterable[ast.AST]) -> frozenset[str]:
    """What `global` and `nonlocal` take from around."""
    walked = (node for each in body for node in _own(each))
    return frozenset(
        name for node in walked if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names
    )


def _bound_by(node: ast.AST) -> Iterator[str]:
    """The names that one node binds, without those in it."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield from filter(None, [attribute_of_self(node)])
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (imported_name(alias, node) for alias in node.names)
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


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
