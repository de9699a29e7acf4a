"""Targets in the convention of Hugging Face: a `PreTrainedModel` with its `config_class`.

    class EncoderModel(PreTrainedModel):
        config_class = EncoderConfig
        def forward(self, input_ids, attention_mask=None): ...

The model is that of the config's defaults, and its inputs are its `dummy_inputs`: the class's own, or
those that every `PreTrainedModel` has, which are token ids.
"""

from __future__ import annotations

import ast

from ...model import Expression
from ...python.binding import scopes
from ..classes.classes import Class, classes
from ..finder import Discovered, Finder, Module
from .convention import conventional, place_of


def find(module: Module) -> Discovered:
    if "config_class" not in module.source.text:
        return Discovered()
    known = {each.name: each for each in classes(module)}
    return sum((_target(each, known, module) for each in known.values()), Discovered())


def _target(model: Class, known: dict[str, Class], module: Module) -> Discovered:
    config, forward = model.attribute("config_class"), model.method("forward")
    if not model.inherits("PreTrainedModel") or forward is None or not _is_name(config):
        return Discovered()
    its_class = known.get(ast.unparse(config)) if config else None
    takes = tuple(name for name, _ in scopes.parameters(forward.args))
    own = model.method("dummy_inputs")
    # Where nothing says otherwise the inputs are token ids, which not every model takes.
    if (own is None and "input_ids" not in takes) or (its_class and its_class.required()):
        return Discovered()
    if model.required() not in (("config",), ()):
        return Discovered()
    assert config is not None
    kwargs = Expression("dict(made.dummy_inputs)", place_of(own or forward, module))
    built = f"(made := {model.name}({ast.unparse(config)}()))"
    target = conventional(
        module, "huggingface", model.node, built, kwargs=kwargs, model_class=model.name, single=True
    )
    return Discovered((target,))


def _is_name(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Name | ast.Attribute)


FINDER = Finder("huggingface", "convention", "Hugging Face's config and dummy_inputs", find)
