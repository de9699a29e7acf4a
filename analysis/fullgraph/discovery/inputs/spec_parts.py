"""Where the entries of a dynamic-shapes spec are written: in the call, or wherever its names are bound.

The rule: only what the text plainly says. A name counts where one statement binds it, in the function that
reads it or at the top of the module; a function, where it returns one expression.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...model import Expression, Place, Position, Range, SpecPart
from ...python.syntax.names import last_name
from ...text.source import SourceText, SyntaxProblem, parse_expression
from ..finder import Module
from ..repository.index import RepositoryIndex
from ..repository.parsed import ParsedFile

_DEEPEST = 8
_MOST = 300

Path = tuple[str | int | None, ...]


@dataclass(frozen=True)
class _Written:
    """A node in a text, which begins at a position of a file; `home` is what its names belong to."""

    node: ast.expr
    source: SourceText
    start: Position
    home: ParsedFile
    index: RepositoryIndex
    function: ast.AST | None = None

    def of(self, node: ast.expr) -> _Written:
        return replace(self, node=node)

    def elsewhere(self, node: ast.expr, home: ParsedFile, function: ast.AST | None) -> _Written:
        return _Written(node, home.source, Position(0, 0), home, self.index, function)

    def place(self, node: ast.expr) -> Place:
        where = self.source.range_of(node)
        return Place(self.home.source.file, Range(self._at(where.start), self._at(where.end)))

    def _at(self, position: Position) -> Position:
        character = position.character + (0 if position.line else self.start.character)
        return Position(position.line + self.start.line, character)


def spec_parts(said: Expression, module: Module) -> tuple[SpecPart, ...]:
    """The entries of a spec, outermost first."""
    tree = parse_expression(said.text)
    if isinstance(tree, SyntaxProblem) or said.place.file != module.source.file:
        return ()
    start = said.place.range.start
    text, function = SourceText(said.place.file, said.text), _around(start, module)
    root = _Written(tree.body, text, start, module.parsed, module.index, function)
    found = [part for part, _ in zip(_parts(root, (), None, _DEEPEST), range(_MOST), strict=False)]
    return tuple(sorted(found, key=lambda part: len(part.at)))


def _around(position: Position, module: Module) -> ast.AST | None:
    """The innermost function that a position is in."""
    functions = (n for n in ast.walk(module.tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))
    line = position.line + 1
    own = [each for each in functions if each.lineno <= line <= (each.end_lineno or each.lineno)]
    return max(own, key=lambda each: each.lineno, default=None)


def _parts(written: _Written, at: Path, key: Place | None, deep: int) -> Iterator[SpecPart]:
    bound = _followed(written, deep)
    # Of the whole spec what it is bound to is meant; an entry that is a name may be shared with others.
    shown = written if at else bound
    yield SpecPart(at, shown.place(shown.node), key)
    if deep:
        for step, name, value in _items(bound.node):
            place = bound.place(name) if name is not None else None
            if step == ():
                yield from _parts(bound.of(value), at, key, deep - 1)
            else:
                yield from _parts(bound.of(value), (*at, *step), place, deep - 1)


def _items(node: ast.expr) -> Iterator[tuple[Path, ast.expr | None, ast.expr]]:
    """(the step to it, its key, the entry); no step where the entry is part of the same dict."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            yield (() if key is None else (_step(key),)), key, value
    elif isinstance(node, (ast.Tuple, ast.List)):
        plain = itertools.takewhile(lambda each: not isinstance(each, ast.Starred), node.elts)
        yield from (((index,), None, each) for index, each in enumerate(plain))
    elif isinstance(node, ast.DictComp):
        yield (None,), node.key, node.value
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        yield (None,), None, node.elt
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from (((), None, each) for each in (node.left, node.right))
    elif isinstance(node, ast.Call):
        yield from _of_call(node)


def _of_call(node: ast.Call) -> Iterator[tuple[Path, ast.expr | None, ast.expr]]:
    """`dict(x=…)`, `tuple([…])`, `Graph({…}, edges={…})`."""
    name = last_name(node.func)
    if name in ("dict", "list", "tuple"):
        yield from (((), None, each) for each in node.args)
    else:
        yield from (((index,), None, each) for index, each in enumerate(node.args))
    for keyword in node.keywords:
        step: Path = (
            (keyword.arg,) if name == "dict" and keyword.arg else () if keyword.arg is None else (None,)
        )
        yield step, None, keyword.value


def _step(key: ast.expr) -> str | int | None:
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, (str, int)) else None


# -- names -------------------------------------------------------------------------------------------


def _followed(written: _Written, deep: int) -> _Written:
    """What a name, an attribute or the call of a function stands for."""
    while deep and (further := _bound(written)) is not None:
        written, deep = further, deep - 1
    return written


def _bound(written: _Written) -> _Written | None:
    node = written.node
    if isinstance(node, ast.Name):
        return _of_name(written, node.id)
    if isinstance(node, ast.Attribute):
        return _of_attribute(written, node.attr)
    if isinstance(node, ast.Call) and not isinstance(node.func, ast.Call):
        return _returned(written, node.func)
    return None


def _of_name(written: _Written, name: str) -> _Written | None:
    home = written.home
    for scope in filter(None, (written.function, home.tree)):
        values = [value for target, value in _assigned(scope) if target == name]
        if values:
            own = scope if scope is written.function else None
            return written.elsewhere(values[0], home, own) if len(values) == 1 else None
    return _imported(written, name)


def _imported(written: _Written, name: str) -> _Written | None:
    """A constant of another module."""
    home = written.home
    if name not in home.imports.by_name:
        return None
    module, _, constant = home.absolute(home.imports.by_name[name]).rpartition(".")
    other = written.index.module(module, home) if module else None
    values = [value for target, value in _assigned(other.tree) if target == constant] if other else []
    return written.elsewhere(values[0], other, None) if other and len(values) == 1 else None


def _of_attribute(written: _Written, name: str) -> _Written | None:
    """`self.shapes`, `Config.SHAPES`: the one assignment to an attribute or in a class's body."""
    tree = written.home.tree
    own = [value for target, value in _assigned(tree) if target == f".{name}"]
    for owner in ast.walk(tree):
        if isinstance(owner, ast.ClassDef):
            own += [v for each in owner.body for target, v in _assignments(each) if target == name]
    return written.elsewhere(own[0], written.home, None) if len(own) == 1 else None


def _returned(written: _Written, called: ast.expr) -> _Written | None:
    """The one expression that a function or method returns."""
    home, node = written.home, _method(written.home.tree, last_name(called))
    found = written.index.definition_of(called, home)
    if found is not None and isinstance(found.node, ast.FunctionDef):
        home, node = found.home, found.node
    if node is None:
        return None
    returns = [n.value for n in ast.walk(node) if isinstance(n, ast.Return) and n.value is not None]
    return written.elsewhere(returns[0], home, node) if len(returns) == 1 else None


def _method(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    named = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name]
    return named[0] if len(named) == 1 else None


def _assigned(scope: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """(a name, its value) for what a scope assigns; functions in it have names of their own."""
    for node in ast.iter_child_nodes(scope):
        yield from _assignments(node)
        inner = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda))
        if not inner:
            yield from _assigned(node)
        else:
            yield from ((name, value) for name, value in _assigned(node) if name.startswith("."))


def _assignments(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _pairs(target, node.value)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
        yield from _pairs(node.target, node.value)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """`a` and `b` of `a, b = x, y`; a name that gets something in another way is bound to what holds it."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Attribute):
        yield f".{target.attr}", value
    elif isinstance(target, (ast.Tuple, ast.List)):
        same = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
        values = (
            value.elts if same and isinstance(value, (ast.Tuple, ast.List)) else [value] * len(target.elts)
        )
        for each, own in zip(target.elts, values, strict=True):
            yield from _pairs(each, own)
