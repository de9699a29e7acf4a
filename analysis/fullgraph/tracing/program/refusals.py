"""Sizes that a rewritten program refuses: whether a fix is to blame for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch

from ..facts import dim_specs
from ..load.build import Built
from ..torch_compat import symbols, wording
from .save import Refused, Result


def narrows(outcome: Result | Refused, wanted: Result | Refused) -> bool:
    """Whether sizes that the original takes are none of the program's."""
    return isinstance(outcome, Refused) and isinstance(wanted, Result)


def by_guard(outcome: Result | Refused) -> bool:
    return isinstance(outcome, Refused) and wording.GUARD_FAILED.search(outcome.words) is not None


def said(sizes: str, outcome: Result | Refused) -> str:
    words = outcome.words.splitlines()[0] if isinstance(outcome, Refused) else ""
    return f"the program refuses `{sizes}`, which `dynamic_shapes` allows and the original takes ({words})"


def were_taken(conditions: Iterable[str], inputs: Any, roots: Mapping[str, int], built: Built) -> bool:
    """Whether the conditions that the original's own program has, if there is one, hold for these inputs."""
    leaves = dim_specs.named_leaves(built.model, *inputs)
    tensors = ((name, leaf) for name, leaf in leaves if isinstance(leaf, torch.Tensor))
    sizes = {f"{name}.shape[{dim}]": size for name, t in tensors for dim, size in enumerate(t.shape)}
    return all(symbols.holds(text, {**sizes, **roots}) for text in conditions)


def is_meant(refused: Refused) -> bool:
    """Whether the user's own statement raised.

    Where an operator does, for sizes other than the example's, the spec says more than the model takes: a
    rewrite that takes these sizes too (`x.view(x.shape[0], 8)` for `x.view(4, 8)`) changes no output.
    """
    return refused.frame is not None and refused.frame.construct in ("raise", "assert")


def is_of_library(outcome: Result | Refused) -> bool:
    """Whether a library's check refused values: with a ValueError, at no statement of the user's that raises."""
    return isinstance(outcome, Refused) and outcome.error == "ValueError" and not is_meant(outcome)
