"""What a method finds on `self`: by the class's own statements, by set-up, and by the other methods."""

from __future__ import annotations

import ast

from ...python.binding import scopes
from ...python.syntax.statements import Function
from .backwards import Backwards
from .selection import CannotSlice, Names, Selection

SET_UP = ("setUpClass", "setup_class", "__init__", "setUp", "setup_method", "asyncSetUp")
"""Methods that a test framework, or Python, calls before the one that holds the call."""


class SetUp:
    """The names that are needed in a method as those that are needed before its class."""

    def __init__(self, selection: Selection, backwards: Backwards) -> None:
        self._selection = selection
        self._backwards = backwards

    def before_class(self, owner: ast.ClassDef, needed: Names) -> Names:
        methods = {each.name: each for each in owner.body if isinstance(each, Function)}
        needed = self._methods(methods, needed)
        needed = self._set_up(methods, needed)
        needed = self._attributes(owner, self._methods(methods, needed))
        missing = sorted(_of_self(needed) - self._selection.bound)
        if missing:
            said = ", ".join(f"`{name}`" for name in missing)
            self._selection.problem = CannotSlice(
                f"it depends on {said}, which no setup method of `{owner.name}` defines"
            )
        return needed - _of_self(needed)

    def _set_up(self, methods: dict[str, Function], needed: Names) -> Names:
        for name in reversed(SET_UP):
            if (method := methods.get(name)) is not None and _of_self(needed):
                before = self._backwards.block(method.body, needed)
                if before != needed:
                    self._selection.kept.add(method)
                    self._selection.opened.add(method)
                # What set-up asks of its own parameters nobody gives.
                needed = (
                    without_parameters(method, before, self._selection)
                    if isinstance(method, ast.FunctionDef)
                    else before
                )
        return needed

    def _attributes(self, owner: ast.ClassDef, needed: Names) -> Names:
        """With what the class's own statements bind."""
        for statement in reversed(owner.body):
            bound = frozenset(f"self.{name}" for name in scopes.bound([statement]))
            if bound & needed and not isinstance(statement, Function):
                self._selection.keep(statement, bound)
                needed |= scopes.used(statement)
        return needed

    def _methods(self, methods: dict[str, Function], needed: Names) -> Names:
        """With the methods, and the class's own attributes, that are asked of `self`."""
        pending = [name for name in _of_self(needed) if name[5:] in methods]
        while pending:
            name = pending.pop()
            method = methods[name[5:]]
            if method in self._selection.kept:
                continue
            self._selection.kept.add(method)
            self._selection.bound.add(name)
            uses = scopes.used(*method.body) - scopes.bound(method.body) | scopes.used(*method.decorator_list)
            uses -= {each for each, _ in scopes.parameters(method.args)}
            needed |= uses
            pending += [each for each in _of_self(uses) if each[5:] in methods]
        return needed


def without_parameters(function: ast.FunctionDef, needed: Names, selection: Selection) -> Names:
    """The names that are needed before a function, whose parameters are what they default to.

    Its header is evaluated whole, with the defaults that nobody needs.
    """
    header = scopes.used(*(default for _, default in scopes.parameters(function.args)))
    for name, default in scopes.parameters(function.args):
        if name not in needed:
            continue
        if name in selection.supplied:  # a fixture may be called as its parameter is
            needed = (needed - {name}) | scopes.used(selection.supplied[name])
            continue
        if name in selection.given:
            pass
        elif name in ("self", "cls"):
            selection.problem = CannotSlice(f"it depends on `{name}`, but `{function.name}` is never called")
        elif default is None and selection.closed is not None and name not in selection.closed:
            selection.unknown.add(name)
        elif default is None:
            selection.problem = CannotSlice(
                f"it depends on `{name}`, a parameter of `{function.name}` without a default"
            )
        else:
            needed |= scopes.used(default)
        needed -= {name}
    return needed | header


def _of_self(needed: Names) -> Names:
    return frozenset(name for name in needed if name.startswith("self."))
