"""What one pass over a file has selected so far: the statements that stay, and the names that they bind."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...python.binding.imports import Imports
from ...python.syntax.statements import Function, blocks
from ..finder import Module
from . import effects
from .callees import Callees
from .contexts import Contexts

Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class CannotSlice:
    """Why the names cannot be had: words that go on "this call is not checked: …"."""

    message: str


@dataclass
class Selection:
    """`always` are names that are needed in the whole scope, and never settled; `used` is what definitions use.

    `supplied` parameters have the value of an expression of the module.
    `kept` stay, `opened` too, without their header, and of the items of a `with` not those `left_out`; `problem` is what keeps the names from being had.
    Parameters that are `given` have their values from the function's caller. Where `closed` is not None,
    all others but those may be `unknown`.
    """

    module: Module
    always: Names
    given: Names = frozenset()
    closed: Names | None = None
    supplied: Mapping[str, ast.expr] = field(default_factory=dict)
    kept: set[ast.stmt] = field(default_factory=set)
    opened: set[ast.stmt] = field(default_factory=set)
    left_out: set[ast.expr] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    used: Names = frozenset()
    unknown: set[str] = field(default_factory=set)
    problem: CannotSlice | None = None

    def __post_init__(self) -> None:
        self.always |= effects.lasting(self.module.nodes.of(ast.Assign), self.imports)
        self._callees = self.module.kept(Callees)
        self.contexts = self.module.kept(Contexts)

    def affected(self, statement: ast.stmt, *, in_loop: bool) -> Names:
        """The names whose values a statement changes, itself or in what it calls, without binding them."""
        direct = effects.changed(statement, in_loop=in_loop)
        called = self._callees.changed(statement)
        return self._callees.holdings(statement).affected(direct | called)

    def inside(self, definition: Function | ast.ClassDef) -> Names:
        """The names whose values a definition's body changes when it runs."""
        return self._callees.holdings(definition).affected(self._callees.inside(definition))

    def by_import(self, node: ast.Import | ast.ImportFrom) -> Names:
        """The names whose values an import changes."""
        return self._callees.by_import(node)

    @property
    def imports(self) -> Imports:
        return self.module.imports

    def keep(self, node: ast.stmt, bound: Names) -> None:
        self.kept.add(node)
        self.bound |= bound

    def keeps_any(self, node: ast.stmt) -> bool:
        """Whether anything in the blocks of a statement stays."""
        return any(each in self.kept for block in blocks(node) for each in block)
