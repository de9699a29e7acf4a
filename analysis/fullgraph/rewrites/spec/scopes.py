"""Where the names of a spec have their values: the one statement that binds each, wherever it stands."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePath

from ...model import Facts
from ...python.binding.scopes import given
from ...python.syntax.statements import Function
from ..edit.module import Code
from .written import Part, Written

Opened = Callable[[str], Code | None]


@dataclass(frozen=True)
class Scope:
    """The text that an expression's names belong to, and where in it they are looked up."""

    code: Code
    at: ast.AST | None = None  # None: at the top of the module
    given: Mapping[str, Found] = field(default_factory=dict)  # arguments, by the parameter

    def part(self, node: ast.expr) -> Part:
        return Part(node, Written(self.code.source, self.code.source.file))

    def inside(self, at: ast.AST, given: Mapping[str, Found] | None = None) -> Scope:
        return Scope(self.code, at, self.given if given is None else given)

    @property
    def around(self) -> Iterator[Function | ast.ClassDef | ast.Module]:
        """The functions around, the class whose body it is, and the module, innermost first."""
        innermost = True
        for up in self.code.ancestors(self.at) if self.at is not None else ():
            if isinstance(up, Function) or (isinstance(up, ast.ClassDef) and innermost):
                yield up
                innermost = False
        if self.at is not None and isinstance(self.at, Function):
            yield self.at
        yield self.code.tree


@dataclass(frozen=True)
class Found:
    """An expression and the scope of its names, with the names that led to it."""

    part: Part
    scope: Scope
    hops: tuple[Binding, ...] = ()

    @property
    def node(self) -> ast.expr:
        return self.part.node

    def of(self, node: ast.expr) -> Found:
        """Another expression of the same text."""
        return Found(self.part.of(node), self.scope)


@dataclass(frozen=True)
class Binding:
    """`batch = Dim("batch")`: the statement that gives a name of the spec its value.

    Of `a, b = Dim("a"), Dim("b")` the value is the `index`-th of `pieces`.
    """

    name: str
    statement: ast.Assign | ast.AnnAssign
    value: Part
    scope: Scope
    index: int | None = None
    pieces: tuple[Part, ...] = ()

    @property
    def code(self) -> Code:
        return self.scope.code

    @property
    def names(self) -> tuple[str, ...]:
        """What the statement binds."""
        targets = _targets(self.statement)
        flat = (each for t in targets for each in (t.elts if isinstance(t, ast.Tuple | ast.List) else [t]))
        return tuple(each.id for each in flat if isinstance(each, ast.Name))


def _targets(statement: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]


def store_of(name: str, scope: Scope) -> ast.Name | None:
    """Where the name of an expression is bound, if it is bound once in the innermost scope that binds it."""
    for around in scope.around:
        own = [node for node in _stores(scope.code, name) if _owner(scope.code, node) is around]
        if own:
            return own[0] if len(own) == 1 else None
    return None


def parameter_of(name: str, scope: Scope) -> ast.expr | None:
    """The default of a parameter of a function around."""
    for around in scope.around:
        if isinstance(around, Function):
            for argument, default in given(around.args):
                if argument.arg == name:
                    return default
    return None


def statement_of(
    store: ast.Name, code: Code
) -> tuple[ast.Assign | ast.AnnAssign, int | None, ast.expr] | None:
    """The assignment that binds a name, which of several it is there, and the whole value."""
    up = code.parents[store]
    index = None
    if isinstance(up, ast.Tuple | ast.List):
        if any(isinstance(each, ast.Starred) for each in up.elts):
            return None
        index, up = up.elts.index(store), code.parents[up]
    if isinstance(up, ast.Assign | ast.AnnAssign) and up.value is not None:
        return up, index, up.value
    return None


@lru_cache(maxsize=64)
def _stores(code: Code, name: str) -> tuple[ast.Name, ...]:
    """Where a name is bound; `name |= …` changes what it holds."""
    names = (n for n in ast.walk(code.tree) if isinstance(n, ast.Name) and n.id == name)
    stores = (n for n in names if isinstance(n.ctx, ast.Store))
    return tuple(n for n in stores if not isinstance(code.parents[n], ast.AugAssign))


def _owner(code: Code, node: ast.AST) -> ast.AST:
    """The function, class or module whose name it is."""
    return next((up for up in code.ancestors(node) if isinstance(up, Function | ast.ClassDef)), code.tree)


def function_named(name: str, scope: Scope, method: bool = False) -> ast.FunctionDef | None:
    """The one function of a text that has this name; a method's is looked for in all classes."""
    found = [n for n in ast.walk(scope.code.tree) if isinstance(n, ast.FunctionDef) and n.name == name]
    own = [n for n in found if (scope.code.class_of(n) is not None) == method]
    return own[0] if len(own) == 1 else None


def class_named(name: str, code: Code) -> ast.ClassDef | None:
    """The class of a text that has this name."""
    return next((n for n in ast.walk(code.tree) if isinstance(n, ast.ClassDef) and n.name == name), None)


def calls_of(name: str, code: Code) -> int:
    """How often a function is called by its name."""
    calls = (n.func for n in ast.walk(code.tree) if isinstance(n, ast.Call))
    return sum(getattr(each, "id", getattr(each, "attr", "")) == name for each in calls)


def attributes(name: str, code: Code) -> list[tuple[ast.expr, ast.AST]]:
    """What an attribute is given, in a class, by assignment or as a keyword, each with its statement."""
    found: list[tuple[ast.expr, ast.AST]] = []
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = _targets(node)
            in_class = isinstance(code.parents[node], ast.ClassDef)
            if any(_is_attribute(target, name, in_class) for target in targets):
                found.append((node.value, node))
        elif isinstance(node, ast.Call) and last_is_object(node):
            found += [(each.value, node) for each in node.keywords if each.arg == name]
    return found


def last_is_object(node: ast.Call) -> bool:
    """Whether a call makes an object with these attributes: `Config(…)`, `SimpleNamespace(…)`."""
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    return name[:1].isupper()


def _is_attribute(target: ast.expr, name: str, in_class: bool) -> bool:
    if isinstance(target, ast.Attribute):
        return target.attr == name
    return in_class and isinstance(target, ast.Name) and target.id == name


# -- other modules -----------------------------------------------------------------------------------


def imported(name: str, code: Code) -> tuple[str, int, str] | None:
    """The module, its level and the name in it ("" for the module itself) that an import binds a name to."""
    for node in ast.walk(code.tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return node.module or "", node.level, alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if (alias.asname or alias.name.partition(".")[0]) == name:
                    return alias.name if alias.asname else name, 0, ""
    return None


def file_of(module: str, level: int, code: Code, facts: Facts) -> str | None:
    """The file of a module among those that the trace loaded: the nearest one where several end alike."""
    parts = tuple(part for part in module.split(".") if part)
    own = PurePath(code.source.file)
    if level:
        base = own.parents[level - 1]
        wanted = {str(base.joinpath(*parts).with_suffix(".py")), str(base.joinpath(*parts, "__init__.py"))}
        return next((file for file in facts.loaded if file in wanted), None)
    ends = [(*parts[:-1], f"{parts[-1]}.py"), (*parts, "__init__.py")] if parts else []
    found = [f for f in facts.loaded if any(PurePath(f).parts[-len(end) :] == end for end in ends)]
    return max(found, key=lambda file: _common(PurePath(file), own), default=None)


def _common(one: PurePath, other: PurePath) -> int:
    return sum(1 for _ in zip(one.parts, other.parts, strict=False) if _[0] == _[1])
