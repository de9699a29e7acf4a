"""Replaces a function's NumPy calls with their torch equivalents.

`.numpy()` needs tensor data, which does not exist at export time. If every NumPy function that the function
calls has an equivalent in torch, the equivalents are called instead, and the conversions are removed.

## Before

```python
log = np.log(np.maximum(power.numpy(), 1e-10))
return torch.from_numpy(log)
```

## After

```python
log = torch.log(torch.clamp(power, min=1e-10))
return log
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import Edit, Raised, Range
from ...python.binding.imports import imported_as
from ...python.syntax.literals import is_number
from ...python.syntax.names import call_name, method_name
from ..edit.module import Code, code_of
from ..edit.naming import unneeded_import
from ..rewrite import Problem, Proposal, Rewrite, page

SAME = frozenset(
    {"abs", "exp", "log", "log2", "log10", "log1p", "sqrt", "sin", "cos", "tan", "tanh", "sign", "floor"}
    | {"ceil", "where", "stack", "mean", "sum", "prod", "argmax", "argmin", "cumsum", "matmul"}
    | {"isnan", "isinf", "square", "logical_and", "logical_or", "logical_not", "zeros_like"}
    | {"ones_like", "outer", "pi", "inf", "nan", "float32", "float64", "float16", "int32", "int64", "uint8"}
    | {"diff", "argsort", "isfinite", "arctan2", "hypot"}
)
RENAMED = {
    "clip": "clamp",
    "concatenate": "cat",
    "absolute": "abs",
    "max": "amax",
    "min": "amin",
    "amax": "amax",
    "amin": "amin",
    "power": "pow",
    "dot": "matmul",
    "bool_": "bool",
    "expand_dims": "unsqueeze",
}
_LIMITS = {"maximum": "min", "minimum": "max"}
_BACK = frozenset({"from_numpy", "as_tensor", "tensor"})


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, Raised):
        return
    code, node = found
    function, torch = code.function_of(node), code.torch
    if function is None or torch is None:
        return
    edits = _Translation(code, torch, imported_as(code.tree, "numpy")).of(function)
    if edits:
        yield Proposal("Use torch instead of NumPy", edits)


class _Translation:
    """The edits of one function, or None as soon as something has no like in torch."""

    def __init__(self, code: Code, torch: str, numpy: str | None) -> None:
        self._code = code
        self._torch = torch
        self._numpy = numpy

    def of(self, function: ast.AST) -> tuple[Edit, ...] | None:
        edits: list[Edit] = []
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and self._is_conversion(node):
                edits += self._unwrapped(node)
            elif isinstance(node, ast.Call) and method_name(node) == "numpy":
                edits.append(self._cut(node))
            elif isinstance(node, ast.Call) and method_name(node) == "astype" and len(node.args) == 1:
                edits.append(self._renamed(node.func, "to"))
            elif isinstance(node, ast.Attribute) and self._is_numpy(node):
                more = self._function(node)
                if more is None:
                    return None
                edits += more
        gone = sum(isinstance(n, ast.Name) and n.id == self._numpy for n in ast.walk(function))
        unneeded = unneeded_import(self._code, self._numpy, gone) if self._numpy and edits else None
        return tuple(sorted([*edits, *([unneeded] if unneeded else [])], key=lambda edit: edit.place))

    def _is_numpy(self, node: ast.Attribute) -> bool:
        return bool(self._numpy) and isinstance(node.value, ast.Name) and node.value.id == self._numpy

    def _is_conversion(self, call: ast.Call) -> bool:
        name = call_name(call.func)
        from_torch = name in {f"{self._torch}.{back}" for back in _BACK}
        return from_torch and len(call.args) == 1 and not call.keywords and not _is_literal(call.args[0])

    def _unwrapped(self, call: ast.Call) -> list[Edit]:
        whole, inner = self._code.range(call), self._code.range(call.args[0])
        left, right = self._code.brackets(call, self._code.text(call.args[0]))
        return [
            self._code.edit(Range(whole.start, inner.start), left),
            self._code.edit(Range(inner.end, whole.end), right),
        ]

    def _cut(self, call: ast.Call) -> Edit:
        """Takes `.detach().cpu().numpy()` off; `detach` changes what is trained, so it stays alone."""
        assert isinstance(call.func, ast.Attribute)
        tensor = call.func.value
        while (
            method_name(tensor) == "cpu"
            and isinstance(tensor, ast.Call)
            and isinstance(tensor.func, ast.Attribute)
        ):
            tensor = tensor.func.value
        return self._code.edit(Range(self._code.bracketed(tensor).end, self._code.range(call).end), "")

    def _renamed(self, function: ast.expr, name: str) -> Edit:
        assert isinstance(function, ast.Attribute)
        base = self._code.bracketed(function.value).end
        return self._code.edit(Range(base, self._code.range(function).end), f".{name}")

    def _function(self, node: ast.Attribute) -> list[Edit] | None:
        call, name = self._code.parents.get(node), node.attr
        if not isinstance(call, ast.Call) or call.func is not node:
            return [self._code.replaced(node, f"{self._torch}.{name}")] if name in SAME else None
        if name in _LIMITS:
            return self._limit(node, call)
        if name not in SAME and name not in RENAMED:
            return None
        keywords = self._keywords(call)
        new = self._code.replaced(node, f"{self._torch}.{RENAMED.get(name, name)}")
        return None if keywords is None else [new, *keywords]

    def _limit(self, node: ast.Attribute, call: ast.Call) -> list[Edit] | None:
        """`np.maximum(a, 1e-10)`: torch's maximum takes tensors alone."""
        if len(call.args) != 2 or call.keywords:
            return None
        number = call.args[1]
        if not is_number(number):
            return [self._code.replaced(node, f"{self._torch}.{node.attr}")]
        where = self._code.range(number)
        at_start = Range(where.start, where.start)
        return [
            self._code.replaced(node, f"{self._torch}.clamp"),
            self._code.edit(at_start, f"{_LIMITS[node.attr]}="),
        ]

    def _keywords(self, call: ast.Call) -> list[Edit] | None:
        """`axis=1` is `dim=1`, `keepdims` is `keepdim`; others are not known here."""
        edits = []
        for keyword in call.keywords:
            new = {"axis": "dim", "keepdims": "keepdim"}.get(keyword.arg or "")
            if new is None:
                return None
            edits.append(self._code.replaced(keyword, f"{new}={self._code.text(keyword.value)}"))
        return edits


def _is_literal(node: ast.expr) -> bool:
    """`torch.tensor([1, 2])` makes a tensor; `torch.tensor(array)` converts one."""
    return isinstance(node, (ast.List, ast.Tuple, ast.Constant, ast.ListComp))


REWRITE = Rewrite("numpy-to-torch", frozenset({"tensor-to-python"}), page(__doc__), _find)
