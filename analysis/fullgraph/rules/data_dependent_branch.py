"""Control flow depends on tensor data.

An `if`, a `while`, a conditional expression, `and`/`or`/`not`, or a comprehension's filter needs a Python
bool. Export captures one program for all inputs, so it cannot follow a branch that depends on data.

## What to do

- `torch.where(condition, a, b)` when both branches are cheap and elementwise.
- `torch.cond(condition, true_fn, false_fn, (x,))` otherwise: both branches are captured, one runs.
  Both must return the same number of tensors, with matching dtypes and numbers of dimensions.
- `torch._assert_async(condition, message)` for an `if` that only raises, as for an `assert`.
- `torch.while_loop` for a `while`; a boolean mask (`x[mask]`) for a comprehension's filter.
- `torch.clamp`, `nan_to_num`, `masked_fill`: often there is a form without a branch.
- `torch._check(n > 0)` when you know which branch is taken, for a number returned by `.item()`.

## Before

```python
if x.isnan().any():
    x = torch.zeros_like(x)
```

## After

```python
x = torch.where(x.isnan().any(), torch.zeros_like(x), x)
```
"""

from __future__ import annotations

import ast

from ..model import DataDependent, Difference, Finding, Frame, Place
from ..text.messages import BRANCHES, RAISING
from . import sides
from .rule import Case, Rule, library, origins, page, quoted

_ELSEWHERE = ("the truth value of {}", "use `torch.cond` or `torch.where`")

_OF_TWO_SIDES = ("if", "ternary")

_BUILTINS: dict[str, str] = {
    "any": "use `torch.stack(…).any()`",
    "all": "use `torch.stack(…).all()`",
    "max": "use `torch.stack(…).amax(0)`",
    "min": "use `torch.stack(…).amin(0)`",
    "sorted": "use `torch.sort`",
    "filter": "index with a boolean mask: `x[mask]`",
}
"""Python's functions that convert their arguments to bool, and torch's form of each."""


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, DataDependent) or failure.frame is None or failure.asks != "bool":
        return None
    text, place = quoted(failure.frame.text), failure.frame.place
    if failure.frame.callee in _BUILTINS:
        hint = _of_two(failure.frame) or _BUILTINS[failure.frame.callee]
        message = f"the result of {text} depends on tensor data"
    elif failure.frame.callee is not None:
        return None
    else:
        what, hint = BRANCHES.get(_construct(failure.frame), _ELSEWHERE)
        message = f"{what.format(text)} is data-dependent: not known at export time"
    different = _differences(case, place)
    if different:
        message += f";\nthe branches differ: {', '.join(map(_difference, different))}"
    if failure.frame.construct in _OF_TWO_SIDES and not failure.frame.refuses:
        hint = sides.hint(different, hint)
    related = (*origins(failure.symbols, place), *library(failure.frame))
    return Finding("data-dependent-branch", "error", message, place, case.target.name, hint, related)


_OF_TWO = {"max": ("clamp(min={})", "maximum"), "min": ("clamp(max={})", "minimum")}


def _of_two(frame: Frame) -> str:
    """Torch's form of `max(x, 0.1)` and `max(x, y)`; "" of other calls."""
    try:
        call = ast.parse(frame.text.strip(), mode="eval").body
    except SyntaxError:  # the text of a frame may be cut
        return ""
    if frame.callee not in _OF_TWO or not isinstance(call, ast.Call) or len(call.args) != 2 or call.keywords:
        return ""
    with_number, of_tensors = _OF_TWO[frame.callee]
    numbers = [ast.unparse(each) for each in call.args if isinstance(each, ast.Constant)]
    if not numbers:  # `self.floor` may be either
        return (
            f"use `torch.{of_tensors}` of two tensors, `{with_number.format('…')}` of a tensor and a number"
        )
    return f"use `{with_number.format(numbers[0])}` of the tensor"


def _construct(frame: Frame) -> str:
    raises = frame.refuses and frame.construct == "if"
    return RAISING if raises else frame.construct or "return"


def _differences(case: Case, place: Place) -> tuple[Difference, ...]:
    """What decides which rewrite is possible: whether the two sides leave the same behind."""
    side = next((side for side in case.facts.sides if side.branch == place), None)
    return side.differences if side is not None and side.looked else ()


def _difference(difference: Difference) -> str:
    name = "the return value" if difference.name == "return" else f"`{difference.name}`"
    if not difference.if_true or not difference.if_false:
        return f"{name} is bound in only one"
    return f"{name} is {difference.if_true} if true and {difference.if_false} if false"


RULE = Rule("data-dependent-branch", "error", page(__doc__), _explain)
