"""Replaces a literal size with the dimension it stands for.

`x.view(4, 6, 2, 4)` was written with the example in mind: it is valid only for a batch of 4. With
`x.shape[0]`, it is valid for every batch. In a function that is given the tensor, all that it shapes is written
with the sizes of what it was given, which have names above.

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
from typing import TypeGuard

from ...model import DimContradicted, Edit
from ...python.syntax.names import last_name, names_in
from ..edit.lines import put_above
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
    yield from _named(code, node, _at_same_place(problem, failure))
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


def _named(code: Code, node: ast.expr, facts: list[DimContradicted]) -> Iterator[Proposal]:
    """The sizes of what a helper is given have names above, and stand in all that it shapes.

    Which dimension of that tensor an input's is, is guessed: the same. It is seen where the sizes differ.
    """
    function, statement, tensor = code.function_of(node), code.statement_of(node), _shaped(node)
    facts = sorted(facts, key=lambda fact: _index(fact.source))
    indices = [_index(fact.source) for fact in facts]
    names = [f"size_{index}" for index in indices]
    if function is None or statement is None or statement not in function.body or -1 in indices:
        return
    if not isinstance(tensor, ast.Name):
        return
    stored = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == tensor.id and _is_store(n)]
    early = any(n.lineno < statement.lineno for n in stored)
    is_own = any(argument.arg == tensor.id for argument in function.args.args)
    if early or not is_own or len(set(names)) < len(names) or names_in(function) & set(names):
        return
    by_value: dict[str, list[str]] = {}
    for name, fact in zip(names, facts, strict=True):
        by_value.setdefault(fact.allowed, []).append(name)
    edits = _in_order(code, function, by_value)
    if not edits or function.name == "forward":
        return
    sizes = ", ".join(f"{tensor.id}.shape[{index}]" for index in indices)
    above = put_above(code, statement, f"{', '.join(names)} = {sizes}")
    if above is not None:
        yield Proposal("Take the sizes from the tensor", _sorted((above, *edits)), guesses=True)


def _in_order(code: Code, function: ast.AST, by_value: dict[str, list[str]]) -> tuple[Edit, ...]:
    """The names in the place of the numbers, in their order; nothing where a call has more or fewer of them."""
    edits: list[Edit] = []
    for call in ast.walk(function):
        if not isinstance(call, ast.Call) or last_name(call) not in _SHAPING:
            continue
        for value, names in by_value.items():
            numbers = [n for arg in call.args for n in ast.walk(arg) if _is_number(n, value)]
            if len(numbers) != len(names):
                return ()
            numbers.sort(key=lambda n: (n.lineno, n.col_offset))
            edits += [code.replaced(n, name) for n, name in zip(numbers, names, strict=True)]
    return tuple(edits)


def _shaped(node: ast.expr) -> ast.expr | None:
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return node.func.value if is_method and last_name(node) in ("view", "reshape") else None  # type: ignore[attr-defined]


def _index(source: str) -> int:
    match = re.fullmatch(r"\w+\.shape\[(\d+)\]", source)
    return int(match[1]) if match else -1


def _is_store(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)


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


def _is_number(node: ast.AST, value: str) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and type(node.value) is int and str(node.value) == value


_RULES = frozenset({"dim-specialized", "silent-specialization"})
REWRITE = Rewrite("written-size", _RULES, page(__doc__), _find)
