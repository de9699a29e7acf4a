"""Rows of different lengths: keep them padded, and let a mask say what is valid.

A slice `x[i, :n]` has a data-dependent size, and a loop over the rows is unrolled for one batch size. On the
padded tensor all rows are computed at once: sums and means leave out what the mask does, a maximum is taken over
what is filled with minus infinity, and the last valid place is picked by an index.

## Before

```python
lengths = mask.sum(1).tolist()
return torch.stack([self.score(x[i, :n]).max(0).values for i, n in enumerate(lengths)])
```

## After

```python
valid = torch.arange(x.shape[1], device=x.device) < mask.sum(1, keepdim=True)
return self.score(x).masked_fill(~valid.unsqueeze(-1), float("-inf")).amax(1)
```
"""

from __future__ import annotations

import ast

from ..python.syntax.names import names_in
from .pattern import ON_DATA, Pattern, Sight, page, says


def _fits(sight: Sight) -> bool:
    whole = sight.loop or sight.statement
    return says(whole, "pad_sequence") or (says(whole, "length", "len", "lens", "seqlen") and _slices(whole))


def _slices(node: ast.AST) -> bool:
    """Whether a slice has a bound that is no number."""
    slices = (n for n in ast.walk(node) if isinstance(n, ast.Slice))
    return any(names_in(bound) for each in slices for bound in (each.lower, each.upper) if bound is not None)


PATTERN = Pattern("padding-and-lengths", ON_DATA, page(__doc__), _fits)
