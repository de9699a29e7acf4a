"""Stacks what a Python list holds, where a tensor chooses from it.

A list needs a Python int, which is in the data. A stacked tensor takes the index as it is. Of modules, all are
computed and their results stacked: for a few small experts; for large ones `torch.cond` computes one alone.

## Before

```python
style = self.styles[speaker]
y = self.experts[choice](x)
scale = [1.0, 2.0, 4.0][level.item()]
```

## After

```python
style = torch.stack(list(self.styles))[speaker]
y = torch.stack([each(x) for each in self.experts])[choice]
scale = torch.tensor([1.0, 2.0, 4.0])[level]
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import DataDependent, Raised
from ...python.syntax.assignments import assignments
from ...python.syntax.literals import is_number
from ...python.syntax.names import dotted_name, is_name, last_name
from ...python.syntax.precedence import Binds, operand, owner
from ..edit.module import Code, code_of
from ..edit.naming import free_name, only_value
from ..edit.single_call import given_to, single_call, without_name
from ..rewrite import Problem, Proposal, Rewrite, page
from .tensor_index import indexed, scalar_text

_OF_MODULES = ("ModuleList", "Sequential")


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, (DataDependent, Raised)):
        return
    code, node, torch = found[0], indexed(*found), found[0].torch
    if node is None or torch is None or not isinstance(node.ctx, ast.Load):
        return
    index = scalar_text(code, node.slice)
    if index is None:
        return
    for place, text in _stacked(code, node, torch):
        title = (
            "Stack the results of all modules, and choose from them"
            if place is not node
            else "Stack the list"
        )
        further = without_name(code, node, place) if isinstance(place, ast.Call) else ()
        if further is None:
            continue
        # A tensor of one element gives a list one item, and a tensor one more dimension.
        for chosen in dict.fromkeys((index, f"{index}.item()")):
            yield Proposal(title, (*further, code.replaced(place, f"{text}[{chosen}]")))


def _stacked(code: Code, node: ast.Subscript, torch: str) -> Iterator[tuple[ast.expr, str]]:
    """What to choose from, in place of the subscript or of a call of what it gives."""
    made = _made(code, node.value)
    if made is None or last_name(made) in _OF_MODULES:
        call = single_call(code, node)
        if call is not None:
            yield call, f"{torch}.stack({_all_called(code, node, call)})"
            return
    whole = owner(code.flat(node.value))
    literal = isinstance(node.value, (ast.List, ast.Tuple))
    if isinstance(made, ast.Dict):
        if _counts_from_zero(made):
            values = (
                ", ".join(map(code.flat, made.values)) if made is node.value else f"list({whole}.values())"
            )
            yield node, f"{torch}.stack({f'[{values}]' if made is node.value else values})"
    elif isinstance(made, (ast.List, ast.Tuple)) and made.elts and all(map(is_number, made.elts)):
        yield node, f"{torch}.tensor({whole})"
    elif isinstance(made, (ast.List, ast.Tuple, ast.ListComp)):
        yield node, f"{torch}.stack({whole})"
    elif made is None or last_name(made) in ("ParameterList", "BufferList") or is_name(made, "list"):
        yield node, f"{torch}.stack({whole if literal else f'list({whole})'})"


def _made(code: Code, value: ast.expr) -> ast.expr | None:
    """What a list was made as: of an attribute of self, in `__init__`."""
    if isinstance(value, ast.Name):
        return only_value(code, value) or ast.Name("list", ast.Load())
    if not isinstance(value, ast.Attribute):
        return value
    name, own = dotted_name(value), code.class_of(value)
    for there in (own, code.tree) if name.startswith("self.") else ():  # a base class may have made it
        given = (
            [v for s in ast.walk(there) for target, v in assignments(s) if dotted_name(target) == name]
            if there
            else []
        )
        if given:
            return given[0] if len(given) == 1 else None
    return None


def _counts_from_zero(node: ast.Dict) -> bool:
    """`{0: a, 1: b}`."""
    keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
    return bool(keys) and keys == list(range(len(keys)))


def _all_called(code: Code, node: ast.Subscript, call: ast.Call) -> str:
    each = free_name(code, node, "each", "module")
    return f"[{each}({', '.join(given_to(code, call))}) for {each} in {operand(code.flat(node.value), Binds.OR)}]"


_RULES = frozenset({"data-dependent-guard", "tensor-to-python", "export-error"})
REWRITE = Rewrite("list-index", _RULES, page(__doc__), _find)
