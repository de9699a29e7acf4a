"""Replaces a literal size with the dimension it stands for.

`x.view(4, 6, 2, 4)` was written with the example in mind: it is valid only for a batch of 4. With
`x.shape[0]`, it is valid for every batch. In a function that is given the tensor, all that it shapes is written
with the sizes of what it was given, which have names above. Of literals that a size was split into, as 4 and 64 in
`x.view(b, 4, 64, d)`, one becomes the quotient, or -1 where the size has no name.

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
from math import prod
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
    yield from _inferred(code, node, failure)
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


def _inferred(code: Code, node: ast.expr, fact: DimContradicted) -> Iterator[Proposal]:
    """The quotient for one of the literals that a size was split into: `x.reshape(b, 4, 64, d)`, where it is 256.

    What else the function shapes by the same literals, or by the size itself, goes with it. Where the size has no
    name it is -1, which torch does not work out of a tensor without rows.
    """
    function, size = code.function_of(node), fact.allowed
    if function is None or not size.isdigit():
        return
    named = _is_parameter(code, node, fact.source) and not _is_bound(function, fact.source.partition(".")[0])
    runs = [run for call in ast.walk(node) if (run := _split(call, int(size), named))]
    values = [_value(number) for number in runs[0]] if runs else []
    for index, value in enumerate(values):
        part = f"{fact.source} // {prod(values) // value}" if named else "-1"
        edits = []
        for call in ast.walk(function):
            run = _split(call, int(size), named)
            if run and [_value(each) for each in run] == values:
                edits.append(code.replaced(run[index], part))
            elif whole := _whole(call, size, named):
                edits.append(code.replaced(whole, fact.source if named else "-1"))
        yield Proposal(f"Write `{part}` for the literal {value}", _sorted(tuple(edits)))


def _value(number: ast.Constant) -> int:
    return int(str(number.value))


def _is_bound(function: ast.AST, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name and _is_store(n) for n in ast.walk(function))


def _split(call: ast.AST, size: int, named: bool) -> list[ast.Constant]:
    """Neighbouring literals of a `view` or `reshape` whose product is a size."""
    parts = _parts(call, named)
    for first in range(len(parts)):
        for end in range(first + 2, len(parts) + 1):
            run = [
                n
                for n in parts[first:end]
                if isinstance(n, ast.Constant) and type(n.value) is int and n.value > 1
            ]
            if len(run) == end - first and prod(map(_value, run)) == size:
                return run
    return []


def _whole(call: ast.AST, size: str, named: bool) -> ast.expr | None:
    """The one literal of a `view` or `reshape` that is a size itself."""
    found = [part for part in _parts(call, named) if _is_number(part, size)]
    return found[0] if len(found) == 1 else None


def _parts(call: ast.AST, named: bool) -> list[ast.expr]:
    if not isinstance(call, ast.Call) or last_name(call) not in ("view", "reshape") or call.keywords:
        return []
    packed = call.args[0] if len(call.args) == 1 else None
    parts = packed.elts if isinstance(packed, (ast.Tuple, ast.List)) else call.args
    if any(isinstance(part, ast.Starred) or (isinstance(part, ast.UnaryOp) and not named) for part in parts):
        return []  # a second -1 beside one that is there
    return [*parts]


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
