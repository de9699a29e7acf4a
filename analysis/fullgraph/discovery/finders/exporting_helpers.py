"""Calls of functions in other files that export what they are given: `to_program(Net(), x)`.

The call is a target as if it were the export call itself, with what the function has around its own. Only where the
text leaves no doubt: the function exports once, and hands on its parameters as it got them.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ...model import Surrounding
from ...python.binding import scopes
from ..finder import Module
from ..inputs import callers
from ..inputs.call_sites import CallSite, call_sites
from ..inputs.options import OPTIONS
from ..slicing.surroundings import calls_of, surroundings_in

_BUILTINS = frozenset(dir(builtins))

Exports = Callable[[CallSite, Module], Mapping[str, ast.expr] | None]
"""The arguments of an export call by name, the model as `model`; None of any other call."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What a call of a helper gives to the export call in it."""

    export: CallSite  # in the helper's file
    home: Module
    given: Mapping[str, ast.expr]
    evaluated: bool  # whether the helper says `model.eval()` first
    within: tuple[Surrounding, ...]


def handed(site: CallSite, module: Module, exports: Exports) -> Handed | None:
    """What a call hands to an export call in another file, if it is a call of such a function."""
    found = module.index.definition_of(site.call.func, module.parsed)
    if found is None or found.home is module.parsed or not isinstance(found.node, ast.FunctionDef):
        return None
    home = Module(found.home, module.index)
    calls = [(each, said) for each in call_sites([found.node]) if (said := exports(each, home)) is not None]
    if len(calls) != 1:
        return None
    export, said = calls[0]
    within, line = surroundings_in(export.path, home), export.call.lineno
    given = _given(found.node, site.call, said)
    if given is None or within is None or not callers.hands_on(found.node, line):
        return None
    return Handed(export, home, given, callers.is_evaluated(found.node, line, said["model"]), within)


def is_handed(export: CallSite, module: Module, exports: Exports) -> bool:
    """Whether a call in another file gives an export call what it needs."""
    function = export.path[0]
    if not isinstance(function, ast.FunctionDef):
        return False
    sites = ((home, site) for home, site in calls_of(function, module) if home is not module)
    return any(handed(site, home, exports) for home, site in sites)


def _given(
    function: ast.FunctionDef, call: ast.Call, said: Mapping[str, ast.expr]
) -> dict[str, ast.expr] | None:
    """The arguments of the export call in the words of the caller; None where they say what the helper alone knows."""
    own = callers.arguments_of(function, call)
    found: dict[str, ast.expr] = {}
    local = {name for name, _ in scopes.parameters(function.args)} | scopes.bound(function.body)
    for name, value in said.items():
        names = scopes.used(value) - _BUILTINS - {"torch"}
        known = not (names - own.keys() or names & (local - own.keys()))
        if not known and name != OPTIONS:
            return None
        if known:
            found[name] = callers.placed(callers.substituted(value, own), call, own)
    return found


def names_of(module: Module) -> Iterator[str]:
    """The names that the file's imports bind to functions of the repository that may export."""
    for name in module.imports.by_name:
        found = module.index.resolve(name, module.parsed)
        if (
            found is not None
            and isinstance(found.node, ast.FunctionDef)
            and "export" in found.home.source.text
        ):
            yield name
