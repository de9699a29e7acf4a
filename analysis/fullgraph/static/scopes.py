"""The names of a module and of its classes, and what they lead to, in this text or in another of the workspace.

A text is parsed when a name leads into it, and no sooner. What leads nowhere is a name from somewhere
(`Named`), or nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..python.binding import scopes
from ..python.binding.imports import absolute
from ..python.syntax.assignments import assignments
from ..python.syntax.names import dotted_name, imported_name, is_name, last_part
from ..python.syntax.statements import body_last, of_scope
from ..text.source import SourceText, SyntaxProblem, parse_module
from .domain import HOST, UNKNOWN, Named, Value, constant

Other = Callable[[str], SourceText | None]
"""The text of another module of the workspace, by its dotted name."""

_GET_LOGGER = Named("logging.getLogger")  # what it gives has the functions of the module
_DEEPEST = 12  # imports of imports, and bases of bases
_MODULE_BASES = ("torch.nn.", "torch.nn.modules.")
_LIKE_MODULES = ("Module", "PreTrainedModel", "BaseModel")


@dataclass(slots=True)
class Workspace:
    """Every text that was looked into, by its module's name."""

    other: Other
    scopes: dict[str, Scope | None] = field(default_factory=dict)

    def scope(self, module: str) -> Scope | None:
        if module not in self.scopes:
            self.scopes[module] = None  # a module that imports itself on the way
            source = self.other(module)
            tree = parse_module(source.normal) if source is not None else None
            if source is not None and tree is not None and not isinstance(tree, SyntaxProblem):
                self.scopes[module] = Scope(source, tree, module, self)
        return self.scopes[module]


@dataclass(eq=False)
class Scope:
    """A module."""

    source: SourceText
    tree: ast.Module
    module: str
    workspace: Workspace

    @cached_property
    def statements(self) -> dict[str, ast.stmt]:
        """What binds each name at the top of the module; the last one counts."""
        nodes = of_scope(self.tree.body, body_last)
        return {name: node for node in nodes for name in scopes.bound([node])}

    @cached_property
    def classes(self) -> dict[str, ClassScope]:
        found = (node for node in self.statements.values() if isinstance(node, ast.ClassDef))
        return {node.name: ClassScope(node, self) for node in found}

    @cached_property
    def _attributes(self) -> dict[tuple[str, str], Value]:
        return {}

    @cached_property
    def _functions(self) -> dict[str, Function]:
        return {}

    @cached_property
    def _values(self) -> dict[str, Value | None]:
        return {}

    def value(self, name: str, depth: int = 0) -> Value | None:
        """What a name of the module holds; None where the module has no such name."""
        values = self._values
        if name in values:
            return values[name]
        found = self._found(name, depth)
        if depth == 0:  # one that was found on the way may have been cut short
            self._values[name] = found
        return found

    def _found(self, name: str, depth: int) -> Value | None:
        node = self.statements.get(name)
        match node:
            case None:
                return None
            case ast.ClassDef():
                return Class(self.classes[name])
            case ast.FunctionDef():
                return self._functions.setdefault(name, Function(node, self))
            case ast.Import() | ast.ImportFrom():
                return self._imported(node, name, depth)
            case ast.Assign() | ast.AnnAssign():
                values = [value for target, value in assignments(node) if is_name(target, name)]
                return self._assigned(values[0], depth) if values else UNKNOWN
        return UNKNOWN

    def _assigned(self, value: ast.expr, depth: int) -> Value:
        if isinstance(value, ast.Constant):
            return constant(value.value)
        if isinstance(value, ast.Call) and self.resolve(dotted_name(value.func), depth + 1) == _GET_LOGGER:
            return Named("logging")
        dotted = dotted_name(value)
        found = self.resolve(dotted, depth + 1) if dotted and depth < _DEEPEST else UNKNOWN
        is_host = isinstance(value, ast.Tuple | ast.List | ast.Dict | ast.Set) and not _calls(value)
        return HOST if is_host else found

    def _imported(self, node: ast.Import | ast.ImportFrom, name: str, depth: int) -> Value:
        alias = next(each for each in node.names if imported_name(each, node) == name)
        if isinstance(node, ast.Import):
            return Named(alias.name if alias.asname else name)
        module = absolute(self.module, self.source.file, node.level, node.module)
        elsewhere = self.workspace.scope(module) if depth < _DEEPEST and not is_library(module) else None
        found = elsewhere.value(alias.name, depth + 1) if elsewhere is not None else None
        return Named(f"{module}.{alias.name}") if found is None else found

    def resolve(self, dotted: str, depth: int = 0) -> Value:
        """`nn.Linear` as this module reads it."""
        first, *rest = dotted.split(".")
        value = self.value(first, depth) if depth < _DEEPEST else None
        for name in rest:
            value = self.attribute(value, name, depth)
        return UNKNOWN if value is None else value

    def attribute(self, value: Value | None, name: str, depth: int = 0) -> Value:
        """An attribute of something imported, perhaps a module of the workspace."""
        if not isinstance(value, Named):
            return UNKNOWN
        key = value.name, name
        found = self._attributes.get(key)
        if found is None:
            found = self._attribute(value, name, depth)
            if depth == 0:
                self._attributes[key] = found
        return found

    def _attribute(self, value: Named, name: str, depth: int) -> Value:
        if depth < _DEEPEST and not is_library(value.name):
            elsewhere = self.workspace.scope(value.name)
            found = elsewhere.value(name, depth + 1) if elsewhere is not None else None
            if found is not None:
                return found
        return Named(f"{value.name}.{name}")


@dataclass(eq=False)
class ClassScope:
    """A class of the user's."""

    node: ast.ClassDef
    scope: Scope

    @cached_property
    def methods(self) -> dict[str, ast.FunctionDef]:
        return {node.name: node for node in self.node.body if isinstance(node, ast.FunctionDef)}

    @cached_property
    def bases(self) -> tuple[Value, ...]:
        names = (dotted_name(base) for base in self.node.bases)
        return tuple(self.scope.resolve(name) if name else UNKNOWN for name in names)

    @cached_property
    def lineage(self) -> tuple[ClassScope, ...]:
        """The class and its ancestors that are of the workspace, the nearest first."""
        found: dict[ClassScope, None] = {}
        pending = [self]
        while pending and len(found) < _DEEPEST:
            each = pending.pop(0)
            found[each] = None
            ours = (base.scope for base in each.bases if isinstance(base, Class))
            pending.extend(base for base in ours if base not in found)
        return tuple(found)

    @cached_property
    def foreign(self) -> tuple[str, ...]:
        """The names of the ancestors that are of no text here; empty ones are not known at all."""
        others = (base for each in self.lineage for base in each.bases if not isinstance(base, Class))
        return tuple(base.name if isinstance(base, Named) else "" for base in others)

    @property
    def is_module(self) -> bool:
        """Whether it is an `nn.Module`, as far as can be told."""
        return any(is_module_base(name) for name in self.foreign)

    @property
    def is_plain_module(self) -> bool:
        """Whether `nn.Module` itself is all that it has from elsewhere."""
        return self.is_module and all(
            last_part(name) == "Module" or name == "object" for name in self.foreign
        )

    def method(self, name: str, after: ClassScope | None = None) -> tuple[ast.FunctionDef, ClassScope] | None:
        """The method that `self.name` is; with `after`, that `super().name` is there."""
        lineage: Sequence[ClassScope] = self.lineage
        if after is not None:
            lineage = lineage[lineage.index(after) + 1 :] if after in lineage else ()
        return next(((each.methods[name], each) for each in lineage if name in each.methods), None)


@dataclass(frozen=True, slots=True, eq=False)
class Function(Value):
    """A function of the user's. `receiver` is what its first parameter is bound to."""

    node: ast.FunctionDef | ast.Lambda
    scope: Scope
    receiver: Value | None = None
    closure: dict[str, Value] | None = None
    owner: ClassScope | None = None


@dataclass(frozen=True, slots=True)
class Class(Value):
    """A class of the user's, as a value."""

    scope: ClassScope


@dataclass(frozen=True, slots=True)
class Instance(Value):
    """An object of a class of the user's. `parent`: seen by `super()` from there."""

    scope: ClassScope
    parent: ClassScope | None = None


def is_module_base(name: str) -> bool:
    return name.startswith(_MODULE_BASES) or last_part(name).endswith(_LIKE_MODULES) or "Lightning" in name


def is_library(module: str) -> bool:
    return module.partition(".")[0] in ("torch", "numpy", "typing", "math", "collections", "")


def _calls(node: ast.expr) -> bool:
    return any(isinstance(each, ast.Call | ast.Name | ast.Attribute) for each in ast.walk(node))
