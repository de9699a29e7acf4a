"""The classes at the top of a file, and what they inherit, as far as the repository's texts tell."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ...python.binding import scopes
from ...python.binding.imports import Imports
from ...python.syntax.assignments import assignments
from ...python.syntax.names import dotted_name, is_name, last_part
from ...python.syntax.statements import Function
from ..finder import Module
from ..repository.index import Definition, Key, RepositoryIndex
from ..repository.parsed import ParsedFile

_MODULES = frozenset(
    {
        "torch.nn.Module",
        "torch.nn.modules.Module",
        "torch.nn.modules.module.Module",
        "nn.Module",  # by `from .parts import *`
    }
)
_OF_MODULES = ("torch.nn.", "torchvision.models.", "timm.models.")
_LIGHTNING = "LightningModule"


@dataclass(frozen=True, slots=True)
class Class:
    """`bases` are full names of all that it inherits; those of classes in the repository are followed.

    `owners` are the class itself and its bases in the repository, the nearest first.
    """

    home: ParsedFile
    node: ast.ClassDef
    bases: tuple[str, ...]
    owners: tuple[ast.ClassDef, ...]

    @property
    def key(self) -> Key:
        return self.home.file, self.node.name

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


def classes(module: Module) -> tuple[Class, ...]:
    """The classes of the module's top level, in its order."""
    return classes_of(module.parsed, module.index)


def classes_of(home: ParsedFile, index: RepositoryIndex) -> tuple[Class, ...]:
    """The same of any file of the repository."""
    found = (each for each in home.definitions.values() if isinstance(each, ast.ClassDef))
    return tuple(class_of(Definition(home, each), index) for each in found)


def is_model(model: Class) -> bool:
    """Whether it is an `nn.Module` that can be called: with a `forward`, its own or inherited, that does something."""
    if not any(map(_is_module, model.bases)):
        return False
    forward = model.method("forward")
    if forward is None:  # `class Net(nn.Sequential)` has torch's
        return any(base.startswith("torch.nn.") and base not in _MODULES for base in model.bases)
    return not _is_to_be_inherited(model, forward)


def _is_module(base: str) -> bool:
    return base in _MODULES or base.startswith(_OF_MODULES) or last_part(base) == _LIGHTNING


def _is_to_be_inherited(model: Class, forward: Function) -> bool:
    """By its metaclass, a decorator, or a forward that says so."""
    imports = model.home.imports
    bases = [*model.bases, *(imports.dotted(each.value) for each in model.node.keywords)]
    if any(last_part(base) in ("ABC", "ABCMeta", "Protocol") for base in bases):
        return True
    return is_abstract(forward, imports)


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


def class_of(definition: Definition, index: RepositoryIndex) -> Class:
    """A class that a name leads to, with what it inherits."""
    node, home = definition.node, definition.home
    assert isinstance(node, ast.ClassDef)
    bases: dict[str, None] = {}
    owners: dict[Key, Definition] = {definition.key: definition}
    pending = [definition]
    while pending:
        of = pending.pop(0)
        for base in of.node.bases if isinstance(of.node, ast.ClassDef) else ():
            # `Base[int]` inherits Base.
            named = base.value if isinstance(base, ast.Subscript) else base
            found = index.resolve(dotted_name(named), of.home)
            bases[found.dotted if found else of.home.imports.dotted(named)] = None
            if found is not None and found.key not in owners:
                owners[found.key] = found
                pending.append(found)
    nodes = (each.node for each in owners.values())
    return Class(home, node, tuple(bases), tuple(each for each in nodes if isinstance(each, ast.ClassDef)))
