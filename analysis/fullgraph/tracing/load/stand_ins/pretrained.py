"""Models by the name of published weights, where those cannot be had: their architecture, as initialized.

The rule: the method itself is tried first. What its class is built with otherwise is the default of its
library; a number that nobody knows is wanted, as everywhere.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import torch

from .notes import Notes
from .reading import WEIGHTS
from .unknown import Source, Unknown

Make = Callable[
    [type, str, Mapping[str, Any]], Any
]  # of a class, the name of the weights, and what else is given

_LARGE = 1 << 28
"""Parameters from which on a model by its published configuration gets two layers."""


def _model(kind: Any, _name: str, given: Mapping[str, Any]) -> Any:
    return _of_config(kind, given.get("config") or _config(kind.config_class, given))


def _auto_model(kind: Any, name: str, given: Mapping[str, Any]) -> Any:
    config = given.get("config") or _auto_config(kind, name, given)
    return None if config is None else _of_config(kind.from_config, config)


def _auto_config(_kind: Any, name: str, given: Mapping[str, Any]) -> Any:
    """The configuration of the kind of model whose name is part of the weights' name."""
    known = sys.modules["transformers"].CONFIG_MAPPING
    plain = name.lower().replace("_", "-")
    kinds = [kind for kind in known if kind.replace("_", "-") in plain]
    return _config(known[max(kinds, key=len)], given) if kinds else None


def _config(kind: Any, given: Mapping[str, Any]) -> Any:
    config = kind()
    for name, value in given.items():
        if hasattr(config, name):
            setattr(config, name, value)
    return config


def _of_config(build: Callable[[Any], Any], config: Any) -> Any:
    with torch.device("meta"):
        size = sum(each.numel() for each in build(config).parameters())
    if size > _LARGE and hasattr(config, "num_hidden_layers"):
        config.num_hidden_layers = min(2, config.num_hidden_layers)
    return build(config)


def _by_default(kind: Any, _name: str, _given: Mapping[str, Any]) -> Any:
    return kind()


_PREPARING = {
    "transformers.tokenization_utils_base": "PreTrainedTokenizerBase",
    "transformers.processing_utils": "ProcessorMixin",
    "transformers.image_processing_base": "ImageProcessingMixin",
    "transformers.models.auto.tokenization_auto": "AutoTokenizer",
    "transformers.models.auto.processing_auto": "AutoProcessor",
    "transformers.models.auto.image_processing_auto": "AutoImageProcessor",
    "transformers.models.auto.feature_extraction_auto": "AutoFeatureExtractor",
}
"""Classes that make inputs of what people give, with published vocabularies and settings."""

_FEWEST_WORDS = 16
"""Without a network some tokenizers are made all the same, and know their special tokens alone."""

METHODS: Mapping[str, tuple[str, str, Make]] = {
    "transformers.modeling_utils": ("PreTrainedModel", "from_pretrained", _model),
    "transformers.models.auto.auto_factory": ("_BaseAutoModelClass", "from_pretrained", _auto_model),
    "transformers.models.auto.configuration_auto": ("AutoConfig", "from_pretrained", _auto_config),
    "diffusers.models.modeling_utils": ("ModelMixin", "from_pretrained", _by_default),
}
"""By module: the class and its method, and what it gives without weights."""

FROM_CHECKPOINT: Mapping[str, tuple[str, str]] = dict.fromkeys(
    ("lightning.pytorch.core.module", "pytorch_lightning.core.module"),
    ("LightningModule", "load_from_checkpoint"),
)
"""Methods that call the constructor with the parameters that are saved with the weights."""


def modules() -> frozenset[str]:
    """The modules that have such methods."""
    return frozenset((*METHODS, *FROM_CHECKPOINT, *_PREPARING))


def standing_in(module: str, notes: Notes) -> AbstractContextManager[Any]:
    """Within, the module's method gives the architecture where it cannot have the weights."""
    make: Make
    if module in METHODS:
        owner, name, make = METHODS[module]
    elif module in FROM_CHECKPOINT:
        (owner, name), make = FROM_CHECKPOINT[module], _saved(notes)
    else:
        owner, name, make = _PREPARING[module], "from_pretrained", _preparing(notes)
    kind = getattr(sys.modules[module], owner, None)
    stack = ExitStack()
    for each in _with_own(kind, name) if kind else ():
        stack.enter_context(_replaced(each, name, make, notes))
    return stack


def _with_own(kind: type, name: str) -> Iterator[type]:
    """The class and its subclasses that have a method of their own: each `AutoModelFor…` has."""
    if name in vars(kind):
        yield kind
    subclasses: list[type] = type.__subclasses__(kind)
    for each in subclasses:
        yield from _with_own(each, name)


@contextmanager
def _replaced(owner: type, name: str, make: Make, notes: Notes) -> Iterator[None]:
    before = vars(owner)[name]
    function = getattr(before, "__func__", before)

    @functools.wraps(function)
    def method(kind: Any, *args: Any, **kwargs: Any) -> Any:
        caller = sys._getframe(1)
        weights = str(next(iter((*args, *kwargs.values())), kind.__name__))
        try:
            made = function(kind, *args, **kwargs)
            if not _is_empty(made):
                return made
        except Exception as error:
            own = notes.user_code.is_user(caller.f_code.co_filename)
            if not own or notes.is_handled(error, caller):
                raise
            if (made := make(kind, weights, kwargs)) is None:
                raise
        else:
            made = make(kind, weights, kwargs)
        if not isinstance(made, Unknown):
            notes.add("checkpoint", weights, f"the library's default configuration, {WEIGHTS}")
        return made

    setattr(owner, name, classmethod(method))
    try:
        yield
    finally:
        setattr(owner, name, before)


def _is_empty(made: Any) -> bool:
    """Whether it is a tokenizer without words."""
    return hasattr(made, "tokenize") and hasattr(made, "__len__") and len(made) < _FEWEST_WORDS


def _preparing(notes: Notes) -> Make:
    def make(_kind: Any, name: str, _given: Mapping[str, Any]) -> Any:
        notes.read = Source(notes, "call", name, name, "tokenizer", place=notes.place())
        return Unknown(notes.read)

    return make


def _saved(notes: Notes) -> Make:
    """The constructor, with what the call gives; the rest would be in the checkpoint."""

    def make(kind: Any, name: str, given: Mapping[str, Any]) -> Any:
        parameters = inspect.signature(kind).parameters.values()
        known = {each.name: given[each.name] for each in parameters if each.name in given}
        wanted = [each for each in parameters if each.default is each.empty and each.name not in known]
        named = [each.name for each in wanted if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
        unknown = {each: _unknown(notes, name, each) for each in named}
        return kind(**known, **unknown)

    return make


def _unknown(notes: Notes, checkpoint: str, name: str) -> Any:
    path = f"{checkpoint}[{name!r}]"
    known = notes.chosen(path)
    return Unknown(Source(notes, "checkpoint", checkpoint, path, name)) if known is None else known
