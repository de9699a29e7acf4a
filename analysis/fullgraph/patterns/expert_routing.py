"""Modules chosen by the data, such as experts: run each on all rows, and weight its output.

Which modules run is decided at export time; the data decides the weight of each one's output.
Where that computes too much, stack the experts' weights and pick them by an index.

## Before

```python
for i, expert in enumerate(self.experts):
    rows = torch.where(choice == i)[0]
    if rows.numel() > 0:
        out[rows] = expert(x[rows])
```

## After

```python
for i, expert in enumerate(self.experts):
    out = torch.where((choice == i).unsqueeze(-1), expert(x), out)

# or, by the experts' weights
weights = torch.stack([expert.weight for expert in self.experts])
out = torch.einsum("bi,boi->bo", x, weights[choice])
```
"""

from __future__ import annotations

from .pattern import ON_DATA, Pattern, Sight, page, says

_SAYS = ("expert", "router", "routing", "gate_idx", "dispatch")


def _fits(sight: Sight) -> bool:
    return says(sight.loop or sight.statement, *_SAYS)


PATTERN = Pattern("expert-routing", ON_DATA | {"graph-break"}, page(__doc__), _fits)
