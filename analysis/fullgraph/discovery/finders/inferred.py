"""Targets that nobody said: classes that can be built as the text shows, whose inputs are made up.

The model is looked for here; its inputs are searched where it runs. What is worth a guess is what a
person would export: an `nn.Module` with a `forward` of its own, in or inherited within the file, which can be
built without arguments, or is built somewhere in the workspace with arguments that the text settles. A class that another such
class of the file is made of is left out: the trace of the other goes through it. And where somebody wrote
targets into a file, they know which of its models they want checked: nothing is guessed there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...python.binding.imports import Imports
from ...python.syntax.names import last_part
from ...python.syntax.statements import Function
from ..classes.classes import Class, classes, is_abstract
from ..classes.constructors import construction
from ..finder import Discovered, Finder, Module, Unbuilt
from . import comment
from .convention import conventional, place_of

_MODULES = frozenset(
    {
        "torch.nn.Module",
        "torch.nn.modules.Module",
        "torch.nn.modules.module.Module",
        "nn.Module",  # by `from .parts import *`
    }
)
_LIGHTNING = "LightningModule"


def find(module: Module) -> Discovered:
    text = module.source.text
    if "forward" not in text or module.configured or comment.has_target(text) or "example_args" in text:
        return Discovered()
    imports = module.imports
    models = [each for each in classes(module, imports) if _is_model(each, imports)]
    built = {each.name: construction(each, module) for each in models}
    buildable = [each for each in models if built[each.name] is not None]
    parts = _parts(buildable, module)
    targets = (
        conventional(module, "inferred", each.node, f"{built[each.name]}.eval()", model_class=each.name)
        for each in buildable
        if each.name not in parts
    )
    return Discovered(tuple(targets), unbuilt=_unbuilt(models, built, module))


def _unbuilt(
    models: Collection[Class], built: Mapping[str, str | None], module: Module
) -> tuple[Unbuilt, ...]:
    parts = _parts(models, module)
    without = (each for each in models if built[each.name] is None and each.name not in parts)
    return tuple(
        Unbuilt(f"{module.name}:{each.name}", place_of(each.node, module), each.required())
        for each in without
    )


def _is_model(model: Class, imports: Imports) -> bool:
    if not (_MODULES.intersection(model.bases) or model.inherits(_LIGHTNING)):
        return False
    forward = model.method("forward")
    return forward is not None and not _is_abstract(model, forward, imports)


def _is_abstract(model: Class, forward: Function, imports: Imports) -> bool:
    """Whether the class is there to be inherited: by its metaclass, a decorator, or a forward that says so."""
    bases = [*model.bases, *(imports.dotted(each.value) for each in model.node.keywords)]
    if any(last_part(base) in ("ABC", "ABCMeta", "Protocol") for base in bases):
        return True
    return is_abstract(forward, imports)


def _parts(models: Collection[Class], module: Module) -> frozenset[str]:
    """The classes that another of them names in its body: it is made of them, or inherits them."""
    named = module.nodes.names_in(each.node for each in models)
    return frozenset(name for owner, used in named.items() for name in used if name != owner)


FINDER = Finder("inferred", "inferred", "inferred inputs", find)
