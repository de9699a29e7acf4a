"""Gives a tensor's quantization its scale and zero point as the tensors that they are.

`torch.quantize_per_tensor` and `torch.fake_quantize_per_tensor_affine` take both as numbers or both as tensors.
Numbers need the data, and one tensor beside one number is neither.

## Before

```python
q = torch.quantize_per_tensor(x, float(self.scale), int(self.zero_point), torch.quint8)
```

## After

```python
q = torch.quantize_per_tensor(x, self.scale, self.zero_point, torch.quint8)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import DataDependent, Edit, Raised
from ...python.syntax.literals import is_number
from ...python.syntax.names import call_name, dotted_name, last_name
from ...python.syntax.precedence import owner
from ..edit.module import Code, code_of
from ..rewrite import Problem, Proposal, Rewrite, page

_QUANTIZING = ("quantize_per_tensor", "fake_quantize_per_tensor_affine")
_PLACES = {"scale": 1, "zero_point": 2}
_SOFT = "fake_quantize_per_tensor_affine"


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, (DataDependent, Raised)):
        return
    code, node = found
    call = _quantization(code, node)
    given = [_given(code, call, name) for name in _PLACES] if call is not None else []
    if call is None or code.torch is None or None in given:
        return
    edits = [edit for value in given if value is not None and (edit := _kept(code, call, value))]
    # Both are one tensor, or a name that both conversions stand behind: one edit each is sure.
    if len(edits) == len(_PLACES) and len({edit.place for edit in edits}) == len(edits):
        yield Proposal("Keep the scale and the zero point", tuple(sorted(edits, key=lambda e: e.place)))


def _quantization(code: Code, node: ast.expr) -> ast.Call | None:
    """The call that a finding is about: its place itself, or what a number that is made there is given to."""
    for call in ast.walk(code.scope_of(node)):
        if isinstance(call, ast.Call) and last_name(call) in _QUANTIZING:
            values = [value for name in _PLACES if (value := _given(code, call, name)) is not None]
            if call is node or any(value is node for value in values):
                return call
    return None


def _given(code: Code, call: ast.Call, name: str) -> ast.expr | None:
    """What makes the number that is given: the argument, or what its name is bound to once, above."""
    if any(isinstance(arg, ast.Starred) for arg in call.args):
        return None
    place = _PLACES[name]
    by_name = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    value = call.args[place] if place < len(call.args) else by_name
    return _bound(code, call, value.id) if isinstance(value, ast.Name) else value


def _bound(code: Code, call: ast.Call, name: str) -> ast.expr | None:
    scope = code.scope_of(call)
    stores = [n for n in ast.walk(scope) if isinstance(n, ast.Name) and n.id == name]
    written = [n for n in stores if not isinstance(n.ctx, ast.Load)]
    statement = code.parents.get(written[0]) if len(written) == 1 else None
    if (
        not isinstance(statement, ast.Assign)
        or statement.targets != written
        or statement.lineno > call.lineno
    ):
        return None
    return statement.value


def _kept(code: Code, call: ast.Call, value: ast.expr) -> Edit | None:
    """The tensor of `float(t)`, `int(t)` and `t.item()` in its place; for a zero point that is written, one."""
    soft = last_name(call) == _SOFT
    if is_number(value):
        # The softer kernel reads the zero point where the tensor is, which one that is written does not say.
        is_fit = not soft and _is_zero_point(code, call, value)
        return code.replaced(value, f"{code.torch}.tensor({code.text(value)})") if is_fit else None
    tensor = _tensor(value)
    if tensor is None:
        return None
    text = code.flat(tensor)
    if not soft or not _is_zero_point(code, call, value):
        return code.replaced(value, text)
    # A zero point out of the range raises where it is a number alone, and data may be anything. The kernel
    # reads 32 bits.
    is_state = dotted_name(tensor).startswith("self.")
    return code.replaced(value, f"{owner(text)}.to({code.torch}.int32)") if is_state else None


def _is_zero_point(code: Code, call: ast.Call, value: ast.expr) -> bool:
    return _given(code, call, "zero_point") is value


def _tensor(value: ast.expr) -> ast.expr | None:
    if not isinstance(value, ast.Call) or value.keywords:
        return None
    if isinstance(value.func, ast.Attribute) and value.func.attr == "item" and not value.args:
        return value.func.value
    if call_name(value.func) in ("float", "int") and len(value.args) == 1:
        return _tensor(value.args[0]) or value.args[0]
    return None


# A number that stays symbolic is asked for as a concrete one at the call.
_RULES = frozenset({"tensor-to-python", "data-dependent-guard"})
REWRITE = Rewrite("quantized", _RULES, page(__doc__), _find)
