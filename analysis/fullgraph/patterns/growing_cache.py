"""A cache that is written at a position, or grows: make it a buffer of full length, written by an index.

`cache[:, n:n + 1] = new` has data-dependent bounds, and a cache that grows by `torch.cat` has another size at
each call. A buffer of the greatest length keeps its size; `index_copy_` writes at a tensor's position, and a mask
over the positions hides what is not written yet.

## Before

```python
n = int(self.length)
self.keys[:, n : n + 1] = k
attended = attend(q, self.keys[:, : n + 1])
```

## After

```python
self.keys.index_copy_(1, position, k)  # position: int64[1]
visible = torch.arange(self.keys.shape[1], device=k.device) <= position
attended = attend(q, self.keys, visible)
```
"""

from __future__ import annotations

from .pattern import ON_DATA, Pattern, Sight, page, says


def _fits(sight: Sight) -> bool:
    return says(sight.statement, "cache", "past_key", "past_value", "past_key_value", "kv")


PATTERN = Pattern("growing-cache", ON_DATA | {"lost-state"}, page(__doc__), _fits)
