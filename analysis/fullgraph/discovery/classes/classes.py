"""The classes at the top of a module, and what they inherit, as far as its text tells."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from ...python.binding import scopes
from ...python.binding.imports import Imports
from ...python.syntax.assignments import assignments
from ...python.syntax.names import is_name, last_part
from ...python.syntax.statements import Function
from ..finder import Module

_ABSTRACT = re.compile(r"abc\.(ABC|ABCMeta)|typing\.Protocol")


@dataclass(frozen=True, slots=True)
class Class:
    """`bases` are full names of all that it inherits; those of classes in the same file are followed.

    `owners` are the class itself and its bases in the file, the nearest first.
    """

    node: ast.ClassDef
    bases: tuple[str, ...]
    owners: tuple[ast.ClassDef, ...]

    @property
    def name(self) -> str:
        return self.node.name

    def inherits(self, last: str) -> bool:
        """Whether a base's own name is `last`, whatever module it is from."""
        return any(last_part(base) == last for base in self.bases)

    def method(self, name: str) -> Function | None:
        found = (each for owner in self.owners for each in owner.body)
        return next((each for each in found if isinstance(each, Function) and each.name == name), None)

    def attribute(self, name: str) -> ast.expr | None:
        """The value that the class, or `__init__`, gives `name`."""
        for owner in self.owners:
            initial = [each for each in owner.body if isinstance(each, Function) and each.name == "__init__"]
            body = [*owner.body, *(statement for each in initial for statement in each.body)]
            for target, value in (pair for statement in body for pair in assignments(statement)):
                if is_name(target, name) or scopes.attribute_of_self(target) == f"self.{name}":
                    return value
        return None

    def required(self) -> tuple[str, ...]:
        """The parameters of the constructor that have no default."""
        init = self.method("__init__")
        if init is None:
            return ()
        rest = {each.arg for each in (init.args.vararg, init.args.kwarg) if each}
        given = scopes.parameters(init.args)
        return tuple(name for name, default in given if default is None and name not in rest)[1:]


def classes(module: Module, imports: Imports | None = None) -> tuple[Class, ...]:
    """The classes of the module's top level, in its order."""
    given = imports or module.imports
    nodes = {each.name: each for each in module.tree.body if isinstance(each, ast.ClassDef)}
    return tuple(_class(node, nodes, given) for node in nodes.values())


def function(module: Module, name: str) -> ast.FunctionDef | None:
    """The function of the module's top level with that name."""
    found = (each for each in module.tree.body if isinstance(each, ast.FunctionDef) and each.name == name)
    return next(found, None)


def is_abstract(method: Function, imports: Imports) -> bool:
    """Whether a method is there to be overridden: by its decorator, or because it does nothing."""
    if any(imports.dotted(each).endswith("abstractmethod") for each in method.decorator_list):
        return True
    return all(_is_docstring(each) or _does_nothing(each) for each in method.body)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _does_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Raise) and node.exc is not None and "NotImplemented" in ast.unparse(node.exc)
    )


def is_called_without_arguments(node: Function) -> bool:
    """Whether a function can be called with no arguments, by its signature."""
    rest = {each.arg for each in (node.args.vararg, node.args.kwarg) if each}
    return all(default or name in rest for name, default in scopes.parameters(node.args))


def _class(node: ast.ClassDef, nodes: dict[str, ast.ClassDef], imports: Imports) -> Class:
    bases: dict[str, None] = {}
    owners: dict[str, ast.ClassDef] = {node.name: node}
    pending = [node]
    while pending:
        for base in pending.pop(0).bases:
            # `Base[int]` inherits Base.
            dotted = imports.dotted(base.value if isinstance(base, ast.Subscript) else base)
            bases[dotted] = None
            if dotted in nodes and dotted not in owners:
                owners[dotted] = nodes[dotted]
                pending.append(nodes[dotted])
    return Class(node, tuple(bases), tuple(owners.values()))
