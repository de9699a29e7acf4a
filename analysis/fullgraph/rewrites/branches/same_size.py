"""Resizes without asking whether the size is another one: to resize to the same size changes nothing.

Of the question torch keeps one answer, and with it the sizes for which it is true.

## Before

```python
if y.shape[-2:] != x.shape[-2:]:
    y = F.interpolate(y, size=x.shape[-2:], mode="bilinear")
```

## After

```python
y = F.interpolate(y, size=x.shape[-2:], mode="bilinear")
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...python.binding.liveness import is_shared_and_written
from ...python.syntax.assignments import assigned
from ...python.syntax.names import last_name
from ..edit.blocks import in_place_of
from ..edit.module import Code, code_of
from ..rewrite import Problem, Proposal, Rewrite, page
from .cond import branch_of


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None:
        return
    code, node = found
    branch = branch_of(code, node)
    if isinstance(branch, ast.IfExp):
        sides = (branch.orelse, branch.body) if _says_same(branch.test) else (branch.body, branch.orelse)
        if _resizes(code, branch.test, code.flat(sides[1]), sides[0]):
            yield Proposal(_TITLE, (code.replaced(branch, code.text(sides[0])),))
    elif isinstance(branch, ast.If) and not branch.orelse and len(branch.body) == 1:
        yield from _of_statement(code, branch)


_TITLE = "Resize whatever the size is"


def _of_statement(code: Code, branch: ast.If) -> Iterator[Proposal]:
    name, value = assigned(branch.body[0]) or ("", None)
    if value is None or _says_same(branch.test) or not _resizes(code, branch.test, name, value):
        return
    if is_shared_and_written(code, branch, [(name, value), (name, ast.Name(name, ast.Load()))]):
        return
    if (edit := in_place_of(code, branch, branch.body)) is not None:
        yield Proposal(_TITLE, (edit,))


def _says_same(test: ast.expr) -> bool:
    """Whether a test holds where the sizes are the same: `y.shape == x.shape`, and not `!=`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return not _says_same(test.operand)
    if isinstance(test, ast.BoolOp):
        return isinstance(test.op, ast.And)
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq)


def _resizes(code: Code, test: ast.expr, name: str, value: ast.expr) -> bool:
    """Whether a value is the named tensor resized to the size that it has where the test finds no difference."""
    if not isinstance(value, ast.Call) or last_name(value) not in ("interpolate", "upsample"):
        return False
    given = {each.arg: each.value for each in value.keywords}
    tensor = value.args[0] if value.args else given.get("input")
    size = value.args[1] if len(value.args) > 1 else given.get("size")
    if tensor is None or size is None or code.flat(tensor) != name or "scale_factor" in given:
        return False
    pairs = _pairs(code, test, name)
    return bool(pairs) and _settles(code, pairs, size)


def _pairs(code: Code, test: ast.expr, name: str) -> dict[str, ast.expr]:
    """What parts of the tensor's shape are compared with: by `[-2:]`, `[2]`, or "" for all of it."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
    sign = ast.Eq if _says_same(test) else ast.NotEq
    found: dict[str, ast.expr] = {}
    for each in test.values if isinstance(test, ast.BoolOp) else [test]:
        if not isinstance(each, ast.Compare) or len(each.ops) != 1 or not isinstance(each.ops[0], sign):
            return {}
        own, other = each.left, each.comparators[0]
        part = _part_of(code, own, name)
        if part is None:
            own, other = other, own
            part = _part_of(code, own, name)
        if part is None:
            return {}
        found[part] = other
    return found


def _part_of(code: Code, node: ast.expr, name: str = "") -> str | None:
    """`[-2:]` of `y.shape[-2:]` and `y.size()[-2:]`, `[2]` of `y.size(2)`, "" of the whole shape; None of all else."""
    text = code.flat(node)
    for shape in (f"{name}.shape", f"{name}.size()"):
        if text == shape:
            return ""
        if (
            text.startswith(f"{shape}[")
            and isinstance(node, ast.Subscript)
            and code.flat(node.value) == shape
        ):
            return text.removeprefix(shape)
    sized = text.removeprefix(f"{name}.size(").removesuffix(")")
    return f"[{sized}]" if text == f"{name}.size({sized})" and sized.lstrip("-").isdigit() else None


_WHOLE = (("[-2:]",), ("[2:]",), ("[2:4]",), ("[-1:]",), ("[-3:]",))
_EACH = (
    ("[-2]", "[-1]"),
    ("[2]", "[3]"),
    ("[-1]",),
    ("[2]",),
    ("[2]", "[3]", "[4]"),
    ("[-3]", "[-2]", "[-1]"),
)


def _settles(code: Code, pairs: dict[str, ast.expr], size: ast.expr) -> bool:
    """Whether the size that is given is the one compared with, in each dimension that is resized."""
    text = code.flat(size)
    if tuple(pairs) == ("",):  # the whole shape of another tensor, and a part of that
        shape = code.flat(pairs[""])
        parts = [text.removeprefix(shape)] if text.startswith(f"{shape}[") else _elements(code, size, shape)
        return tuple(parts) in (*_WHOLE, *_EACH)
    if tuple(pairs) in _WHOLE:
        return text in {code.flat(other) for other in pairs.values()}
    elements = size.elts if isinstance(size, (ast.Tuple, ast.List)) else [size]
    given = [code.flat(each) for each in elements]
    return tuple(pairs) in _EACH and given == [code.flat(other) for other in pairs.values()]


def _elements(code: Code, size: ast.expr, shape: str) -> list[str]:
    """`[2]` and `[3]` of `(x.shape[2], x.shape[3])`."""
    elements = size.elts if isinstance(size, (ast.Tuple, ast.List)) else []
    owner = shape.removesuffix(".shape").removesuffix(".size()")
    return [_part_of(code, each, owner) or "" for each in elements]


_RULES = frozenset({"dim-relation", "dim-range", "dim-specialized", "silent-specialization"})
_RULES |= {"data-dependent-guard", "data-dependent-branch"}
REWRITE = Rewrite("same-size", _RULES, page(__doc__), _find)
