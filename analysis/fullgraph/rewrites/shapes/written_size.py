"""Replaces a literal size with the dimension it stands for.

`x.view(4, 6, 2, 4)` was written with the example in mind: it is valid only for a batch of 4. With
`x.shape[0]`, it is valid for every batch.

## Before

```python
heads = x.view(4, 6, 2, 4)
```

## After

```python
heads = x.view(x.shape[0], x.shape[1], 2, 4)
```
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import product

from ...model import DimContradicted, Edit
from ...python.syntax.names import last_name
from ..edit.module import Code, code_of
from ..rewrite import Problem, Proposal, Rewrite, page

_SHAPING = frozenset({"view", "reshape", "expand", "repeat", "unflatten", "unfold", "broadcast_to", "arange"})
_SHAPING |= {"zeros", "ones", "full", "empty", "randn", "rand"}
_SHAPING |= {"new_zeros", "new_ones", "new_full", "new_empty"}
_MOST = 6


def _find(problem: Problem) -> Iterator[Proposal]:
    failure, found = problem.failure, code_of(problem)
    if not isinstance(failure, DimContradicted) or failure.kind != "specialized" or found is None:
        return
    code, node = found
    sizes = [fact for fact in _at_same_place(problem, failure) if _is_parameter(code, node, fact.source)]
    choices = [_numbers(node, fact.allowed) for fact in sizes]
    if not choices or not all(choices):
        return
    # Numbers stand in the order of the dimensions more often than not.
    for chosen in list(product(*choices))[:_MOST]:
        if len(set(chosen)) == len(chosen):
            edits = tuple(
                code.replaced(number, fact.source) for number, fact in zip(chosen, sizes, strict=True)
            )
            names = " and ".join(f"`{fact.source}`" for fact in sizes)
            yield Proposal(f"Replace the literal with {names}", _sorted(edits))


def _sorted(edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    return tuple(sorted(edits, key=lambda edit: edit.place))


def _at_same_place(problem: Problem, failure: DimContradicted) -> list[DimContradicted]:
    """The dimensions that one expression makes constant: mending one alone would leave the others."""
    facts = (f for f in problem.facts.failures if isinstance(f, DimContradicted))
    same = (f for f in facts if f.kind == "specialized" and f.frame and failure.frame)
    return [f for f in same if f.frame and failure.frame and f.frame.place == failure.frame.place]


def _is_parameter(code: Code, node: ast.expr, source: str) -> bool:
    """Whether `x.shape[0]` means the input here: `x` is forward's parameter, and not bound anew."""
    match = re.fullmatch(r"(\w+)\.shape\[\d+\]", source)
    function = code.function_of(node)
    if match is None or function is None or function.name != "forward":
        return False
    is_argument = any(argument.arg == match[1] for argument in function.args.args[1:])
    stores = (n for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return is_argument and not any(n.id == match[1] and n.lineno <= node.lineno for n in stores)


def _numbers(node: ast.expr, value: str) -> list[ast.expr]:
    """Where the number is written as a size, in the calls of an expression."""
    found: list[ast.expr] = []
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and last_name(call) in _SHAPING:
            packed = (a.elts if isinstance(a, (ast.Tuple, ast.List)) else [a] for a in call.args)
            found += [a for args in packed for a in args if _is_number(a, value)]
    return sorted(found, key=lambda n: (n.lineno, n.col_offset))


def _is_number(node: ast.expr, value: str) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and str(node.value) == value


_RULES = frozenset({"dim-specialized", "silent-specialization"})
REWRITE = Rewrite("written-size", _RULES, page(__doc__), _find)
