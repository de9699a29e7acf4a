"""Targets that nobody said: classes that can be built as the text shows, whose inputs are made up.

The model is looked for here; its inputs are searched where it runs. What is worth a guess is what a
person would export: an `nn.Module` with a `forward` that can be built in one of the ways of `building`. A class
that another such class of the file is made of is left out: the trace of the other goes through it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from ...model import Expression, Fallback, Target
from ...python.syntax.names import dotted_name
from ..building import constructions
from ..building.way import Construction
from ..classes.classes import Class, classes, is_model
from ..finder import Discovered, Finder, Module
from .convention import conventional, place_of


def find(module: Module) -> Discovered:
    if "forward" not in module.source.text and "(" not in module.source.text:
        return Discovered()
    models = [each for each in classes(module) if is_model(each)]
    ways = {each.name: constructions(each, module) for each in models}
    buildable = [each for each in models if ways[each.name]]
    parts = frozenset() if module.parts else _parts(buildable, module)
    kept = (each for each in buildable if each.name not in parts)
    return Discovered(tuple(_target(each, ways[each.name], module) for each in kept))


def _target(model: Class, ways: Sequence[Construction], module: Module) -> Target:
    """The first way, with the others to be tried where it does not lead to a model."""
    first, *others = (_evaluated(each, module) for each in ways)
    target = conventional(module, "inferred", model.node, first.model.text, model_class=model.name)
    return replace(target.by(first), fallbacks=tuple(others))


def _evaluated(way: Construction, module: Module) -> Fallback:
    place = way.place or place_of(way.node, replace(module, parsed=way.home))
    return Fallback(
        way.home.name, way.home.file, Expression(f"{way.model}.eval()", place), way.slice, way.made_up
    )


def _parts(models: Collection[Class], module: Module) -> frozenset[str]:
    """The classes that another of them names: it is made of them. To inherit a class is not to be made of it."""
    named = module.nodes.names_in(each.node for each in models)
    inherited = {each.name: {dotted_name(base) for base in each.node.bases} for each in models}
    return frozenset(
        name for owner, used in named.items() for name in used if name not in {owner, *inherited[owner]}
    )


FINDER = Finder("inferred", "inferred", "inferred inputs", find)
