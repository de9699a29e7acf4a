"""torch's files and `nn.Module`s: whose code a file is, what a module registers, which module a node ran in."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from .names import Attribute, Private
from .wording import CALLED_AGAIN, NO_MODULE, SELF

_PARAMETERS = Attribute("Module._parameters", "parameters that a forward pass assigns")
_BUFFERS = Attribute("Module._buffers", "buffers that a forward pass assigns")
_MODULES = Attribute("Module._modules", "submodules that a forward pass assigns")
_ORIGINAL = "_orig_mod"  # of what torch.compile gives alone
_DROPOUT = Private("torch.nn.modules.dropout._DropoutNd", "dropout that was left on")
_BATCH_NORM = Private("torch.nn.modules.batchnorm._BatchNorm", "batch norm in training mode")

_TORCH = str(Path(torch.__file__).parent) + os.sep


def is_torch(file: str) -> bool:
    return file.startswith(_TORCH)


def identity(module: torch.nn.Module) -> int:
    """Tells modules apart, also where torch has put proxies for them, which have the attributes in common.

    It does in a model that has one module under two names.
    """
    return id(vars(module))


def original(model: Any) -> Any:
    """The module itself, of what `torch.compile` put around it."""
    return getattr(model, _ORIGINAL, model)


def without_parallel(model: Any) -> Any:
    """The module that `DataParallel` or `DistributedDataParallel` spreads: with one device they call it as it is."""
    parallel = (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)
    while isinstance(model, parallel):
        model = model.module
    return model


def registers(module: torch.nn.Module, name: str) -> bool:
    """Whether the name is that of a parameter, a buffer or a submodule."""
    return any(name in kind.of(module, {}) for kind in (_BUFFERS, _PARAMETERS, _MODULES))


def kept(module: torch.nn.Module) -> Callable[[], None]:
    """What a module holds at this moment: called, it gives the module that again."""
    before = [(held, dict(held)) for held in _held(module)]

    def restore() -> None:
        for held, content in before:
            held.clear()
            held.update(content)

    return restore


def _held(module: torch.nn.Module) -> list[dict[str, Any]]:
    registered = (_BUFFERS.of(module), _PARAMETERS.of(module))
    return [vars(module), *(each for each in registered if each is not None)]


def act_otherwise_in_training() -> tuple[type, ...]:
    return (*_DROPOUT.types(), *_BATCH_NORM.types())


def path_of(node: torch.fx.Node) -> str:
    """The module that a node ran in, `self.layers.0`; of one that is called again torch writes `layers.0@1`."""
    stack = node.meta.get("nn_module_stack") or {}
    path = next((str(path) for path, _ in reversed(stack.values())), "")
    path = CALLED_AGAIN.sub("", path).removeprefix(SELF).strip(".")
    return f"self.{path}" if path and not path.startswith(NO_MODULE) else "self"
