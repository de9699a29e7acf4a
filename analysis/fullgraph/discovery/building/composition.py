"""The model as a file of the repository builds it: `Wrap(num=256, layers=Enc(d=8, depth=2))`, in a slice up to there.

What the arguments are made of, other models, variables, a dict of settings, is what it is where the file runs;
nothing is folded. The rule: only calls of that very class, by import, outside of other models.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from ...model import Slice
from ...python.binding import scopes
from ..classes.classes import Class, class_of, is_model
from ..finder import Module
from ..inputs.call_sites import CallSite, site_of, text_of
from ..inputs.pytest_values import pytest_values, supplied_of
from ..repository.index import Definition
from ..repository.parsed import ParsedFile
from ..slicing.likelihood import likelihood
from ..slicing.selection import CannotSlice
from ..slicing.slicer import slice_at
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
    for call in home.nodes.calls(model.name):
        found = module.index.definition_of(call.func, home)
        if found is not None and found.key == model.key and (call.args or call.keywords):
            site = site_of(call, home.tree.body)
            if site is not None and not is_in_a_model(site, home, module):
                yield site


def is_in_a_model(site: CallSite, home: ParsedFile, module: Module) -> bool:
    """Whether a call stands in the body of a model."""
    around = (each for each in site.enclosing if isinstance(each, ast.ClassDef))
    return any(is_model(class_of(Definition(home, each), module.index)) for each in around)


def _construction(site: CallSite, module: Module) -> Construction | None:
    supplied = pytest_values(site.path, module.tree, module.imports)
    text = slice_at(module, site.path, scopes.used(site.call), supplied)
    if isinstance(text, CannotSlice):
        return None
    at = module.source.range_of(site.call).start
    given = supplied_of(supplied, scopes.used(site.call), text)
    sliced = Slice(text, at, supplied=given)
    return Construction(text_of(site.call, module.source), module.parsed, site.call, sliced)
