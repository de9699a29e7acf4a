"""Targets that nobody said: classes that can be built as the text shows, whose inputs are made up.

The model is looked for here; its inputs are searched where it runs. What is worth a guess is what a
person would export: an `nn.Module` with a `forward`, which can be built without arguments, or is built
somewhere in the repository with arguments that the text settles. A class that another such class of the file
is made of is left out: the trace of the other goes through it.
"""

from __future__ import annotations

from collections.abc import Collection

from ..classes.classes import Class, classes, is_model
from ..classes.constructors import construction
from ..finder import Discovered, Finder, Module
from .convention import conventional


def find(module: Module) -> Discovered:
    if "forward" not in module.source.text and "(" not in module.source.text:
        return Discovered()
    models = [each for each in classes(module) if is_model(each)]
    built = {each.name: construction(each, module) for each in models}
    buildable = [each for each in models if built[each.name] is not None]
    parts = frozenset() if module.parts else _parts(buildable, module)
    targets = (
        conventional(module, "inferred", each.node, f"{built[each.name]}.eval()", model_class=each.name)
        for each in buildable
        if each.name not in parts
    )
    return Discovered(tuple(targets))


def _parts(models: Collection[Class], module: Module) -> frozenset[str]:
    """The classes that another of them names in its body: it is made of them."""
    named = module.nodes.names_in(each.node for each in models)
    return frozenset(name for owner, used in named.items() for name in used if name != owner)


FINDER = Finder("inferred", "inferred", "inferred inputs", find)
