"""What a model asked of its inputs that could not be met, in a line: the layer first, where one refused."""

from __future__ import annotations

from pathlib import Path

import torch

from .trial import Call, Failed


def complaint(failed: Failed) -> str:
    """``self.fc` takes 9216 features, and was given 1300`; of anything else what was raised."""
    if failed.call is not None and failed.layer is not None:
        said = _of_layer(failed.call, *failed.layer)
        if said:
            return said
    return f"{_place(failed)}{type(failed.error).__name__}: {' '.join(str(failed.error).split())[:200]}"


def _place(failed: Failed) -> str:
    """`at net.py:14, `: the innermost line of the user's; empty where a notebook's cells are numbered otherwise."""
    lines = ((frame.f_code.co_filename, line) for frame, line in failed.frames)
    file, line = next(((file, line) for file, line in lines if not _is_library(file)), ("", 0))
    return f"at {Path(file).name}:{line}, " if file and not file.endswith(".ipynb") else ""


def _is_library(file: str) -> bool:
    return not _LIBRARIES.isdisjoint(Path(file).parts)


_LIBRARIES = frozenset({"site-packages", "dist-packages"})


def _of_layer(call: Call, name: str, layer: torch.nn.Module) -> str:
    given = call.shape(0, "input")
    wanted = _wanted(layer, given)
    if not given or not wanted:
        return ""
    at, (asked, what) = f"`self.{name}`" if name else "the model", wanted
    return f"{at} takes {asked} {what}, and was given a tensor of shape {tuple(map(int, given))}"


def _wanted(layer: torch.nn.Module, given: tuple[int, ...] | None) -> tuple[int, str] | None:
    """How many of what the layer takes, where that is what was not given."""
    if not given:
        return None
    for attribute, dim, what in (
        ("in_features", -1, "features"),
        ("in_channels", 1, "channels"),
        ("input_size", -1, "features"),
        ("num_features", 1, "channels"),
        ("embed_dim", -1, "features"),
    ):
        asked = getattr(layer, attribute, None)
        if isinstance(asked, int) and not isinstance(asked, bool):
            return (asked, what) if len(given) <= max(dim, 0) or given[dim] != asked else None
    return None
