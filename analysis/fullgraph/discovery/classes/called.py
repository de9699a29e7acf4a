"""The models that a text builds and calls by themselves, as a person would who means that very model.

The rule: a call whose result is a loss, by a name that the text gives it, means no model: a training loop calls
one in each step.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Mapping

from ...python.binding import scopes
from ...python.syntax.assignments import assignments
from ..finder import Module
from ..inputs.call_sites import CallSite, call_sites
from ..repository.index import Definition, Key
from .alternatives import alternatives
from .classes import Class, class_of, is_model
from .instances import Instances

_BUILTINS = frozenset(dir(builtins))
_LOSS = re.compile(r"loss|criterion|metric|objective", re.IGNORECASE)


def models_called(module: Module) -> frozenset[Key]:
    """The models that the calls of a file call; those of losses and those in models aside."""
    instances = Instances(module)
    sites = (each for each in call_sites(module.tree.body) if not _is_of_loss(each))
    return frozenset(
        found.key
        for site in sites
        if (model := called_model(site, module)) is not None and not is_in_a_model(site, module)
        for values in alternatives(site, instances)
        if (found := instances.where(values).model_of(substituted(model, values), site.path)) is not None
    )


def models_built(module: Module) -> Mapping[Key, int]:
    """The models that a file builds, and hands to no other there; each with the first line that does."""
    instances = Instances(module)
    made = [
        (site, found)
        for site in call_sites(module.tree.body)
        if (found := _built(site, instances)) is not None
    ]
    handed = {
        part.key
        for site, found in made
        for value in (*site.call.args, *(each.value for each in site.call.keywords))
        if (part := instances.model_of(value, site.path)) is not None and part.key != found.key
    }
    return {found.key: site.call.lineno for site, found in reversed(made) if found.key not in handed}


def _built(site: CallSite, instances: Instances) -> Class | None:
    """What a call gives, also as `Net.from_pretrained("best.pt")` with a method that `Net` inherits."""
    found = instances.model_of(site.call, site.path)
    if found is not None or not isinstance(site.call.func, ast.Attribute):
        return found
    module = instances.module
    owner = module.index.definition_of(site.call.func.value, module.parsed)
    if owner is None or not isinstance(owner.node, ast.ClassDef):
        return None
    model = class_of(owner, module.index)
    return model if is_model(model) else None


def called_model(site: CallSite, module: Module) -> ast.expr | None:
    """What a call calls, if it may be a model: `net`, of `net(x)`, `net.forward(x)` and `net.cuda()(x)`."""
    if not (site.call.args or site.call.keywords):
        return None
    model = site.call.func
    if isinstance(model, ast.Attribute) and model.attr == "forward":
        model = model.value
    if isinstance(model, ast.Call):
        return model
    name = scopes.own_name(model)
    return model if name is not None and _may_be_a_value(name, site, module) else None


def is_in_a_model(site: CallSite, module: Module) -> bool:
    """Whether a call stands in the body of a model."""
    around = (each for each in site.enclosing if isinstance(each, ast.ClassDef))
    return any(is_model(class_of(Definition(module.parsed, each), module.index)) for each in around)


def substituted(node: ast.expr, values: Mapping[str, ast.expr]) -> ast.expr:
    """The value of a name, where it is among those given."""
    return values.get(node.id, node) if isinstance(node, ast.Name) else node


def _may_be_a_value(name: str, site: CallSite, module: Module) -> bool:
    """Not a function or class of the module; a function's own `net` hides the fixture of that name."""
    known = name in _BUILTINS or name in module.imports.by_name or name in module.parsed.definitions
    return not known or any(name in scopes.binds(each) for each in site.enclosing)


def _is_of_loss(site: CallSite) -> bool:
    """Whether what is called, or what is bound to the result, is named as a loss."""
    results = (target for target, _ in assignments(site.path[-1]))
    named = filter(None, (scopes.own_name(each) for each in (site.call.func, *results)))
    return any(_LOSS.search(each) for each in named)
