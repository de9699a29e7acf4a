"""Randomness of Python's own is drawn once, at export: draw with torch, or pass the numbers in.

`random.random()` and NumPy's generators give a number when the program is made, and the program has it as a
constant. What torch draws on a tensor is an operator, drawn in each run. A seed or a generator is set outside.

## Before

```python
torch.manual_seed(seed)
if random.random() < self.p:
    x = self.augment(x)
```

## After

```python
keep = torch.rand(x.shape[0], device=x.device) < self.p
x = torch.where(keep.view(-1, *[1] * (x.dim() - 1)), self.augment(x), x)
```
"""

from __future__ import annotations

from .pattern import Pattern, Sight, page, says

_RULES = frozenset({"graph-break", "export-error", "traced-side-effect", "unsupported-operator"})


def _fits(sight: Sight) -> bool:
    return says(sight.statement, "random", "manual_seed", "generator", "seed")


PATTERN = Pattern("random-state", _RULES, page(__doc__), _fits)
