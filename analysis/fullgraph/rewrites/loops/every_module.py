"""Runs every module of a list, where a loop runs those that the data asks for.

A mixture of experts looks up which experts have tokens, and runs these: which they are is not known at export
time. An expert without tokens is given no rows, and adds none, so that running all of them gives the same. Each
expert's rows are still the only ones that it computes.

## Before

```python
for expert in (mask.sum(dim=(-1, -2)) > 0).nonzero():
    place, token = torch.where(mask[expert].squeeze(0))
    out.index_add_(0, token, self.experts[expert](x[token]) * weights[token, place, None])
```

## After

```python
for expert in range(len(self.experts)):
    place, token = torch.where(mask[expert])
    out.index_add_(0, token, self.experts[expert](x[token]) * weights[token, place, None])
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import Edit
from ...python.binding.liveness import read_later
from ...python.binding.scopes import bound
from ...python.syntax.names import call_name, is_name, last_name, method_name, names_in
from ..edit.module import Code, code_of
from ..edit.naming import only_value
from ..rewrite import Problem, Proposal, Rewrite, page
from .rows.rules import ROW_RULES


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None:
        return
    code, node = found
    loop = next((up for up in (node, *code.ancestors(node)) if isinstance(up, ast.For)), None)
    edits = _edits(code, loop) if loop is not None else None
    if edits is not None:
        yield Proposal("Run every module, of which those without rows add nothing", edits)


def _edits(code: Code, loop: ast.For) -> tuple[Edit, ...] | None:
    found = _searched(code, loop.iter)
    if found is None or not isinstance(loop.target, ast.Name) or loop.orelse:
        return None
    name, known = loop.target.id, _made_of(code, found)
    modules = {ast.unparse(each.value) for each in _indexed(code, loop, name) if _is_of_modules(code, each)}
    uses = [n for each in loop.body for n in ast.walk(each) if is_name(n, name)]
    if len(modules) != 1 or read_later(code, loop, [name]) or not _adds_rows_alone(code, loop, name, known):
        return None
    if any(isinstance(up := code.parents.get(use), ast.Subscript) and up.value is use for use in uses):
        return None  # a row of several places
    edits = [code.replaced(loop.iter, f"range(len({modules.pop()}))")]
    for use in uses:
        replaced, text = _as_number(code, use, name)
        edits += [code.replaced(replaced, text)] if replaced is not use else []
    return tuple(edits)


def _searched(code: Code, over: ast.expr) -> ast.expr | None:
    """Of what, where a loop goes over the places at which something is not 0."""
    if isinstance(over, ast.Name):
        value = only_value(code, over)
        return None if value is None or isinstance(value, ast.Name) else _searched(code, value)
    if not isinstance(over, ast.Call) or over.keywords:
        return None
    owner = over.func.value if isinstance(over.func, ast.Attribute) else None
    if (
        owner is not None
        and method_name(over) in ("squeeze", "tolist")
        and not is_name(owner, code.torch or "")
    ):
        return _searched(code, owner)
    name, tensor = last_name(over), over.args[0] if over.args else owner
    searched = name in ("nonzero", "argwhere") and tensor is not None and _is_of_any(code, tensor)
    return tensor if searched else None


def _is_of_any(code: Code, asked: ast.expr) -> bool:
    """`n > 0`, `n != 0`, `torch.greater(n, 0)`, `mask.any(1)`, `n`: no places are left out that have some."""
    if isinstance(asked, ast.Name):
        value = only_value(code, asked)
        return value is None or isinstance(value, ast.Name) or _is_of_any(code, value)
    if isinstance(asked, ast.Compare):
        limit = {ast.Gt: 0, ast.NotEq: 0, ast.GtE: 1}.get(type(asked.ops[0]))
        return len(asked.ops) == 1 and _is_number(asked.comparators[0], limit)
    if isinstance(asked, ast.Call) and last_name(asked) in ("greater", "gt", "ne", "not_equal"):
        return bool(asked.args) and _is_number(asked.args[-1], 0)
    return isinstance(asked, ast.Call) and last_name(asked) in ("sum", "any", "bincount", "count_nonzero")


def _is_number(node: ast.expr, number: int | None) -> bool:
    return isinstance(node, ast.Constant) and node.value == number


def _made_of(code: Code, value: ast.expr, levels: int = 4) -> set[str]:
    """The names that a value is made of, and what those are made of."""
    found = set[str]()
    for name in (n for n in ast.walk(value) if isinstance(n, ast.Name)):
        found.add(name.id)
        given = only_value(code, name) if levels else None
        found |= _made_of(code, given, levels - 1) if given is not None else set()
    return found - {code.torch or "torch", "self", "F"}


def _as_number(code: Code, use: ast.expr, name: str) -> tuple[ast.expr, str]:
    """What stands for a number that had a tensor around it: `e` of `e.item()`, `mask[e]` of `mask[e].squeeze(0)`."""
    number = _number(code, use)
    cut = code.parents.get(number)
    rows = code.parents.get(cut) if isinstance(cut, ast.Subscript) and cut.slice is number else None
    if number is use and isinstance(rows, ast.Attribute) and rows.attr == "squeeze":
        squeezed = code.parents[rows]
        if isinstance(squeezed, ast.Call) and isinstance(cut, ast.Subscript):
            return squeezed, f"{code.flat(cut.value)}[{name}]"
    return number, name


def _number(code: Code, use: ast.expr) -> ast.expr:
    """What takes the number out of the name: `e.item()`, `int(e)`."""
    up = code.parents.get(use)
    whole = code.parents.get(up) if isinstance(up, ast.Attribute) and up.attr == "item" else up
    taken = isinstance(whole, ast.Call) and (method_name(whole) == "item" or call_name(whole) == "int")
    return whole if taken and isinstance(whole, ast.Call) else use


def _indexed(code: Code, loop: ast.For, name: str) -> Iterator[ast.Subscript]:
    for each in loop.body:
        for node in ast.walk(each):
            if is_name(node, name):
                up = code.parents.get(_number(code, node))
                if isinstance(up, ast.Subscript) and up.value is not node:
                    yield up


def _is_of_modules(code: Code, node: ast.Subscript) -> bool:
    """Whether what is picked is called: `self.experts[e](x)`, or by the name that it is given."""
    if not isinstance(node.value, ast.Attribute):
        return False
    up = code.parents.get(node)
    if isinstance(up, ast.Call) and up.func is node:
        return True
    names = [each.id for each in getattr(up, "targets", []) if isinstance(each, ast.Name)]
    function = code.function_of(node)
    calls = (n for n in ast.walk(function) if isinstance(n, ast.Call)) if function is not None else ()
    return any(is_name(call.func, name) for call in calls for name in names)


def _adds_rows_alone(code: Code, loop: ast.For, name: str, known: set[str]) -> bool:
    """Whether a round without rows leaves all as it was: what it writes, it writes at places of its mask.

    `known` are the names that tell which rounds have some.
    """
    places = set[str]()
    for statement in loop.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name | ast.Tuple):
            if _are_places(statement.value, name) and _made_of(code, statement.value) & known:
                places |= bound([statement])
            continue
        if not _is_at(statement, places):
            return False
    return not read_later(code, loop, sorted(bound(loop.body)))


def _are_places(value: ast.expr, name: str) -> bool:
    """`torch.where(mask[e])`, `(chosen == e).nonzero()`."""
    searched = last_name(value) in ("where", "nonzero", "argwhere")
    if isinstance(value, ast.Subscript):
        return _are_places(value.value, name)
    if method_name(value) in ("squeeze", "flatten", "view", "reshape"):
        return _are_places(value.func.value, name)  # type: ignore[attr-defined]
    alone = isinstance(value, ast.Call) and (len(value.args) < 2 or last_name(value) != "where")
    return searched and alone and name in names_in(value)


def _is_at(statement: ast.stmt, places: set[str]) -> bool:
    """`out.index_add_(0, token, …)`, `out[token] += …`."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        known = method_name(call) in ("index_add_", "index_copy_") and len(call.args) == 3
        return known and isinstance(call.args[1], ast.Name) and call.args[1].id in places
    target: ast.expr | None = statement.target if isinstance(statement, ast.AugAssign) else None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    if not isinstance(target, ast.Subscript):
        return False
    first = target.slice.elts[0] if isinstance(target.slice, ast.Tuple) else target.slice
    return isinstance(first, ast.Name) and first.id in places


REWRITE = Rewrite("every-module", ROW_RULES | {"data-dependent-guard"}, page(__doc__), _find)
