"""Gives an interpolation its output size, in place of a scale factor that is made of sizes.

A scale factor is a float, and a float made of a size is a constant in the exported program: torch adds a guard
on the sizes of which it is true (`h / side == 1.25`), and the program rejects all others. Where the factor is
a quotient, the output size is known without a float.

## Before

```python
grid = F.interpolate(grid, scale_factor=(h / side, w / side), mode="bicubic")
```

## After

```python
grid = F.interpolate(grid, size=(h, w), mode="bicubic")
```
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from ...model import Edit
from ...python.syntax.names import call_name, last_name
from ...python.syntax.precedence import Binds, binds, operand, owner
from ..edit.lines import take_out
from ..edit.module import Code, code_of
from ..rewrite import Problem, Proposal, Rewrite, page

_FUNCTIONS = frozenset({"interpolate", "upsample"})
_MODULES = frozenset({"Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"})
_POSITIONS = {"input": 0, "size": 1, "scale_factor": 2}


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None:
        return
    code, node = found
    around = (_resizing(call) for call in (node, *code.ancestors(node)))
    resizing = next((each for each in around if each is not None), None) or _given(code, node)
    if resizing is not None:
        yield from _proposals(code, *resizing)


def _given(code: Code, node: ast.expr) -> tuple[ast.Call, ast.expr] | None:
    """The call whose scale factor is a name for what the node is a part of."""
    function = code.function_of(node)
    calls = (_resizing(each) for each in ast.walk(function)) if function else ()
    return next((each for each in calls if each and _is_part(code, node, each[0])), None)


def _is_part(code: Code, node: ast.expr, call: ast.Call) -> bool:
    factor = _argument(call, "scale_factor")
    whole = _meant(code, factor) if factor is not None else None
    parts = whole.elts if isinstance(whole, (ast.Tuple, ast.List)) else [whole] if whole else []
    return any(node in ast.walk(_meant(code, each)) for each in parts)


def _resizing(node: ast.AST) -> tuple[ast.Call, ast.expr] | None:
    """The call that is given a scale factor, and the tensor that is resized."""
    if not isinstance(node, ast.Call):
        return None
    if last_name(node) in _FUNCTIONS:
        tensor = _argument(node, "input")
        return (node, tensor) if tensor is not None else None
    if isinstance(node.func, ast.Call) and last_name(node.func) in _MODULES and node.args:
        return node.func, node.args[0]
    return None


def _argument(call: ast.Call, name: str) -> ast.expr | None:
    known = next((each.value for each in call.keywords if each.arg == name), None)
    place = _POSITIONS[name] - (last_name(call) in _MODULES)
    positional = call.args[place] if 0 <= place < len(call.args) else None
    return known if known is not None else positional


def _proposals(code: Code, call: ast.Call, tensor: ast.expr) -> Iterator[Proposal]:
    factor = _argument(call, "scale_factor")
    if factor is None or any(isinstance(each, ast.Starred) for each in call.args):
        return
    seen: set[str] = set()
    for way in (_numerator, _scaled):
        size = _size(code, _meant(code, factor), tensor, way)
        if size is not None and size not in seen:
            seen.add(size)
            edits = (*_without_names(code, factor), _edit(code, call, size))
            yield Proposal(f"Pass `size={size}`", tuple(sorted(edits, key=lambda edit: edit.place)))


def _size(code: Code, factor: ast.expr, tensor: ast.expr, way: Callable[..., str | None]) -> str | None:
    if not isinstance(factor, (ast.Tuple, ast.List)):
        return None if way is _scaled else way(code, factor, tensor, -1)
    count = len(factor.elts)
    parts = [way(code, _meant(code, each), tensor, n - count) for n, each in enumerate(factor.elts)]
    whole = [part for part in parts if part is not None]
    return f"({', '.join(whole)}{',' if count == 1 else ''})" if len(whole) == count else None


def _numerator(code: Code, factor: ast.expr, tensor: ast.expr, dim: int) -> str | None:
    """`h` of `h / side`: the size itself, where what is resized has the size that it is divided by."""
    quotient = _quotient(factor)
    return _scaled(code, factor, tensor, dim) if quotient is None else code.flat(quotient[0])


def _scaled(code: Code, factor: ast.expr, tensor: ast.expr, dim: int) -> str | None:
    """`grid.shape[-2] * h // side`: what a factor comes to, whatever the size is."""
    own = f"{owner(code.flat(tensor))}.shape[{dim}]"
    if (quotient := _quotient(factor)) is not None:
        above, below = (operand(code.flat(each)) for each in quotient)
        return f"{own} * {above} // {below}"
    if isinstance(factor, ast.Constant) and isinstance(factor.value, (int, float)):
        whole = float(factor.value).is_integer()
        return (own if factor.value == 1 else f"{own} * {int(factor.value)}") if whole else None
    return None


def _quotient(factor: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """`h` and `side` of `h / side`, `float(h) / side` and `float(h / side)`."""
    factor = _unwrapped(factor)
    if not isinstance(factor, ast.BinOp) or not isinstance(factor.op, ast.Div):
        return None
    above, below = _unwrapped(factor.left), _unwrapped(factor.right)
    return (above, below) if binds(below) >= Binds.NUMBER else None


def _unwrapped(node: ast.expr) -> ast.expr:
    is_float = isinstance(node, ast.Call) and call_name(node) == "float" and len(node.args) == 1
    return node.args[0] if is_float else node  # type: ignore[attr-defined]


def _meant(code: Code, node: ast.expr) -> ast.expr:
    """What a name was given, where its function gives it something once."""
    assignment = _assignment(code, node)
    return assignment.value if assignment is not None else node


def _assignment(code: Code, node: ast.expr) -> ast.Assign | None:
    """The only one that gives a name something, where there is but one."""
    if not isinstance(node, ast.Name):
        return None
    stores = [each for each in _uses(code, node) if isinstance(each.ctx, ast.Store)]
    parent = code.parents.get(stores[0]) if len(stores) == 1 else None
    return parent if isinstance(parent, ast.Assign) and parent.targets == stores else None


def _uses(code: Code, name: ast.Name) -> list[ast.Name]:
    function = code.function_of(name)
    nodes = ast.walk(function) if function else ()
    return [each for each in nodes if isinstance(each, ast.Name) and each.id == name.id]


def _without_names(code: Code, factor: ast.expr) -> Iterator[Edit]:
    """Takes out what gives a factor its name, where nothing else reads that: a float there would stay a constant."""
    for name in [factor, *(factor.elts if isinstance(factor, (ast.Tuple, ast.List)) else ())]:
        assignment = _assignment(code, name)
        if isinstance(name, ast.Name) and assignment is not None and len(_uses(code, name)) == 2:
            edit = take_out(code, assignment)
            if edit is not None:
                yield edit


def _edit(code: Code, call: ast.Call, size: str) -> Edit:
    """With `size` in place of the factor, and without what is for a factor alone."""
    out = {"scale_factor", "recompute_scale_factor", "size"}
    first = _POSITIONS["size"] - (last_name(call) in _MODULES)
    kept = [code.text(each) for each in call.args[:first]]
    later = [f"mode={code.text(each)}" for each in call.args[first + 2 : first + 3]]
    named = [code.text(each) for each in call.keywords if each.arg not in out]
    inputs = [text for text in named if text.startswith("input=")]
    others = [text for text in named if not text.startswith("input=")]
    arguments = ", ".join((*kept, *inputs, f"size={size}", *later, *others))
    return code.replaced(call, f"{code.text(call.func)}({arguments})")


_RULES = frozenset({"silent-specialization", "dim-specialized", "dim-range", "dim-relation"})
REWRITE = Rewrite("output-size", _RULES, page(__doc__), _find)
