"""Tensor data is converted to a Python value: `int(…)`, `float(…)`, `.item()`, `.tolist()`, `.numpy()`.

At export time, tensors hold no data, so there is no number for Python and no array for NumPy. `.item()` by
itself is fine where the number stays symbolic (a size, an argument of an operator); it fails where Python
needs a concrete value.

## What to do

Keep tensors: `x.max()` instead of `float(x.max())`, the torch function instead of NumPy's. `.item()` of an
integer tensor is an int: drop `int(…)` around it. Convert others with `.to(torch.int64)` first.

## Before

```python
scale = float(x.abs().max())
return torch.from_numpy(np.clip(x.numpy() / scale, -1, 1))
```

## After

```python
scale = x.abs().max()
return torch.clamp(x / scale, -1, 1)
```
"""

from __future__ import annotations

import re

from ..model import DataDependent, Finding, Frame, Raised
from .rule import Case, Rule, library, origins, page, quoted

_CONVERSIONS = re.compile(r"^(int|float|bool|complex|round|math\.\w+|np\.\w+|numpy\.\w+|str|format|hex|oct)$")
_METHODS = re.compile(r"\.(item|tolist|numpy|__int__|__float__|__bool__|__index__|__array__)$")


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if isinstance(failure, Raised) and failure.said("data read"):
        return _finding(case, failure.frame, ())
    if isinstance(failure, DataDependent) and failure.frame is not None and _converts(failure.frame):
        return _finding(case, failure.frame, origins(failure.symbols, failure.frame.place))
    return None


def _converts(frame: Frame) -> bool:
    callee = frame.callee or ""
    return bool(_CONVERSIONS.match(callee) or _METHODS.search(callee) or _formats(frame))


def _formats(frame: Frame) -> bool:
    """Whether it makes a text: an f-string, `"%.2f" % x`, `"{:.2f}".format(x)`."""
    return frame.text.lstrip("rRfF").startswith(("'", '"'))


def _finding(case: Case, frame: Frame | None, related: tuple) -> Finding:  # type: ignore[type-arg]
    what = quoted(frame.text) if frame else "the model"
    message = f"{what} needs tensor data, which does not exist at export time, to make {_kind(frame)}"
    place = case.place(frame)
    return Finding(
        "tensor-to-python",
        "error",
        message,
        place,
        case.target.name,
        _hint(frame),
        (*related, *library(frame)),
    )


def _kind(frame: Frame | None) -> str:
    """What the data becomes."""
    if frame is not None and _formats(frame):
        return "a string"
    callee = (frame.callee or "") if frame else ""
    if _is_numpy(callee):
        return "a NumPy array"
    return "a Python number" if _NUMBERS.search(callee) else "a Python value"


_NUMBERS = re.compile(
    r"^(int|float|bool|complex|round|math\.\w+)$|\.(item|__int__|__float__|__bool__|__index__)$"
)


def _is_numpy(callee: str) -> bool:
    return callee.endswith("numpy") or callee.startswith(("np.", "numpy."))


def _hint(frame: Frame | None) -> str:
    callee = (frame.callee or "") if frame else ""
    if frame is not None and _formats(frame):
        return "skip the formatting during export: `if not torch.compiler.is_exporting():`"
    if callee == "int" and frame is not None and ".item()" in frame.text:
        return "drop `int(…)`: `.item()` of an integer tensor is an int; convert others with `.to(torch.int64)` first"
    if callee == "int":
        return "for a size or an index, use `.item()`, which stays symbolic; for a number of steps, use `torch.while_loop` or vectorize the loop; otherwise keep the tensor"
    if _is_numpy(callee):
        return "use the torch function instead of NumPy's"
    if callee.endswith("deepcopy"):
        return "use `x.clone()` to copy a tensor; copy a module where the model is built"
    if callee in ("torch.tensor", "torch.as_tensor"):
        return "use `torch.stack` to combine tensors"
    return "keep the tensor: torch operators accept it as is"


RULE = Rule("tensor-to-python", "error", page(__doc__), _explain)
