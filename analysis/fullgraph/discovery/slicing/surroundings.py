"""What stands around the calls that lead to a function: `with torch.no_grad(): main()`, in its file and in others.

And what is set above them: `torch.set_grad_enabled(False)`. The rule: it is what the first caller has, and another
where another caller's differs; as far as its text needs no more than imports, what the same function assigns to, and
what the slice has.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from ...model import Expression, Surrounding
from ...python.binding import scopes
from ...python.syntax.assignments import assigned_name
from ...python.syntax.names import imported_name, is_name
from ...python.syntax.statements import Definition, block_of, of_scope
from ..classes.model_class import model_class_of
from ..finder import Module
from ..inputs.call_sites import CallSite, call_sites
from ..repository.parsed import ParsedFile
from . import effects
from .callees import Callees
from .contexts import Contexts, Path, is_repeatable
from .plain import is_plain

_DEEPEST = 4
_MOST_CALLERS = 8
_MOST_DIFFERENT = 3
_COMPOUND = (
    Definition | ast.If | ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith | ast.Try | ast.Match
)
_BUILTINS = frozenset(dir(builtins))

Around = tuple[Surrounding, ...]


@dataclass(frozen=True, slots=True)
class Sliced:
    """The file whose slice the calls lead to, and the names that the slice has."""

    home: ParsedFile
    names: frozenset[str]


def surroundings(path: Path, module: Module, sliced: Sliced, depth: int = 0) -> tuple[Around, ...]:
    """What the functions of `path` are called in, outermost first: for each of the callers that differ in it."""
    nested = tuple(_around_nested(path, module))
    if depth > _DEEPEST:
        return (nested,)
    found = [
        (*outer, *(surroundings_in(site.path, home, sliced=sliced) or ()), *nested)
        for home, site in islice(_callers(path, module), _MOST_CALLERS)
        for outer in surroundings(site.path, home, sliced, depth + 1)
    ]
    return _different(found) or (nested,)


def _different(found: Sequence[Around]) -> tuple[Around, ...]:
    first: dict[tuple[str, ...], Around] = {}
    for each in found:
        first.setdefault(tuple(one.expression.text for one in counting(each)), each)
    return tuple(islice(first.values(), _MOST_DIFFERENT))


def counting(around: Around) -> Around:
    """Those that make one call another than the next: not that random numbers are repeatable."""
    return tuple(each for each in around if not (each.statement and is_repeatable(each.expression.text)))


def _in_common(found: Sequence[Around]) -> Around:
    return found[0] if len(_different(found)) == 1 else ()


def _around_nested(path: Path, module: Module) -> Iterator[Surrounding]:
    """What a function in a function is called in there."""
    functions = [each for each in path if isinstance(each, ast.FunctionDef)]
    known = frozenset(module.kept(Contexts).around(path))
    for outer, inner in pairwise(functions):
        sites = (each for each in call_sites(outer.body) if is_name(each.call.func, inner.name))
        called = [surroundings_in(site.path, module, known) or () for site in sites if inner not in site.path]
        yield from _in_common(called)


def _callers(path: Path, module: Module) -> Iterator[tuple[Module, CallSite]]:
    match path:
        case [ast.FunctionDef() as function, *_]:
            yield from calls_of(function, module)
        case [ast.ClassDef() as owner, ast.FunctionDef() as method, *_]:
            yield from ((module, each) for each in _calls_of_method(owner, method, module))


def _calls_of_method(owner: ast.ClassDef, method: ast.FunctionDef, module: Module) -> Iterator[CallSite]:
    """`exporter.export()`, below `exporter = Exporter()`; in another method `self.export()`."""
    for site in call_sites(module.tree.body) if module.nodes.calls(method.name) else ():
        match site.call.func:
            case ast.Attribute(value=value, attr=method.name) if owner in site.path:
                if is_name(value, "self") and method not in site.path:
                    yield site
            case ast.Attribute(value=value, attr=method.name):
                if model_class_of(value, site.path, module) == owner.name:
                    yield site


def calls_of(function: ast.FunctionDef, module: Module) -> Iterator[tuple[Module, CallSite]]:
    """The calls of a function of the file, here and where another file imports it."""
    for site in call_sites(module.tree.body):
        if (
            isinstance(site.call.func, ast.Name)
            and site.call.func.id == function.name
            and function not in site.path
        ):
            yield module, site
    for home in _importing(function, module):
        for call in home.nodes.calls(function.name):
            found = module.index.definition_of(call.func, home)
            if found is not None and found.node is function:
                yield from (
                    (Module(home, module.index), each)
                    for each in call_sites(home.tree.body)
                    if each.call is call
                )


def _importing(function: ast.FunctionDef, module: Module) -> Iterator[ParsedFile]:
    """The other files that have the function's name, and its module's."""
    last = module.name.rpartition(".")[2]
    files = {each.file for each in module.index.naming(last)} if last.isidentifier() else set()
    return (
        each
        for each in module.index.naming(function.name)
        if each.file in files and each is not module.parsed
    )


def surroundings_in(
    path: Path, home: Module, known: frozenset[ast.expr] = frozenset(), sliced: Sliced | None = None
) -> Around | None:
    """What the last statement of `path` stands in, but for what is `known`, and what is set above it there.

    None where it needs more than can be had outside of its file. What is set is left out where it does.
    """
    managers: list[ast.expr | ast.stmt] = [e for e in home.kept(Contexts).around(path) if e not in known]
    found: list[Surrounding] = []
    for node in sorted([*managers, *_set_above(path, home, sliced)], key=lambda each: each.lineno):
        made = _Free(path, home, sliced).surrounding(node)
        if made is None and (isinstance(node, ast.expr) or sliced is None):
            return None
        found += [made] if made else []
    return tuple(found)


def _set_above(path: Path, home: Module, sliced: Sliced | None) -> Iterator[ast.stmt]:
    """The statements above the last one of `path`, in the blocks that it stands in, that set something.

    Of the file that is sliced the statements of the module are not among them: the slice has those.
    """
    contexts = home.kept(Contexts)
    is_sliced = sliced is not None and sliced.home is home.parsed
    for index, statement in enumerate(path):
        parent = path[index - 1] if index else home.tree
        if isinstance(parent, ast.ClassDef) or (index == 0 and (is_sliced or sliced is None)):
            continue
        block = block_of(parent, statement)
        for each in block[: block.index(statement)]:
            if isinstance(each, _COMPOUND) or effects.trains(each):
                continue
            sets = effects.is_setting(each, home.imports) or contexts.sets(each) or contexts.enters(each)
            if sets or (is_sliced and sliced is not None and _changed(each, path, home) & sliced.names):
                yield each


def _changed(statement: ast.stmt, path: Path, home: Module) -> frozenset[str]:
    """The names of the module that a statement in a function changes."""
    own: frozenset[str] = frozenset().union(*(scopes.binds(each) for each in path))
    outer: frozenset[str] = frozenset().union(*(scopes.sets_around(each) for each in path))
    callees = home.kept(Callees)
    changed = effects.changed(statement, in_loop=False) | callees.changed(statement)
    named = home.parsed.definitions.keys() | home.imports.by_name.keys()
    held = callees.holdings(statement).affected(changed) - named
    return ((changed | held) - own) | (scopes.bound([statement]) & outer)


@dataclass(frozen=True, slots=True)
class _Free:
    """What an expression or statement at the end of a path needs, to be evaluated outside of its function."""

    path: Path
    home: Module
    sliced: Sliced | None

    def surrounding(self, node: ast.expr | ast.stmt) -> Surrounding | None:
        """The node with all that gives it its names, if that can be had."""
        names = self._names(node, 0)
        if names is None:
            return None
        outer: frozenset[str] = frozenset().union(*(scopes.sets_around(each) for each in self.path))
        written = Expression(
            self.home.source.between(self.home.source.range_of(node)),
            self.home.source.place(self.home.source.range_of(node)),
        )
        bound = scopes.bound([node]) & outer if isinstance(node, ast.stmt) else frozenset()
        return Surrounding(
            written,
            "\n".join(dict.fromkeys(names)),
            isinstance(node, ast.stmt),
            self._is_here(),
            tuple(sorted(bound)),
        )

    def _is_here(self) -> bool:
        return self.sliced is not None and self.sliced.home is self.home.parsed

    def _names(self, node: ast.AST, depth: int) -> list[str] | None:
        """The statements that give the names of a node."""
        found: list[str] = []
        for name in sorted(scopes.used(node) - _BUILTINS):
            given = self._given(name.partition(".")[0], node, depth)
            if given is None:
                return None
            found += given
        return found

    def _given(self, name: str, node: ast.AST, depth: int) -> list[str] | None:
        if any(name in scopes.binds(each) for each in self.path):
            return self._local(name, node, depth)
        if (imported := _import_of(name, self.home.parsed)) is not None:
            return [imported]
        if self._is_here():
            return [] if name in _bound_plainly(self.home) else None
        # To import the file must run nothing of it; a helper is imported anyway.
        if name in self.home.parsed.definitions and (self.sliced is None or is_plain(self.home)):
            return [f"from {self.home.name} import {name}"]
        return None

    def _local(self, name: str, node: ast.AST, depth: int) -> list[str] | None:
        """The one assignment of a function that gives a name its value, if nothing else changes that."""
        functions = [each for each in self.path if isinstance(each, ast.FunctionDef)]
        if depth > _DEEPEST or len(functions) != 1:
            return None
        imports = (
            each for each in of_scope(functions[0].body) if isinstance(each, ast.Import | ast.ImportFrom)
        )
        if any(name in scopes.bound([each]) for each in imports):
            imported = _import_of(name, self.home.parsed)
            return None if imported is None else [imported]
        statements = [e for e in of_scope(functions[0].body) if not isinstance(e, _COMPOUND)]
        callees = self.home.kept(Callees)
        about = [
            each
            for each in statements
            if each is not node
            and each.lineno < self.path[-1].lineno
            and name in scopes.bound([each]) | effects.changed(each, in_loop=False) | callees.changed(each)
        ]
        if len(about) != 1 or assigned_name(about[0]) != name or about[0] not in functions[0].body:
            return None
        before = self._names(about[0], depth + 1)
        return None if before is None else [*before, ast.unparse(about[0])]


def names_here(around: Iterable[Around]) -> frozenset[str]:
    """The names of the slice's own module that surroundings need."""
    own = (each for one in around for each in one if each.here)
    trees = (ast.parse(f"{each.names}\n{each.expression.text}") for each in own)
    return frozenset().union(*(scopes.used(tree) - scopes.bound([tree]) for tree in trees)) - _BUILTINS


def _bound_plainly(home: Module) -> frozenset[str]:
    """The names that definitions and assignments of a module bind: in a loop a name has many values."""
    plain = (each for each in home.tree.body if isinstance(each, Definition | ast.Assign | ast.AnnAssign))
    return scopes.bound(plain)


def _import_of(name: str, home: ParsedFile) -> str | None:
    """The import of a file that binds a name, as another file would write it."""
    statements: list[ast.Import | ast.ImportFrom] = [
        *home.nodes.of(ast.Import),
        *home.nodes.of(ast.ImportFrom),
    ]
    for statement in statements:
        for alias in statement.names:
            if imported_name(alias, statement) == name:
                if isinstance(statement, ast.Import):
                    return ast.unparse(ast.Import([alias]))
                base = home.absolute(f"{'.' * statement.level}{statement.module or ''}")
                return ast.unparse(ast.ImportFrom(base, [alias], 0))
    return None
