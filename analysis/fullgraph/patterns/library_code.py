"""Code of NumPy and other libraries works on tensor data, which does not exist at export time: make it a custom operator.

To the program it is one call, with a fake kernel that says what the result looks like. Where torch has the same
functions, use those instead.

## Before

```python
mask = torch.from_numpy(scipy.ndimage.binary_fill_holes(x.numpy()))
```

## After

```python
@torch.library.custom_op("mylib::fill_holes", mutates_args=())
def fill_holes(x: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(scipy.ndimage.binary_fill_holes(x.numpy()))


@fill_holes.register_fake
def _(x):
    return torch.empty_like(x, dtype=torch.bool)


mask = fill_holes(x)
```
"""

from __future__ import annotations

from .pattern import Pattern, Sight, page, says

_RULES = frozenset({"graph-break", "tensor-to-python", "export-error", "unsupported-operator"})
_SAYS = ("numpy", "scipy", "cv2", "sklearn", "skimage", "np")


def _fits(sight: Sight) -> bool:
    return says(sight.statement, *_SAYS)


PATTERN = Pattern("library-code", _RULES, page(__doc__), _fits)
