"""Cuts to a multiple whatever the size is, at a length that the program computes.

Of `n // 3 * 3` torch asks whether it is `n`, and keeps the sizes of one answer. Of a number that is read from a
tensor it asks nothing.

## Before

```python
x = x[:, : n // 3 * 3]
return self.proj(x.reshape(b, -1, 3 * c))
```

## After

```python
x = x[:, : torch.tensor(n // 3).item() * 3]
return self.proj(x.reshape(b, -1, 3 * c))
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...model import Edit
from ...python.syntax.assignments import assigned_apart
from ...python.syntax.names import last_name, names_in
from ...python.syntax.precedence import Binds, operand
from ...python.syntax.statements import Function
from ..edit.lines import put_above
from ..edit.module import Code, code_at
from ..edit.naming import free_name, only_value
from ..lifting.functions import function_at
from ..rewrite import Problem, Proposal, Rewrite, page
from .asked import places
from .rounding import remainder


def _find(problem: Problem) -> Iterator[Proposal]:
    seen: list[Function] = []
    edits: list[Edit] = []
    for place, _ in places(problem):
        code = code_at(problem, place)
        function = function_at(code, place) if code is not None else None
        if code is not None and code.torch and function is not None and function not in seen:
            seen.append(function)
            edits += _edits(code, function, code.torch)
    if edits:
        yield Proposal("Cut to a multiple at every size", tuple(edits))


@dataclass(frozen=True)
class _Count:
    """How many times a multiple fits into a size: `text`, at `node`, which is `around` once it has a name."""

    node: ast.expr
    text: str
    around: str = "{}"
    named: bool = False


def _edits(code: Code, function: Function, torch: str) -> Iterator[Edit]:
    counts = list(dict.fromkeys(_counts(code, function)))
    for text in dict.fromkeys(each.text for each in counts):
        own = [each for each in counts if each.text == text]
        further = [] if any(each.named for each in own) else list(_further(code, function, text, own))
        read = f"{torch}.tensor({text}).item()"
        if len(own) + len(further) == 1 or any(each.named for each in own):
            yield from (code.edit(code.bracketed(each.node), each.around.format(read)) for each in own)
            continue
        name = free_name(code, function, "count", "whole")
        nodes = sorted((each.node for each in (*own, *further)), key=lambda each: each.lineno)
        first = code.statement_of(nodes[0])
        above = put_above(code, first, f"{name} = {read}") if isinstance(first, ast.stmt) else None
        if above is None or first not in function.body:
            continue
        yield above
        yield from (code.edit(code.bracketed(n.node), n.around.format(name)) for n in (*own, *further))


def _counts(code: Code, function: Function) -> Iterator[_Count]:
    """Those that something is cut at, by themselves or by a name."""
    lengths = list(_lengths(function))
    names = {name for each in lengths for name in names_in(each) if isinstance(each, ast.Name)}
    given = [p for n in ast.walk(function) if isinstance(n, ast.Assign) for p in assigned_apart(n)]
    for value in (*lengths, *(value for name, value in given if name in names)):
        found = _count(code, value)
        if found is not None:
            yield found


def _lengths(function: Function) -> Iterator[ast.expr]:
    """`n` of `x[:, :n]` and of `x.narrow(1, 0, n)`."""
    for node in ast.walk(function):
        if isinstance(node, ast.Slice) and node.upper is not None and node.lower is None:
            yield node.upper
        elif isinstance(node, ast.Call) and last_name(node) == "narrow" and node.args:
            yield node.args[-1]


def _count(code: Code, node: ast.expr) -> _Count | None:
    if not isinstance(node, ast.BinOp):
        return None
    if isinstance(node.op, ast.Sub):  # `n - n % 8`
        part = remainder(code, node.right)
        if part is None or part.size != code.flat(node.left):
            return None
        multiple = operand(part.multiple, Binds.SIGN)
        return _Count(node, f"{operand(part.size, Binds.SIGN)} // {multiple}", f"{{}} * {multiple}")
    if isinstance(node.op, ast.Mult):  # `n // 8 * 8`, `8 * (n // 8)`, and `count * 8`
        for count, by in ((node.left, node.right), (node.right, node.left)):
            value = only_value(code, count) if isinstance(count, ast.Name) else count
            if (
                isinstance(value, ast.BinOp)
                and isinstance(value.op, ast.FloorDiv)
                and code.flat(value.right) == code.flat(by)
            ):
                return _Count(value, code.flat(value), named=value is not count)
    return None


def _further(code: Code, function: Function, text: str, own: list[_Count]) -> Iterator[_Count]:
    """The same count at other places of the function, which is to stay the same."""
    inside = {id(n) for each in own for n in ast.walk(each.node)}
    for node in ast.walk(function):
        is_count = isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv)
        if is_count and id(node) not in inside and code.flat(node) == text:  # type: ignore[arg-type]
            yield _Count(node, text)  # type: ignore[arg-type]


_RULES = frozenset({"dim-range", "dim-relation", "dim-specialized", "silent-specialization"})
REWRITE = Rewrite("rounded-down", _RULES, page(__doc__), _find)
