"""Padding under a condition on a size: pad by an amount that is 0 where nothing is lacking.

Where the data says how long something is, a condition on its size depends on data. Padding by 0 changes nothing,
so that it needs no condition if its amount is right for every size, and what cuts the padding off needs none
either. `torch.sym_max` keeps an amount from falling below 0, where padding would cut off.

## Before

```python
n = x.shape[1]
target = math.ceil(n / 8) * 8
if target != n:
    x = F.pad(x, (0, target - n))
if n < self.least:
    x = F.pad(x, (0, self.least - n))
```

## After

```python
n = x.shape[1]
x = F.pad(x, (0, -n % 8))
x = F.pad(x, (0, torch.sym_max(self.least - x.shape[1], 0)))
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..python.syntax.names import last_name
from .pattern import ON_DATA, Pattern, Sight, page

_MADE = ("zeros", "ones", "full", "new_zeros", "new_ones", "new_full")


def _fits(sight: Sight) -> bool:
    return any(_pads(sight, branch) for branch in _branches(sight))


def _branches(sight: Sight) -> Iterator[ast.If | ast.IfExp]:
    """The branches that ask for the expression."""
    for up in sight.tree.ancestors(sight.node):
        if isinstance(up, (ast.If, ast.IfExp)) and any(n is sight.node for n in ast.walk(up.test)):
            yield up


def _pads(sight: Sight, branch: ast.If | ast.IfExp) -> bool:
    """Whether a side ends with something longer: by `F.pad`, or by zeros that are joined to it."""
    if sight.calls(branch, "pad"):
        return True
    joined = (n for n in ast.walk(branch) if isinstance(n, ast.Call) and last_name(n) in ("cat", "concat"))
    return any(sight.calls(each, *_MADE) for each in joined)


PATTERN = Pattern("conditional-padding", ON_DATA, page(__doc__), _fits)
