"""The model as a file of the repository builds it: `Wrap(num=256, layers=Enc(d=8, depth=2))`, in a slice up to there.

What the arguments are made of, other models, variables, a dict of settings, is what it is where the file runs;
nothing is folded. The rule: only calls of that very class, by import, outside of other models.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from ...python.binding import scopes
from ...python.syntax.names import last_name
from ..classes.classes import Class, class_of, is_model
from ..classes.instances import makes_its_class
from ..finder import Module
from ..inputs.call_sites import CallSite, site_of, text_of
from ..inputs.hydra_values import hydra_values
from ..inputs.pytest_values import pytest_values
from ..repository.index import Definition
from ..repository.parsed import ParsedFile
from ..slicing.fixture_files import supplied_slice
from ..slicing.likelihood import likelihood
from ..slicing.selection import CannotSlice
from .way import Construction

_MOST = 2
_MOST_SLICES = 12


def find(model: Class, module: Module) -> Iterator[Construction]:
    """The calls of the class that can be reached, those first that most likely run."""
    sites = ((site, home) for home in _homes(model, module) for site in _sites(model, home, module))
    yield from reachable(sites, module)


def reachable(sites: Iterable[tuple[CallSite, ParsedFile]], module: Module) -> Iterator[Construction]:
    """What is built at the calls that a slice of their files leads to."""
    made = [_construction(site, replace(module, parsed=home)) for site, home in islice(sites, _MOST_SLICES)]
    found = [each for each in made if each is not None and each.slice is not None]
    found.sort(key=lambda each: likelihood(each.home.file, each.slice.text if each.slice else ""))
    yield from found[:_MOST]


def _homes(model: Class, module: Module) -> Iterator[ParsedFile]:
    yield from module.index.naming(model.name)
    yield from module.index.documents_naming(model.name)


def _sites(model: Class, home: ParsedFile, module: Module) -> Iterator[CallSite]:
    for call in (*home.nodes.calls(model.name), *_calls_of_methods(model, home, module)):
        found = module.index.definition_of(_class_called(call), home)
        if found is not None and found.key == model.key and (call.args or call.keywords):
            site = site_of(call, home.tree.body)
            if site is not None and not is_in_a_model(site, home, module):
                yield site


def _calls_of_methods(model: Class, home: ParsedFile, module: Module) -> Iterator[ast.Call]:
    """`Net.from_settings(settings)`, where that is a class method of the class's own."""
    for call in home.nodes.of(ast.Call):
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if owner is not None and last_name(owner) == model.name and isinstance(call.func, ast.Attribute):
            found = module.index.definition_of(owner, home)
            if found is not None and makes_its_class(found, call.func.attr):
                yield call


def _class_called(call: ast.Call) -> ast.expr:
    """`models.Net` of `models.Net(3)` and of `models.Net.from_settings(settings)`."""
    function = call.func
    is_method = isinstance(function, ast.Attribute) and last_name(function.value)[:1].isupper()
    return function.value if isinstance(function, ast.Attribute) and is_method else function


def is_in_a_model(site: CallSite, home: ParsedFile, module: Module) -> bool:
    """Whether a call stands in the body of a model."""
    around = (each for each in site.enclosing if isinstance(each, ast.ClassDef))
    return any(is_model(class_of(Definition(home, each), module.index)) for each in around)


def _construction(site: CallSite, module: Module) -> Construction | None:
    tested = pytest_values(site.path, module)
    supplied = {**hydra_values(site.path, module), **tested}
    sliced = supplied_slice(module, site.path, site.call, scopes.used(site.call), supplied)
    if isinstance(sliced, CannotSlice):
        return None
    return Construction(text_of(site.call, module.source), module.parsed, site.call, sliced)
