"""What a target must be for there to be anything to export; where it is not, which part of it is wrong."""

from __future__ import annotations

from typing import Any

import torch

from ...model import Expression, Target


class WrongTargetError(Exception):
    """A part of the target is not what it must be; `expression` is that part."""

    def __init__(self, message: str, expression: Expression) -> None:
        super().__init__(message)
        self.expression = expression


def check_model(model: Any, target: Target) -> None:
    """Checks that it is a module, and of the class that the target is about.

    Raises:
        WrongTargetError: it is not.
    """
    _check_module(model, target.model)
    _check_class(model, target)


def _check_module(model: Any, expression: Expression) -> None:
    if isinstance(model, torch.nn.Module):
        return
    if isinstance(model, type):
        message = (
            f"the model must be an instance, but `{expression.text}` is a class: use `{expression.text}()`"
        )
    elif callable(model):
        message = f"the model must be an nn.Module, but `{expression.text}` is a function: call it in the `forward` of a module"
    else:
        message = f"the model must be an nn.Module, but `{expression.text}` is a {type(model).__name__}"
    raise WrongTargetError(message, expression)


def _check_class(model: Any, target: Target) -> None:
    """A function that was found to build a model may build another one, by its defaults."""
    wanted = target.model_class.rpartition(".")[2]
    if target.origin not in ("inferred", "eager", "tools") or not wanted:
        return
    if all(each.__name__ != wanted for each in type(model).__mro__):
        message = f"`{target.model.text}` gives a {type(model).__name__}, not a {wanted}"
        raise WrongTargetError(message, target.model)
