"""Keeps a tensor instead of converting it to a Python number.

`float(t)`, `t.item()`, and `math.exp(t)` convert tensor data to a Python number, though torch operators accept
the tensor as is. Where an integer is needed, for a size or an index, `.item()` stays symbolic.

## Before

```python
scale = float(x.abs().max()) / 127
peak = max(x.abs().max().item(), 1e-6)
```

## After

```python
scale = x.abs().max() / 127
peak = x.abs().max().clamp(min=1e-6)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import DataDependent, Raised
from ...python.syntax.literals import is_number
from ...python.syntax.names import call_name
from ...python.syntax.precedence import owner
from ..edit.module import Code, as_python_counts, code_of
from ..edit.precision import as_compared
from ..rewrite import Problem, Proposal, Rewrite, page

_MATH = frozenset({"sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan", "tanh", "ceil", "floor"})
_LARGER = {"max": ("min", "maximum"), "min": ("max", "minimum")}
"""Python's function, the keyword of clamp that does the same with a number, torch's for two tensors."""


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, (DataDependent, Raised)):
        return
    code, node = found
    # A set of numbers has each of them once, and a set of tensors has all.
    parent = code.parents.get(node)
    if not isinstance(node, ast.Call) or (isinstance(parent, ast.Call) and call_name(parent) in _BY_VALUE):
        return
    for form in _forms(code, node):
        text = form if form.endswith(".item()") else as_compared(code, node, form)
        yield Proposal(_title(text), (code.replaced(node, text),))


_BY_VALUE = ("set", "frozenset", "hash", "Counter", "dict.fromkeys")


def _title(text: str) -> str:
    return f"Use `{text}`" if len(text) < 50 and "\n" not in text else "Keep the tensor"


def _forms(code: Code, call: ast.Call) -> Iterator[str]:
    name, torch = call_name(call.func), code.torch
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("item", "tolist") and not call.args:
        tensor = call.func.value
        counted = as_python_counts(code, tensor, code.text(tensor))
        yield from dict.fromkeys((counted, code.text(tensor)))
    elif call.keywords or any(isinstance(arg, ast.Starred) for arg in call.args):
        return
    elif name in _LARGER and len(call.args) == 2:
        yield from _extreme(code, call, name, torch)
    elif len(call.args) == 1:
        yield from _converted(code, call, name, torch)


def _converted(code: Code, call: ast.Call, name: str, torch: str | None) -> Iterator[str]:
    tensor = _tensor(call.args[0])
    text = code.text(tensor)
    if name == "float":
        yield f"{owner(text)}.double()" if code.dtypes_in(tensor) else text
    elif name == "int":
        yield from _whole(code, call, owner(text), torch)
    elif name == "len":
        yield f"{owner(text)}.shape[0]"
    elif name == "round" and torch:
        yield f"{torch}.round({text})"
    elif torch and name.startswith("math.") and name[5:] in _MATH:
        yield f"{torch}.{name[5:]}({text})"


def _whole(code: Code, call: ast.Call, text: str, torch: str | None) -> Iterator[str]:
    parent = code.parents.get(call)
    if isinstance(parent, ast.Subscript) and parent.slice is call:
        yield text
    # A loop that counts to a number needs it itself, symbolic or not.
    if not isinstance(parent, ast.Call) or call_name(parent) != "range":
        yield f"{text}.item()"
    if torch:
        yield f"{text}.to({torch}.int64)"
        # A float rounds towards zero as int(…) does, and the whole number can then be a size.
        yield f"{text}.to({torch}.int64).item()"


def _extreme(code: Code, call: ast.Call, name: str, torch: str | None) -> Iterator[str]:
    keyword, both = _LARGER[name]
    numbers = [arg for arg in call.args if is_number(arg)]
    tensors = [_tensor(arg) for arg in call.args if not is_number(arg)]
    if len(numbers) == 1:
        yield f"{owner(code.text(tensors[0]))}.clamp({keyword}={code.text(numbers[0])})"
    elif torch:
        yield f"{torch}.{both}({', '.join(code.text(tensor) for tensor in tensors)})"


def _tensor(node: ast.expr) -> ast.expr:
    """`t` of `t.item()`."""
    is_item = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "item"
    return node.func.value if is_item else node  # type: ignore[attr-defined]


# Python's round(…) raises on a tensor, which a number before it may have become.
_RULES = frozenset({"tensor-to-python", "data-dependent-branch", "data-dependent-guard", "target-error"})
REWRITE = Rewrite("keep-tensor", _RULES, page(__doc__), _find)
