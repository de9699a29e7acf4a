"""Which model of the repository an expression is an instance of, where the text leaves no doubt.

`net` below `net = Net(3).eval()`, `self.model` that `setUp` binds, `build()` whose `return` gives a `Net`. The
rule: names lead where Python's imports lead, and a name that two ways through the program bind to instances of
different classes is an instance of none.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...python.binding import scopes
from ...python.binding.api_tables import RETURN_THE_MODULE
from ...python.syntax.assignments import assignments
from ...python.syntax.names import dotted_name, last_name
from ...python.syntax.statements import Function, blocks, of_scope
from ..finder import Module
from ..inputs import fixtures
from ..inputs.callers import arguments_of
from ..repository.index import Definition
from ..repository.parsed import ParsedFile
from . import lookups
from .classes import Class, class_of, is_model
from .lookups import Entry, Lookup
from .taken import Taken

_DEEPEST = 8
_NOTHING: Mapping[str, ast.expr] = {}
_WRAPPING = frozenset(
    {
        "torch.compile",
        "copy.deepcopy",
        "torch.nn.DataParallel",
        "torch.nn.parallel.DataParallel",
        "torch.nn.parallel.DistributedDataParallel",
    }
)

_HANDING_ON = _WRAPPING | {"next"}

Scope = ast.Module | ast.ClassDef | Function


@dataclass(frozen=True, slots=True)
class Binding:
    """A statement that binds a name, and to what."""

    statement: ast.stmt
    value: ast.expr | None  # None: what a loop gives, and its header does not write out


class Instances:
    """The instances in one file; what a scope binds is found once."""

    def __init__(self, module: Module, given: Mapping[str, ast.expr] = _NOTHING) -> None:
        self.module = module
        self._given = given
        self._bindings: dict[Scope, Mapping[str, list[Binding]]] = {}

    def where(self, given: Mapping[str, ast.expr]) -> Instances:
        """The same where parameters and the variables of loops have the `given` values."""
        found = Instances(self.module, given)
        found._bindings = self._bindings
        return found

    def model_of(self, node: ast.expr, path: Sequence[ast.stmt], depth: int = 0) -> Class | None:
        """The model that `node`, an expression in the last statement of `path`, is an instance of."""
        node = _unwrapped(node, self.module)
        if depth > _DEEPEST:
            return None
        if isinstance(node, ast.Call):
            return self._made_by(node, path, depth + 1)
        found = {self.model_of(each, path, depth + 1) for each in self.values_of(node, path)}
        return found.pop() if len(found) == 1 else None

    def _made_by(self, call: ast.Call, path: Sequence[ast.stmt], depth: int) -> Class | None:
        called = self.called(call.func, path, depth)
        if called is None and (lookup := lookups.lookup_of_build(call)) is not None:
            called = self._looked_up(lookup, path)
        return self._given_by(called, call, path, depth)

    def _given_by(
        self, called: Definition | Entry | None, call: ast.Call, path: Sequence[ast.stmt], depth: int
    ) -> Class | None:
        """What a call gives of the class, function or entry of a table that it is a call of."""
        if isinstance(called, Entry):
            there = self._in(called.home)
            if isinstance(called.value, ast.Lambda):
                return there.model_of(called.value.body, called.path, depth)
            made = there.called_in(called, depth)
            return None if isinstance(made, Entry) else self._given_by(made, call, path, depth)
        if called is None:
            return None
        if isinstance(called.node, ast.ClassDef):
            model = class_of(called, self.module.index)
            return model if is_model(model) else None
        if called.node in path:
            return None
        there, given = self._inside(called, call, path)
        found = {there.model_of(value, (called.node, each), depth + 1) for each, value in given}
        return found.pop() if len(found) == 1 else None

    def called_in(self, entry: Entry, depth: int) -> Definition | Entry | None:
        """What an entry of a table of this file names; of `partial(Net, 3)` the class."""
        value = entry.value
        if isinstance(value, ast.Call) and last_name(value) == "partial" and value.args:
            value = value.args[0]
        return self.called(value, entry.path, depth + 1)

    def called(self, node: ast.expr, path: Sequence[ast.stmt], depth: int) -> Definition | Entry | None:
        """What an expression names that is called: `kind` of `for kind in (Small, Large)`, `TABLE["net"]`."""
        index, home = self.module.index, self.module.parsed
        found = index.definition_of(node, home) or self._abroad(node)
        if found is not None or depth > _DEEPEST:
            return found
        if isinstance(node, ast.Attribute):
            owner = index.definition_of(node.value, home)
            if owner is not None and makes_its_class(owner, node.attr):
                return owner
        lookup = lookups.lookup_in(node)
        if lookup is not None:
            return self._looked_up(lookup, path)
        if isinstance(node, ast.Call):
            return self._called_by(node, path, depth)
        values = self.values_of(node, path)
        return self.called(values[0], path, depth + 1) if len(values) == 1 else None

    def _abroad(self, node: ast.expr) -> Definition | None:
        """What stands for a fixture of another file, or for what its values name there."""
        file, name = fixtures.abroad(node) or ("", "")
        home = self.module.index.file(file) if file else None
        return self.module.index.resolve(name, home) if home is not None else None

    def _called_by(self, call: ast.Call, path: Sequence[ast.stmt], depth: int) -> Definition | Entry | None:
        """What a function hands out to be called: `entry_point("net")`, which returns `TABLE[name]`."""
        function = self.module.index.definition_of(call.func, self.module.parsed)
        if function is None or isinstance(function.node, ast.ClassDef) or function.node in path:
            return None
        there, given = self._inside(function, call, path)
        found = [there.called(value, (function.node, each), depth + 1) for each, value in given]
        return found[0] if len(found) == 1 else None

    def _looked_up(self, lookup: Lookup, path: Sequence[ast.stmt]) -> Definition | Entry | None:
        key = self._constant(lookup.key, path)
        index, home = self.module.index, self.module.parsed
        if key is None or not isinstance(key.value, str):
            return None
        if lookup.owner is not None:
            return lookups.attribute(lookup.owner, key.value, home, index)
        held = (lookups.entry(table, key.value, there) for there, table in self._tables(lookup, path))
        return next(filter(None, held), None) or lookups.registered(key.value, index)

    def _tables(self, lookup: Lookup, path: Sequence[ast.stmt]) -> Iterator[tuple[ParsedFile, ast.expr]]:
        if lookup.table is None:
            return
        home = self.module.parsed
        yield from ((home, each) for each in (lookup.table, *self.values_of(lookup.table, path)))
        yield from lookups.imported_tables(dotted_name(lookup.table), home, self.module.index)

    def _inside(
        self, function: Definition, call: ast.Call, path: Sequence[ast.stmt]
    ) -> tuple[Instances, list[tuple[ast.stmt, ast.expr]]]:
        """The instances of a function that a call calls, and what it may give back; a fixture may `yield` it."""
        node = function.node
        assert not isinstance(node, ast.ClassDef)
        arguments = arguments_of(node, call) if isinstance(node, ast.FunctionDef) else {}
        known = {name: self._constant(value, path) for name, value in arguments.items()}
        constant = {name: value for name, value in known.items() if value is not None}
        taken = Taken({**constant, **_param(call)})
        given = ((each, _given_back(each)) for each in taken.statements(node.body))
        return self._in(function.home).where(taken.given), [(e, v) for e, v in given if v is not None]

    def _in(self, home: ParsedFile) -> Instances:
        if home is self.module.parsed:
            return self
        return Instances(Module(home, self.module.index))

    def _constant(self, node: ast.expr, path: Sequence[ast.stmt], depth: int = 0) -> ast.Constant | None:
        """The constant that an expression is, or that the only binding of a name is."""
        if isinstance(node, ast.Constant):
            return node
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr="lower" | "strip"), args=[]):
                return self._constant(inner, path, depth)
        values = self.values_of(node, path) if depth < _DEEPEST else []
        return self._constant(values[0], path, depth + 1) if len(values) == 1 else None

    # -- names ---------------------------------------------------------------------------------------

    def values_of(self, node: ast.expr, path: Sequence[ast.stmt]) -> list[ast.expr]:
        """What a name may be bound to at the path: one value, or that of each way through the program."""
        if dotted_name(node) == fixtures.PARAM and fixtures.PARAM in self._given:
            return [self._given[fixtures.PARAM]]
        name = scopes.own_name(node)
        if name is None:
            return []
        for scope in reversed([self.module.tree, *(each for each in path if isinstance(each, Scope))]):
            found = self._before(name, scope, path)
            if found:
                return found
            if isinstance(scope, Function) and name in dict(scopes.parameters(scope.args)):
                return [self._given[name]] if name in self._given else []
        return []

    def _before(self, name: str, scope: Scope, path: Sequence[ast.stmt]) -> list[ast.expr]:
        last = path[-1].lineno
        own = self._of(scope).get(name, [])
        # What a function reads of the module is bound when it is called, wherever that stands.
        inner = isinstance(scope, ast.Module | ast.ClassDef) and any(
            isinstance(each, Function) for each in path
        )
        before = [each for each in own if inner or each.statement.lineno < last]
        certain = _certain(scope, path)
        values: list[ast.expr] = []
        for each in reversed(before):
            value = self._in_loop(name, each, path)
            # `model = model.to("cuda")` says nothing of what model is.
            if value is not None and name not in scopes.used(value):
                values.append(value)
            if each.statement in certain and values:
                break
        return values

    def _in_loop(self, name: str, binding: Binding, path: Sequence[ast.stmt]) -> ast.expr | None:
        """What a statement binds; the variable of a loop around the path has the value that is given."""
        if isinstance(binding.statement, ast.For) and binding.statement in path:
            return self._given.get(name, binding.value)
        return binding.value

    def _of(self, scope: Scope) -> Mapping[str, list[Binding]]:
        if scope not in self._bindings:
            found: dict[str, list[Binding]] = defaultdict(list)
            for name, binding in _bindings(scope):
                found[name].append(binding)
            self._bindings[scope] = found
        return self._bindings[scope]


def _bindings(scope: Scope) -> Iterator[tuple[str, Binding]]:
    # What methods bind of `self` is the class's, too.
    methods = scope.body if isinstance(scope, ast.ClassDef) else []
    inside = (each.body for each in methods if isinstance(each, Function))
    for statement in (each for body in (scope.body, *inside) for each in of_scope(body)):
        for target, value in (*assignments(statement), *_first_round(statement)):
            name = scopes.own_name(target)
            if name is not None:
                yield name, Binding(statement, value)


def _first_round(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """`model` of `for model in [A(), B()]`, and of `for name, model in models.items()`."""
    if not isinstance(statement, ast.For):
        return
    if isinstance(statement.iter, ast.List | ast.Tuple):
        yield from ((statement.target, each) for each in statement.iter.elts[:1])
    elif isinstance(statement.target, ast.Tuple | ast.List):
        yield from ((each, None) for each in statement.target.elts)
    else:
        yield statement.target, None


def _certain(scope: Scope, path: Sequence[ast.stmt]) -> frozenset[ast.stmt]:
    """The statements that surely run before the path's last, if they stand above it."""
    methods = scope.body if isinstance(scope, ast.ClassDef) else []
    on_the_way = [scope.body, *(block for each in path for block in _blocks_on(each, path))]
    return frozenset(
        each
        for block in (*on_the_way, *(m.body for m in methods if isinstance(m, Function)))
        for each in block
    ) | frozenset(path)


def _blocks_on(statement: ast.stmt, path: Sequence[ast.stmt]) -> Iterator[list[ast.stmt]]:
    return (block for block in blocks(statement) if any(each in path for each in block))


def _unwrapped(node: ast.expr, module: Module) -> ast.expr:
    """`Net(3)` of `DataParallel(Net(3).cuda()).eval()`; of a fixture that yields, `next` takes what it yields."""
    while isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in RETURN_THE_MODULE:
            node = node.func.value
        elif node.args and module.imports.dotted(node.func) in _HANDING_ON:
            node = node.args[0]
        else:
            break
    return node


def _param(call: ast.Call) -> Mapping[str, ast.expr]:
    value = fixtures.param_of(call)
    return {} if value is None else {fixtures.PARAM: value}


def _given_back(statement: ast.stmt) -> ast.expr | None:
    value = statement.value if isinstance(statement, ast.Return | ast.Expr) else None
    if isinstance(statement, ast.Expr):
        return value.value if isinstance(value, ast.Yield) else None
    return value


def makes_its_class(owner: Definition, method: str) -> bool:
    """Whether it is a class, and a method like `from_config` that is called on the class itself."""
    found = (each for each in owner.node.body if isinstance(each, Function) and each.name == method)
    named = (ast.unparse(each) for method_ in found for each in method_.decorator_list)
    return isinstance(owner.node, ast.ClassDef) and "classmethod" in named
