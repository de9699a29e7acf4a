"""Which names a statement changes by what it calls: `setup(net)`, `net.configure()`, `[freeze(p) for p in net.parameters()]`.

The text of what is called is looked at, wherever in the statement the call stands: whether it assigns to what
it was given. What trains is left out, as everywhere: better a model as it was built than a training loop.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...python.binding import scopes
from ...python.syntax.names import last_name
from ...python.syntax.statements import Function, Loop, of_scope
from ..classes.classes import Class, class_of
from ..classes.model_class import model_class_of
from ..finder import Module
from ..repository.parsed import ParsedFile
from . import abroad, effects
from .enclosing import paths_of
from .holdings import Holdings, holdings_of

_DEEPEST = 3
_MOST_REMEMBERED = 1 << 12
"""Statements and functions: a library's are asked for again for each file that calls them."""
_OPTIMIZES = frozenset({"backward", "zero_grad", "step"})
_STARTS = frozenset({"start", "join"})
"""Methods that run what their owner was given: a thread does so here."""

Names = frozenset[str]
_Callable = Function | ast.Lambda
_NOTHING: Names = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class _Around:
    """Where calls stand: the file, the statement, what names hold there, and how deep in calls that is."""

    home: ParsedFile
    statement: ast.stmt
    holdings: Holdings
    depth: int = 0


class Callees:
    """What the calls of one file change. Each statement and each function is looked at once."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._holdings: dict[tuple[ast.stmt, ...], Holdings] = {}
        self._statements: dict[ast.stmt, Names] = {}
        self._functions: dict[tuple[ast.AST, str], Names] = {}

    def holdings(self, statement: ast.stmt) -> Holdings:
        """What names hold where a statement stands: by the module's statements, and those of what it is in."""
        around = paths_of(self._module).get(statement, ())[:-1]
        if around not in self._holdings:
            statements = (each for scope in (self._module.tree, *around) for each in _statements_in(scope))
            self._holdings[around] = holdings_of(statements, self._module)
        return self._holdings[around]

    def changed(self, statement: ast.stmt) -> Names:
        """The names whose values change in what a statement itself calls, but for what its blocks do."""
        if statement not in self._statements:
            around = _Around(self._module.parsed, statement, self.holdings(statement))
            self._statements[statement] = self._in_statement(statement, around)
        return self._statements[statement]

    def by_import(self, node: ast.Import | ast.ImportFrom) -> Names:
        """The names whose values an import changes, by running files of the repository."""
        if node not in self._statements:
            self._statements[node] = abroad.by_import(node, self._module, self._at_top)
        return self._statements[node]

    def _at_top(self, statement: ast.stmt, home: ParsedFile) -> Names:
        nothing = holdings_of((), self._module)
        direct = _without_torch(effects.changed(statement, in_loop=False), statement, home)
        return direct | self._in_statement(statement, _Around(home, statement, nothing, 1))

    def inside(self, definition: Function | ast.ClassDef) -> Names:
        """What a definition's body changes outside of itself, where a decorator of the repository may run it."""
        index, home = self._module.index, self._module.parsed
        runs = any(index.definition_of(_decorator(each), home) for each in definition.decorator_list)
        if isinstance(definition, ast.ClassDef) or not runs:
            return _NOTHING
        return self._changes(definition, self._module.parsed, None, 0) - scopes.binds(definition)

    # -- calls ---------------------------------------------------------------------------------------

    def _in_statement(self, statement: ast.stmt, around: _Around) -> Names:
        """What the calls of one statement change: in a comprehension, what that goes over."""
        changed = _without_torch(self._in_calls(_calls(statement), around), statement, around.home)
        for node in _nodes(statement):
            if isinstance(node, ast.comprehension) and scopes.bound([node.target]) & changed:
                changed |= scopes.used(node.iter)
        return changed

    def _in_calls(self, calls: Iterable[ast.Call], around: _Around) -> Iterator[str]:
        for call in calls:
            yield from self._by_library(call, around.home)
            if around.depth < _DEEPEST:
                yield from self._by_definition(call, around)
                yield from self._by_what_is_handed_on(call, around)

    def _by_library(self, call: ast.Call, home: ParsedFile) -> Iterator[str]:
        """`patch.object(net, …)`, `weight_norm(net.layer)`, `thread.start()`."""
        yield from effects.changes_by_call(call, home.imports)
        if last_name(call) in _STARTS and isinstance(call.func, ast.Attribute):
            yield from scopes.used(call.func.value)

    def _by_definition(self, call: ast.Call, around: _Around) -> Iterator[str]:
        found = self._module.index.definition_of(call.func, around.home)
        if found is not None and isinstance(found.node, Function):
            yield from self._by_function(found.node, found.home, call, None, around)
            return
        owner = self._owner(call, around)
        name = call.func.attr if isinstance(call.func, ast.Attribute) else "forward"
        method = owner.method(name) if owner else None
        if owner is not None and method is not None:
            receiver = call.func.value if isinstance(call.func, ast.Attribute) else call.func
            yield from self._by_function(method, owner.home, call, receiver, around, owner)

    def _owner(self, call: ast.Call, around: _Around) -> Class | None:
        """The class whose method is called, where the text tells; of `net(x)` too."""
        if around.home is not self._module.parsed:
            return None
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else call.func
        known = around.home.imports.by_name, around.home.definitions
        if isinstance(receiver, ast.Name) and any(receiver.id in each for each in known):
            return None
        path = paths_of(self._module).get(around.statement, ())
        found = self._module.index.resolve(model_class_of(receiver, path, self._module), around.home)
        is_class = found is not None and isinstance(found.node, ast.ClassDef)
        return class_of(found, self._module.index) if found is not None and is_class else None

    def _by_function(
        self,
        function: Function,
        home: ParsedFile,
        call: ast.Call,
        receiver: ast.expr | None,
        around: _Around,
        owner: Class | None = None,
    ) -> Iterator[str]:
        changed = self._changes(function, home, owner, around.depth)
        names = [each.arg for each in scopes.positional(function.args)]
        counted = [*([receiver] if receiver is not None else []), *call.args]
        given = [*zip(names, counted, strict=False), *((e.arg or "", e.value) for e in call.keywords)]
        for name, value in given:
            if name in changed:
                yield from scopes.used(value)
        free = changed - scopes.binds(function)
        yield from abroad.here(free, home, around.home, self._module.index)

    def _by_what_is_handed_on(self, call: ast.Call, around: _Around) -> Iterator[str]:
        """`map(freeze, net.modules())`, `Thread(target=turn, args=(net,))`, `(lambda m: m.eval())(net)`.

        And `f(net)`, where `f` is one of the functions that a list holds.
        """
        if isinstance(call.func, ast.Name) and call.func.id in around.home.definitions:
            return
        values = [call.func, *call.args, *(each.value for each in call.keywords)]
        for function, home in (each for value in values for each in self._callables(value, around)):
            own = {name for name, _ in scopes.parameters(function.args)}
            if self._changes(function, home, None, around.depth) & own:
                yield from scopes.used(*values)
                return

    def _callables(self, value: ast.expr, around: _Around) -> Iterator[tuple[_Callable, ParsedFile]]:
        if isinstance(value, ast.Lambda):
            yield value, around.home
        elif isinstance(value, ast.Name):
            at_home = around.home is self._module.parsed
            names = around.holdings.held_by(value.id) if at_home else [value.id]
            found = (self._module.index.resolve(each, around.home) for each in names)
            yield from ((each.node, each.home) for each in found if each and isinstance(each.node, Function))

    # -- functions -----------------------------------------------------------------------------------

    def _changes(self, function: _Callable, home: ParsedFile, owner: Class | None, depth: int) -> Names:
        """The names of a function, its parameters among them, whose values it changes; none where it trains."""
        key = (function, owner.name if owner else "")
        if key not in self._functions:
            self._functions[key] = _NOTHING  # of a function that calls itself
            trains = self._trains(function, home, depth)
            self._functions[key] = _NOTHING if trains else self._changed_in(function, home, owner, depth)
        return self._functions[key]

    def _changed_in(self, function: _Callable, home: ParsedFile, owner: Class | None, depth: int) -> Names:
        statements = _statements_of(function)
        holdings = holdings_of(statements, self._module)
        # What evaluates sets the mode too, and takes its time.
        looping = any(isinstance(each, Loop) for each in statements)
        found = set(scopes.sets_around(function))
        for each in statements:
            calls = list(_calls(each))
            found |= _without_torch(effects.changed(each, in_loop=looping), each, home)
            found |= self._in_statement(each, _Around(home, each, holdings, depth + 1))
            found |= self._by_own_methods(calls, owner, depth + 1)
        return holdings.affected(frozenset(found) | _owners(found))

    def _by_own_methods(self, calls: Sequence[ast.Call], owner: Class | None, depth: int) -> Names:
        """`self`, where a method calls another one that changes it."""
        if owner is None or depth >= _DEEPEST:
            return _NOTHING
        names = (scopes.attribute_of_self(each.func) for each in calls)
        methods = (owner.method(name.partition(".")[2]) for name in names if name)
        changed = (self._changes(each, owner.home, owner, depth) for each in methods if each)
        return frozenset(["self"]) if any("self" in each for each in changed) else _NOTHING

    def _trains(self, function: _Callable, home: ParsedFile, depth: int) -> bool:
        calls = _all_calls(function)
        if any(last_name(each) in _OPTIMIZES for each in calls):
            return True
        found = (
            (self._module.index.definition_of(each.func, home) for each in calls) if depth < _DEEPEST else ()
        )
        return any(
            self._trains(each.node, each.home, depth + 1)
            for each in found
            if each is not None and isinstance(each.node, Function) and each.node is not function
        )


def _decorator(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _statements_of(function: _Callable) -> list[ast.stmt]:
    if isinstance(function, ast.Lambda):
        return [ast.copy_location(ast.Expr(function.body), function.body)]
    return list(of_scope(function.body))


def _statements_in(scope: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a scope; of a class those of its methods, which share `self`."""
    for statement in of_scope(getattr(scope, "body", ())):
        yield statement
        if isinstance(scope, ast.ClassDef) and isinstance(statement, Function):
            yield from of_scope(statement.body)


def _without_torch(names: Iterable[str], statement: ast.stmt, home: ParsedFile) -> Names:
    """`nn.init.zeros_(w)` changes `w`, and not `nn`; `torch.set_default_dtype(…)` does."""
    if effects.is_setting(statement, home.imports):
        return frozenset(names)
    meant = home.imports.by_name
    return frozenset(each for each in names if meant.get(each, "").partition(".")[0] != "torch")


def _owners(names: Iterable[str]) -> Names:
    """`self` with `self.model`: who changes a part, changes the whole."""
    return frozenset(name.partition(".")[0] for name in names if "." in name)


def _own_parts(statement: ast.stmt) -> Iterator[ast.AST]:
    """What a statement evaluates itself: of a compound one what stands in its header."""
    if isinstance(statement, Function | ast.ClassDef):
        yield from statement.decorator_list
        return
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.withitem):
            yield child.context_expr
        elif isinstance(child, ast.expr):
            yield child


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    return (node for node in _nodes(statement) if isinstance(node, ast.Call))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _nodes(statement: ast.stmt) -> tuple[ast.AST, ...]:
    """The calls and comprehensions that a statement evaluates itself."""
    walked = (node for part in _own_parts(statement) for node in ast.walk(part))
    return tuple(node for node in walked if isinstance(node, ast.Call | ast.comprehension))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _all_calls(function: _Callable) -> tuple[ast.Call, ...]:
    return tuple(each for each in ast.walk(function) if isinstance(each, ast.Call))
