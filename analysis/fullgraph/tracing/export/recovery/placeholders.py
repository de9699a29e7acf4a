"""Values for what a failed call would have given: of tensors, fake ones whose sizes are symbols of their own."""

from __future__ import annotations

from typing import Any

import torch

from ...eager.eager_trace import LostLeaf, Output, TensorLeaf
from ...torch_compat import fake_tensors, operators, symbols
from .symbol_values import SymbolValues


class Placeholders:
    """Makes placeholders from what the eager trace recorded."""

    def __init__(self, values: SymbolValues) -> None:
        self._values = values
        self._anchor: Any = None  # some traced tensor, from which placeholders are made

    def remember(self, inputs: list[Any]) -> None:
        """Among the inputs of a call may be a tensor of this trace."""
        self._anchor = next((i for i in inputs if fake_tensors.is_fake(i)), self._anchor)

    def of(self, output: Output) -> Any:
        """What stands for an output.

        Raises:
            LookupError: nothing can.
        """
        kinds = {type(leaf) for leaf in output.leaves}
        if LostLeaf in kinds or (TensorLeaf in kinds and self._anchor is None):
            raise LookupError("nothing to go on with")
        return output.rebuilt(
            [self._tensor(leaf) if isinstance(leaf, TensorLeaf) else leaf for leaf in output.leaves]
        )

    def _tensor(self, leaf: TensorLeaf) -> Any:
        sizes = [self._size(size) for size in leaf.shape]
        return self._anchor.new_empty(sizes, dtype=leaf.dtype, device=leaf.device)

    def _size(self, value: int) -> Any:
        """A symbol of its own, made by traced operators."""
        size = self._anchor.new_empty((), dtype=torch.int64).item()
        operators.check(size >= 0)
        self._values.invent(symbols.lone_symbol(size), value)
        return size
