"""Box arithmetic for the detector in `detector.py`."""

import torch
from torch import Tensor


def decode(anchors: Tensor, deltas: Tensor) -> Tensor:
    """Corner boxes `[..., 4]` from anchors `(cx, cy, w, h)` and the deltas regressed for them."""
    centers = anchors[..., :2] + deltas[..., :2] * anchors[..., 2:]
    sizes = anchors[..., 2:] * deltas[..., 2:].clamp(max=4.0).exp()
    return torch.cat([centers - sizes / 2, centers + sizes / 2], dim=-1)


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of every box of `a` with every box of `b`."""
    top_left = torch.maximum(a[:, None, :2], b[None, :, :2])
    bottom_right = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = (bottom_right - top_left).clamp(min=0).prod(dim=-1)
    area_a = (a[:, 2:] - a[:, :2]).prod(dim=-1)
    area_b = (b[:, 2:] - b[:, :2]).prod(dim=-1)
    return overlap / (area_a[:, None] + area_b[None, :] - overlap).clamp(min=1e-6)


def suppress(boxes: Tensor, scores: Tensor, threshold: float) -> Tensor:
    """Indices of the boxes that survive non-maximum suppression, best score first."""
    order = scores.argsort(descending=True)
    kept = []
    while order.numel() > 0:
        best = order[0]
        kept.append(best)
        overlaps = iou(boxes[best].unsqueeze(0), boxes[order]).squeeze(0)
        order = order[overlaps < threshold]
    if not kept:
        return scores.new_zeros(0, dtype=torch.long)
    return torch.stack(kept)
