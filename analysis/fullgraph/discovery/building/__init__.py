"""How a model is built, in each of the ways there are, where no call with inputs says it.

`WAYS` is the list of them, the most certain first. What the first gives is tried; where it cannot be loaded,
the next. Nothing here runs: a way names an expression, and the file in which it is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from ..classes.classes import Class
from ..classes.constructors import construction
from ..finder import Module
from . import composition, configured, factories, numbers
from .way import Construction

WAYS: tuple[Callable[[Class, Module], Iterator[Construction]], ...] = (
    composition.find,
    factories.find,
    configured.find,
    numbers.find,
)

_MOST = 2
"""Of each way: what fails costs a trace."""


def constructions(model: Class, module: Module) -> tuple[Construction, ...]:
    """The ways to build a class, the best first. What its own file settles leaves no doubt."""
    settled = construction(model, module)
    if settled is not None:
        return (Construction(settled, module.parsed, model.node),)
    every = (each for way in WAYS for each in islice(way(model, module), _MOST))
    return tuple(dict.fromkeys(every))
