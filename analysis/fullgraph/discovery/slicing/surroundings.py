"""What stands around the calls that lead to a function: `with torch.no_grad(): main()`, in its file and in others.

The rule: what all who call the function have in common, as far as its text needs no more than imports.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from ...model import Surrounding
from ...python.binding import scopes
from ...python.syntax.names import imported_name, is_name
from ..classes.model_class import model_class_of
from ..finder import Module
from ..inputs.call_sites import CallSite, call_sites, expression_of
from ..repository.parsed import ParsedFile
from .contexts import Contexts, Path

_DEEPEST = 4
_MOST_CALLERS = 8
_BUILTINS = frozenset(dir(builtins))


def surroundings(path: Path, module: Module, depth: int = 0) -> tuple[Surrounding, ...]:
    """What the functions of `path` are called in, outermost first."""
    if depth > _DEEPEST:
        return ()
    outside = [
        (*surroundings(site.path, home, depth + 1), *(surroundings_in(site.path, home) or ()))
        for home, site in islice(_callers(path, module), _MOST_CALLERS)
    ]
    return (*_in_common(outside), *_around_nested(path, module))


def _in_common(found: Sequence[tuple[Surrounding, ...]]) -> tuple[Surrounding, ...]:
    said = {tuple(each.expression.text for each in one) for one in found}
    return found[0] if len(said) == 1 else ()


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
    path: Path, home: Module, known: frozenset[ast.expr] = frozenset()
) -> tuple[Surrounding, ...] | None:
    """What the last statement of `path` stands in, but for what is `known`; None where it needs more than imports."""
    found: list[Surrounding] = []
    for node in home.kept(Contexts).around(path):
        if node in known:
            continue
        names = sorted(scopes.used(node) - _BUILTINS)
        imports = [_import_of(name.partition(".")[0], home.parsed) for name in names]
        if not all(imports):
            return None
        found.append(Surrounding(expression_of(node, home.source), "\n".join(filter(None, imports))))
    return tuple(found)


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
