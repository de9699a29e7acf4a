"""A tensor's value leaves the graph: `int(…)`, `float(…)`, `.item()`, `.tolist()`, `.numpy()`.

Export runs the program on tensors without data, so there is no number to give to Python and no array to
give to numpy. `.item()` by itself is fine where the number stays symbolic (a size, an argument of an
operator); it fails where Python needs to know it.

## What to do

Stay with tensors: `x.max()` instead of `float(x.max())`, torch's function instead of numpy's. Leave out
`int(…)` around `.item()`: the result is an integer already.

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
_RAISED = (
    ".numpy() is not supported for",
    "Cannot access data pointer",
    "Cannot access data from FakeTensor",
    "its data is not allocated yet",
    "unsupported format string passed to Sym",
)


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if isinstance(failure, Raised) and any(words in failure.message for words in _RAISED):
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
    message = f"{what} takes a tensor's value out of the graph, and while torch exports there is none"
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


def _hint(frame: Frame | None) -> str:
    callee = (frame.callee or "") if frame else ""
    if frame is not None and _formats(frame):
        return "leave the format out while torch exports: `if not torch.compiler.is_exporting():`"
    if callee == "int" and frame is not None and ".item()" in frame.text:
        return "leave out int(…): .item() of an integer tensor is an integer; convert with .to(torch.int64) before it"
    if callee == "int":
        return (
            "for a size or an index, .item() of an integer tensor stays symbolic; else stay with the tensor"
        )
    if callee.endswith("numpy") or callee.startswith(("np.", "numpy.")):
        return "use torch's function instead of numpy's"
    if callee.endswith("deepcopy"):
        return "x.clone() copies a tensor; copy a module where the model is built"
    if callee in ("torch.tensor", "torch.as_tensor"):
        return "torch.stack makes one tensor of several"
    return "stay with the tensor: torch's operators take it as it is"


RULE = Rule("tensor-to-python", "error", page(__doc__), _explain)
