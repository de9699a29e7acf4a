"""Which names hold what other names hold: `m2` of `m2 = net`, `nets` of `nets = [net]`, `m` of `for m in net.modules()`.

What changes one of them, changes the others. The rule: what may hold something does. A name that holds
nothing of a model costs a statement that is run in vain; one that was missed, a verdict on another model.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...python.binding import scopes
from ...python.binding.api_tables import ADDING, CONTAINER_MUTATORS, GIVE_PARTS, RETURN_THE_MODULE
from ...python.syntax.assignments import assignments
from ...python.syntax.names import last_name
from ..finder import Module

Names = frozenset[str]
_Edge = tuple[str, str]  # a name, and one of what it holds

_HAND_ON = RETURN_THE_MODULE | frozenset(
    [
        "modules",
        "children",
        "parameters",
        "buffers",
        "named_modules",
        "named_children",
        "named_parameters",
        "named_buffers",
        "get",
        "items",
        "values",
        "copy",
        "iter",
        "next",
        "list",
        "tuple",
        "set",
        "dict",
        "zip",
        "enumerate",
        "reversed",
        "sorted",
        "vars",
        "deepcopy",
    ]
)
"""What gives its argument, or its owner, or what is in it."""

_HANDLE = re.compile(r"register_\w*hook")
"""What gives a handle: `handle.remove()` changes the owner."""

_BUILTINS = frozenset(dir(builtins))
_PLAIN = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.JoinedStr)
_GIVE_NUMBERS = frozenset({"int", "float", "str", "bool", "len", "min", "max", "round", "sum"})
_LIBRARIES_THAT_KEEP = ("torch.nn.", "functools.", "threading.", "types.", "collections.", "itertools.")


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """By name, what it holds; and what holds it."""

    held: Mapping[str, Names]
    holders: Mapping[str, Names]

    def affected(self, changed: Names) -> Names:
        """The names whose values change where those of `changed` do: what they hold, and what holds them."""
        return _closure(changed, self.held) | _closure(changed, self.holders)

    def held_by(self, name: str) -> Names:
        return _closure(frozenset([name]), self.held)


def holdings_of(statements: Iterable[ast.stmt], module: Module) -> Holdings:
    """What statements make names hold, each of them alone."""
    held: dict[str, set[str]] = defaultdict(set)
    holders: dict[str, set[str]] = defaultdict(set)
    statements = list(statements)
    apart = _BUILTINS | module.imports.by_name.keys() | _numbers(statements)
    defined = apart | module.parsed.definitions.keys()
    for holder, each in (edge for statement in statements for edge in _edges(statement, module)):
        if holder in defined or each in apart:
            continue
        if not isinstance(module.parsed.definitions.get(each), ast.ClassDef):
            held[holder].add(each)
        holders[each].add(holder)
    return Holdings(_frozen(held), _frozen(holders))


def _numbers(statements: Iterable[ast.stmt]) -> Names:
    """The names that are bound to numbers and texts, and to nothing else: those hold nothing."""
    values = [pair for statement in statements for pair in assignments(statement)]
    bound: dict[str, bool] = {}
    for target, value in values:
        plain = isinstance(value, _PLAIN) or last_name(value) in _GIVE_NUMBERS
        if (name := scopes.own_name(target)) is not None:
            bound[name] = bound.get(name, True) and plain
    return frozenset(name for name, plain in bound.items() if plain)


def _frozen(found: Mapping[str, set[str]]) -> Mapping[str, Names]:
    return {name: frozenset(names) for name, names in found.items()}


def _closure(names: Names, edges: Mapping[str, Names]) -> Names:
    found, pending = set(names), list(names)
    while pending:
        new = edges.get(pending.pop(), frozenset()) - found
        found |= new
        pending += new
    return frozenset(found)


def _edges(statement: ast.stmt, module: Module) -> Iterator[_Edge]:
    for target, value in assignments(statement):
        yield from _between(target, value, module)
    if isinstance(statement, ast.For | ast.AsyncFor):
        yield from _same(statement.target, scopes.used(statement.iter))
    elif isinstance(statement, ast.With | ast.AsyncWith):
        for item in statement.items:
            if item.optional_vars is not None:
                yield from _same(item.optional_vars, scopes.used(item.context_expr))
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        yield from _added(statement.value)


def _between(target: ast.expr, value: ast.expr, module: Module) -> Iterator[_Edge]:
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        for one, other in zip(target.elts, value.elts, strict=False):
            yield from _between(one, other, module)
        return
    whole, inside = _kept(value, module)
    yield from _same(target, whole)
    yield from ((holder, each) for holder in _names(target) for each in inside - {holder})


def _same(target: ast.expr, names: Names) -> Iterator[_Edge]:
    for name in _names(target):
        yield from (edge for each in names - {name} for edge in ((name, each), (each, name)))


def _names(target: ast.expr) -> Names:
    """The names that are bound, or whose parts are: `d` of `d["a"]`."""
    if isinstance(target, ast.Tuple | ast.List):
        return frozenset().union(*map(_names, target.elts))
    return frozenset(filter(None, [scopes.root(target)]))


def _added(call: ast.Call) -> Iterator[_Edge]:
    """`nets.append(net)`."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in ADDING | CONTAINER_MUTATORS:
        owner = scopes.root(call.func.value)
        given = scopes.used(*call.args)
        yield from ((owner, each) for each in given - {owner} if owner)


def _kept(value: ast.expr, module: Module) -> tuple[Names, Names]:
    """The names that a value is, or is a part of; and those whose values it keeps."""
    nothing: Names = frozenset()
    match value:
        case ast.Name() | ast.Attribute() | ast.Subscript() | ast.Starred():
            inner = _innermost(value)
            root = scopes.own_name(inner)
            return (frozenset([root]), nothing) if root else _kept(inner, module)
        case ast.IfExp(body=first, orelse=second):
            pairs = [_kept(first, module), _kept(second, module)]
            return pairs[0][0] | pairs[1][0], pairs[0][1] | pairs[1][1]
        case ast.Call():
            return _kept_by_call(value, module)
        case (
            ast.List()
            | ast.Tuple()
            | ast.Set()
            | ast.Dict()
            | ast.ListComp()
            | ast.GeneratorExp()
            | ast.DictComp()
        ):
            return nothing, scopes.used(value)
        case ast.NamedExpr(value=inner) | ast.Await(value=inner):
            return _kept(inner, module)
    return nothing, nothing


def _kept_by_call(call: ast.Call, module: Module) -> tuple[Names, Names]:
    given = scopes.used(*call.args, *(each.value for each in call.keywords))
    if last_name(call) in GIVE_PARTS | _HAND_ON:
        return (
            _kept(call.func.value, module) if isinstance(call.func, ast.Attribute) else (given, frozenset())
        )
    if isinstance(call.func, ast.Attribute) and _HANDLE.fullmatch(call.func.attr):
        return frozenset(), scopes.used(call.func.value)
    keeps = module.imports.dotted(call.func).startswith(_LIBRARIES_THAT_KEEP)
    found = module.index.definition_of(call.func, module.parsed)
    if found is not None and isinstance(found.node, ast.ClassDef):  # an instance has what its class has
        return frozenset(), given | scopes.used(call.func)
    if keeps or found is not None:
        return frozenset(), given
    return frozenset(), frozenset()


def _innermost(node: ast.expr) -> ast.expr:
    while not scopes.own_name(node) and isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node
