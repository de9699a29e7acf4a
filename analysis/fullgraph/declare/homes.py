"""The module that a declaration can stand for: that of the call, or that of the model's class.

The rule: a declared target's file is imported as it is. A file that does something when it is imported, a
notebook and a configuration file are no home for one; what is written there is said in the module of the class,
where that module has the names for it, or a module that can be imported has.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..model import Target
from ..project import files
from ..python.binding import scopes
from ..python.binding.imports import absolute, imports_of
from ..python.syntax.names import dotted_name
from ..python.syntax.nodes import Nodes
from ..python.syntax.statements import blocks, is_main_guard
from ..text.source import SourceText, SyntaxProblem, parse_module
from .declaration import Unwritable, Written, text_of

_AT_HAND = frozenset({"torch", "Dim"})
"""What a declaration has without an import."""


@dataclass(frozen=True, slots=True)
class Home:
    """A file that can be imported, the name of its module, and the declaration as this module says it."""

    source: SourceText
    module: str
    tree: ast.Module
    said: Written


def home_of_call(target: Target, said: Written) -> Home | Unwritable:
    """The file that the target was found in."""
    return _home(target.file, target.module, said)


def home_of_class(target: Target, said: Written) -> Home | Unwritable:
    """The file that defines the model's class."""
    if target.model_place is None:
        return Unwritable("nothing shows where its class is defined")
    file = target.model_place.file
    home = _home(file, files.module_name(file, files.project_of(file)), said)
    if isinstance(home, Unwritable) or file == target.file:
        return home
    here = _text_of(target)
    if isinstance(here, Unwritable):
        return here
    try:
        return replace(home, said=_said_in(home, said, target, here))
    except _MissingError as missing:
        return Unwritable(f"`{missing}` is known in {Path(target.file).name} alone")


def _home(file: str, module: str, said: Written) -> Home | Unwritable:
    name = Path(file).name
    if not file.endswith(".py"):
        return Unwritable(f"{name} is not a module that can be imported")
    source = files.read_source(file)
    tree = parse_module(source.normal) if isinstance(source, SourceText) else None
    if not isinstance(source, SourceText) or tree is None or isinstance(tree, SyntaxProblem):
        return Unwritable(f"{file} cannot be read")
    stops = next((each for each in tree.body if _does_something(each)), None)
    if stops is not None:
        return Unwritable(
            f"importing {name} would run line {stops.lineno}: move it below `if __name__ == "
            '"__main__":`, or into a function'
        )
    return Home(source, module, tree, said)


def _does_something(statement: ast.stmt) -> bool:
    """Whether it does more than define, import and bind when the file is imported."""
    match statement:
        case ast.If(test=test):
            inner = (each for block in blocks(statement) for each in block)
            return not is_main_guard(test) and any(map(_does_something, inner))
        case ast.Expr(value=value):
            return not isinstance(value, ast.Constant)
        case ast.Try():
            return any(_does_something(each) for block in blocks(statement) for each in block)
    return isinstance(statement, ast.For | ast.While | ast.With | ast.AsyncFor | ast.AsyncWith | ast.Raise)


def _text_of(target: Target) -> ast.Module | Unwritable:
    """What the names of the target's expressions are bound by."""
    source = None if target.slice else files.read_source(target.file)
    text = target.slice.text if target.slice else source.normal if isinstance(source, SourceText) else None
    tree = parse_module(text) if text is not None else None
    if tree is None or isinstance(tree, SyntaxProblem):
        return Unwritable(f"{target.file} cannot be read")
    return tree


# -- names -------------------------------------------------------------------------------------------


class _MissingError(Exception):
    """A name that the other module does not have."""


def _meanings(tree: ast.Module, module: str, file: str) -> dict[str, str]:
    """What each name of a module is called elsewhere: `Net` is `pkg.nets.Net`."""
    names = {name: f"{module}.{name}" for name in scopes.bound(tree.body)}
    for name, dotted in imports_of(Nodes(tree)).by_name.items():
        rest = dotted.lstrip(".")
        level = len(dotted) - len(rest)
        names[name] = absolute(module, file, level, rest) if level else dotted
    return names


def _said_in(home: Home, said: Written, target: Target, here: ast.Module) -> Written:
    own = _meanings(home.tree, home.module, home.source.file)
    there = _meanings(here, target.module, target.file)
    renamed = _Renamed(target.module, there, {meaning: name for name, meaning in own.items()})
    parts = {key: _renamed(text, renamed) for key, text in said.parts.items()}
    return replace(said, parts=parts)


def _renamed(text: str, renamed: _Renamed) -> str:
    """The text as it was written, where no name changes."""
    tree = ast.parse(text, mode="eval")
    before = ast.unparse(tree)
    value = renamed.visit(tree).body
    return text if ast.unparse(value) == before else text_of(value)


class _Renamed(ast.NodeTransformer):
    """Says names as another module does: `models.Net` is `Net` in the file of that class."""

    def __init__(self, module: str, there: Mapping[str, str], own: Mapping[str, str]) -> None:
        self._module = module  # in which the names are said now
        self._there = there
        self._own = own
        self._inner: frozenset[str] = frozenset()

    def visit_Expression(self, node: ast.Expression) -> ast.AST:
        stored = (each for each in ast.walk(node) if isinstance(each, ast.Name | ast.arg))
        self._inner = frozenset(_bound_inside(stored))
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._said(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self._said(node) if dotted_name(node) else self.generic_visit(node)

    def _said(self, node: ast.expr) -> ast.expr:
        first, *rest = dotted_name(node).split(".")
        if (
            first in self._inner
            or first in _AT_HAND
            or (first not in self._there and hasattr(builtins, first))
        ):
            return node
        whole = [*self._there.get(first, first).split("."), *rest]
        for end in range(len(whole), 0, -1):
            name = self._name_of(whole[:end])
            if name:
                return ast.parse(".".join((name, *whole[end:])), mode="eval").body
        imported = self._there.get(first, "") not in ("", f"{self._module}.{first}")
        if not imported or len(whole) == 1 or whole[0] in self._own.values():
            raise _MissingError(first)
        return ast.parse(".".join(whole), mode="eval").body  # a module that a declaration names is imported

    def _name_of(self, parts: list[str]) -> str | None:
        """A name for what is imported so; a package gives on what a module of its defines."""
        exact = self._own.get(".".join(parts))
        if exact or len(parts) == 1:
            return exact
        within = f"{parts[0]}."
        return next(
            (n for m, n in self._own.items() if m.startswith(within) and m.endswith(f".{parts[-1]}")), None
        )


def _bound_inside(nodes: Iterator[ast.Name | ast.arg]) -> Iterator[str]:
    """Variables of comprehensions, parameters of lambdas."""
    for node in nodes:
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node.ctx, ast.Store):
            yield node.id
