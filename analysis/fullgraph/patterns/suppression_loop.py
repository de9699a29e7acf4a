"""Non-maximum suppression is a loop of data-dependent length: use the operator, or a loop over all candidates.

An exported program has no list of candidates that shrinks. `torchvision.ops.nms` and `batched_nms` are operators,
which export as they are; the number of boxes that they keep is an unbacked size. Without torchvision, go through
all candidates with a mask of those that are left.

## Before

```python
keep = []
while order.numel() > 0:
    best = order[0]
    keep.append(best)
    order = order[1:][iou(boxes[best], boxes[order[1:]]) <= threshold]
return torch.stack(keep)
```

## After

```python
keep = torchvision.ops.nms(boxes, scores, threshold)

# or, without torchvision, for a fixed number of candidates
order = scores.argsort(descending=True)
drops = (iou(boxes[order], boxes[order]) > threshold).triu(1)
kept = torch.ones_like(order, dtype=torch.bool)
for place in range(order.shape[0]):
    kept = kept & ~(drops[place] & kept[place])
return order[kept]
```
"""

from __future__ import annotations

from .pattern import ON_DATA, Pattern, Sight, page, says


def _fits(sight: Sight) -> bool:
    named = says(sight.function, "nms", "iou", "suppress", "suppressed", "overlap")
    return named and sight.loop is not None and sight.calls(sight.loop, "append", "argsort", "maximum", "max")


PATTERN = Pattern("suppression-loop", ON_DATA, page(__doc__), _fits)
