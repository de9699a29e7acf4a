"""How a model is built, in each of the ways there are, where no call with inputs says it.

`WAYS` is the list of them, the most certain first. What the first gives is tried; where it cannot be loaded,
the next. Nothing here runs: a way names an expression, and the file in which it is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from ..classes.classes import Class
from ..classes.constructors import as_called, by_configuration, construction, is_given_arguments
from ..classes.fits import fits
from ..finder import Module
from . import composition, configuration_files, configured, factories, numbers, registries, typed_dicts
from .way import Construction

WAYS: tuple[Callable[[Class, Module], Iterator[Construction]], ...] = (
    composition.find,
    registries.find,
    typed_dicts.find,
    factories.find,
    configuration_files.find,
    configured.find,
    numbers.find,
)

_MOST = 2
"""Of each way: what fails costs a trace."""


def constructions(model: Class, module: Module) -> tuple[Construction, ...]:
    """The ways to build a class, the best first, without calls that its constructor refuses."""
    return tuple(each for each in _constructions(model, module) if fits(each.model, model))


def _constructions(model: Class, module: Module) -> tuple[Construction, ...]:
    """What its own file settles leaves no doubt."""
    settled = construction(model, module)
    if settled is not None:
        own = Construction(settled, module.parsed, model.node)
        elsewhere = islice(configuration_files.find(model, module), _MOST)
        return (*_as_called(model, module), *elsewhere, own, *_otherwise(settled, model, module))
    every = (each for way in WAYS for each in islice(way(model, module), _MOST))
    return tuple(dict.fromkeys(every))


def _otherwise(settled: str, model: Class, module: Module) -> Iterator[Construction]:
    """A configuration by default may be one that nobody uses: then a file that builds the model says more."""
    if model.required() and settled == by_configuration(model, module):
        yield from islice(composition.find(model, module), 1)


def _as_called(model: Class, module: Module) -> tuple[Construction, ...]:
    """As the repository builds a class that could do without arguments, where it always gives some."""
    if model.required() or not is_given_arguments(model, module):
        return ()
    known = as_called(model, module)
    if known is not None:
        return (Construction(known, module.parsed, model.node),)
    return tuple(islice(composition.find(model, module), 1))
