"""A list of data-dependent length: a mask over all rows, and one index at the end.

The program has no lists. Compute for each row whether it counts, and what is taken of it; pick those that count by
the mask. Their number is an unbacked size, which later operators take as it is; where one asks for more, bound it
with `torch._check`. If a fixed number will do, `topk` keeps all sizes known.

## Before

```python
kept = []
for row, score in zip(rows, scores):
    if score > threshold:
        kept.append(row)
return torch.stack(kept)
```

## After

```python
return rows[scores > threshold]

# or, of a fixed size
best = scores.topk(self.most).indices
return rows[best], scores[best] > threshold
```
"""

from __future__ import annotations

from .pattern import ON_DATA, Pattern, Sight, page


def _fits(sight: Sight) -> bool:
    return sight.loop is not None and sight.calls(sight.loop, "append", "extend")


PATTERN = Pattern("collected-rows", ON_DATA, page(__doc__), _fits)
