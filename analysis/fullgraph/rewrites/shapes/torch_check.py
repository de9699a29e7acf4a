"""Constrains an unbacked symbol with `torch._check`.

torch has to decide an expression over the symbol, and relies on what is checked. The exported program checks
it at run time, and so does the model in eager mode: both raise if it does not hold. Use this for what always
holds; a branch that can go both ways is better written as `torch.cond`.

## Before

```python
kept = x[mask]
return self.norm(kept)    # a BatchNorm1d: is there one row, or are there more?
```

## After

```python
kept = x[mask]
torch._check(kept.shape[0] > 1)
return self.norm(kept)
```
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...model import DataDependent, Edit, Symbol
from ...python.syntax.assignments import assigned_name
from ...python.syntax.names import method_name
from ...python.syntax.operators import OPPOSITES
from ...python.syntax.precedence import Binds, operand
from ...text.source import parse_expression
from ..branches.truth import is_boolean
from ..edit.lines import put_above, put_below
from ..edit.module import Code, code_at
from ..edit.naming import free_name
from ..rewrite import Problem, Proposal, Rewrite, page


def _find(problem: Problem) -> Iterator[Proposal]:
    failure = problem.failure
    if not isinstance(failure, DataDependent) or failure.asks != "bool" or len(failure.symbols) != 1:
        return
    symbol = failure.symbols[0]
    if symbol.is_float:
        return
    code = code_at(problem, symbol.made_at)
    torch = code.torch if code else None
    made = code.expression_at(symbol.made_at.range) if code and symbol.made_at else None
    if code is None or torch is None or made is None or not _counts(made):
        return
    for condition in filter(_is_python, _conditions(problem, failure)):
        for edits in _said(code, made, symbol, condition, torch):
            yield Proposal(f"Constrain `{symbol.made_by}` with {torch}._check", edits)


def _counts(made: ast.expr) -> bool:
    """Whether what made the symbol is a number, or a tensor with a size: no truth, and no list of numbers."""
    if method_name(made) == "item":
        assert isinstance(made, ast.Call)
        assert isinstance(made.func, ast.Attribute)
        return not is_boolean(made.func.value)
    return not is_boolean(made) and method_name(made) not in ("tolist", "allclose", "equal")


def _is_python(condition: str) -> bool:
    """Whether a condition can be written as it is: `Abs(u0)` and `Mod(u0, 2)` are words of the trace."""
    tree = parse_expression(condition)
    return isinstance(tree, ast.Expression) and not any(isinstance(node, ast.Call) for node in ast.walk(tree))


def _conditions(problem: Problem, failure: DataDependent) -> Iterator[str]:
    """What was not taken is not so; where the side is not known, either may hold."""
    place = failure.frame.place if failure.frame else None
    side = next((side for side in problem.facts.sides if side.branch == place), None)
    taken = failure.taken if side is None else str(not side.value)
    asked = re.sub(r"^\(?\d+\*(\w+)\)? == 0$", r"\1 == 0", failure.expression)
    # Most guards ask whether a size is one of the odd ones, 0 or 1, and one often comes with the other.
    odd = re.fullmatch(r"(\w+) == [01]", asked)
    negative = [_negated(asked), f"{odd[1]} > 1" if odd else None]
    order = [asked] if taken == "True" else [*negative, None if taken else asked]
    yield from (text for text in order if text)


def _negated(expression: str) -> str | None:
    tree = parse_expression(expression)
    node = tree.body if isinstance(tree, ast.Expression) else None
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or type(node.ops[0]) not in OPPOSITES:
        return None
    left, right = (operand(ast.unparse(each), Binds.BIT_OR) for each in (node.left, node.comparators[0]))
    return f"{left} {OPPOSITES[type(node.ops[0])]} {right}"


def _said(
    code: Code, made: ast.expr, symbol: Symbol, condition: str, torch: str
) -> Iterator[tuple[Edit, ...]]:
    statement = code.statement_of(made)
    if statement is None:
        return
    is_number = symbol.made_by.endswith(".item()") or symbol.made_by.startswith("int(")
    name = assigned_name(statement) if isinstance(statement, ast.Assign) else ""
    if name and _is_made_by(statement, made, is_number):
        size = symbol.held if symbol.held.startswith(f"{name}.shape[") else f"{name}.shape[0]"
        text = _in_words(condition, symbol.name, name if is_number else size)
        edit = put_below(code, statement, f"{torch}._check({text})")
        if edit is not None:
            yield (edit,)
    elif is_number and not _is_of_comprehension(code, made):
        yield from _taken_out(code, made, statement, symbol, condition, torch)


def _is_of_comprehension(code: Code, made: ast.expr) -> bool:
    """Whether an expression may read names that no line above its statement has."""
    own = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
    return any(isinstance(up, own) for up in code.ancestors(made))


def _taken_out(
    code: Code, made: ast.expr, statement: ast.stmt, symbol: Symbol, condition: str, torch: str
) -> Iterator[tuple[Edit, ...]]:
    """The number gets a name on a line of its own, for the check to speak of."""
    name = free_name(code, made, "count", "number")
    check = f"{torch}._check({_in_words(condition, symbol.name, name)})"
    above = put_above(code, statement, f"{name} = {code.flat(made)}", check)
    simple = (ast.Assign, ast.AugAssign, ast.Return, ast.Expr, ast.If)
    if above is not None and isinstance(statement, simple):
        yield (above, code.replaced(made, name))


def _is_made_by(statement: ast.stmt, made: ast.expr, is_number: bool) -> bool:
    """Whether the statement's name holds the number, or a tensor with the size: `nonzero(…).squeeze(1)`."""
    assert isinstance(statement, ast.Assign)
    value: ast.expr = statement.value
    if is_number:
        return value is made
    while value is not made and isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        value = value.func.value
    return value is made


def _in_words(condition: str, symbol: str, name: str) -> str:
    return re.sub(rf"\b{re.escape(symbol)}\b", name, condition)


_RULES = frozenset({"data-dependent-guard", "data-dependent-branch"})
REWRITE = Rewrite("torch-check", _RULES, page(__doc__), _find)
