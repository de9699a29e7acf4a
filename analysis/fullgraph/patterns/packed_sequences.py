"""Packed sequences have data-dependent sizes: run the layer on the padded sequence, and mask.

A layer that goes forward gives the same for the valid steps with or without padding behind them. Take the last
valid step of each row by its index, and mask the rest. A layer that goes backward needs each row reversed within
its length.

## Before

```python
packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
out, (h, c) = self.lstm(packed)
out, _ = pad_packed_sequence(out, batch_first=True)
```

## After

```python
out, _ = self.lstm(x)
valid = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
out = out.masked_fill(~valid.unsqueeze(-1), 0)
h = out[torch.arange(x.shape[0], device=x.device), lengths - 1]
```
"""

from __future__ import annotations

from .pattern import ON_DATA, Pattern, Sight, page

_PACKING = ("pack_padded_sequence", "pad_packed_sequence", "pack_sequence")


def _fits(sight: Sight) -> bool:
    return sight.calls(sight.function, *_PACKING)


PATTERN = Pattern("packed-sequences", ON_DATA | {"unsupported-operator", "graph-break"}, page(__doc__), _fits)
