"""The names that a class is registered by: in decorators, in tables, and in calls that register it.

`@register("net")` above the class or above a function that gives it, `TABLE = {"net": Net}`,
`MODELS.register("net", Net)`. One that is not registered has none.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from ...python.syntax.names import dotted_name
from ..classes.classes import Class
from ..finder import Module
from ..repository.index import Key
from ..repository.registrations import Registrations, registrations
from . import factories


@dataclass(frozen=True)
class Registered:
    """A class, and the names that lead to it: its own, and those of functions that give it."""

    model: Class
    module: Module

    @cached_property
    def _registrations(self) -> Registrations:
        return self.module.index.once(registrations)

    @cached_property
    def givers(self) -> frozenset[Key]:
        """The class itself, and the functions that give it, where functions are registered at all."""
        if not self._registrations.functions:
            return frozenset([self.model.key])
        given = factories.functions_that_give(self.model, self.module.index)
        return frozenset([self.model.key, *(each.key for each in given)])

    @cached_property
    def names(self) -> frozenset[str]:
        """Those that it is registered by; empty where it is not."""
        return frozenset(name for each in self.givers for name in self._registrations.names.get(each, ()))

    def has_table(self, node: ast.expr) -> bool:
        """Whether an expression is called like a dict that leads to it."""
        tables = self._registrations.tables.get(dotted_name(node).rpartition(".")[2], frozenset())
        return not tables.isdisjoint(self.givers)
