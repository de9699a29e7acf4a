"""Replaces a data-dependent `assert`, or an `if` that raises, with a run-time check.

`torch._assert_async` is for tensors, `torch._check` for numbers. Both are captured in the exported program,
and raise there as in eager mode, but a `RuntimeError`. The message is kept as far as it is known before the
program runs: where it shows a value, the expression stands in its place, and in the exported program a dynamic
size has the name of torch's symbol. A size that only a mask decides is counted in the mask,
because a check of the size itself would hold the program to what torch can prove of it.

## Before

```python
assert (lengths > 0).all(), "empty sequence"
if x[mask].shape[0] != rows.shape[0]:
    n = mask.sum()
    raise ValueError(f"{n} places for {rows.shape[0]} rows")
```

## After

```python
torch._assert_async((lengths > 0).all(), "empty sequence")
torch._assert_async(mask.sum() == rows.shape[0], f"`n` places for {rows.shape[0]} rows")
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import DataDependent, Edit, Position, Range
from ...python.binding.scopes import parameters
from ...python.syntax.assignments import assignments_to
from ...python.syntax.names import call_name, last_name, method_name, names_in
from ..edit.blocks import call, is_movable
from ..edit.lines import has_own_lines, indentation
from ..edit.module import Code, code_of
from ..rewrite import Problem, Proposal, Rewrite, page
from .conditions import Asked, Check
from .message import labels_of
from .raising import raising_of


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, DataDependent):
        return
    code, node = found
    torch = code.torch
    statement = code.statement_of(node)
    if torch is None or not isinstance(statement, (ast.Assert, ast.If)) or not has_own_lines(code, statement):
        return
    if node not in ast.walk(statement.test) or not is_movable(code, [statement]):
        return
    whole, labels = _whole_inputs(problem, code, node), labels_of(problem, code, node)
    asked = Asked(code, node, torch, problem.failure, whole, labels)
    for number, edits in _replaced(asked, statement, problem.target.strict):
        yield Proposal(f"Replace with {torch}.{'_check' if number else '_assert_async'}", edits, checks=True)


def _replaced(
    asked: Asked, statement: ast.Assert | ast.If, strict: bool
) -> Iterator[tuple[bool, tuple[Edit, ...]]]:
    """The edits of each form that the check may have, with whether it is one of numbers."""
    code = asked.code
    raising = raising_of(code, statement) if isinstance(statement, ast.If) else None
    if isinstance(statement, ast.Assert):
        check = asked.of_assert(statement)
    else:
        check = asked.of_raise(raising) if raising is not None else None
    for number in _forms(asked, check, statement.test) if check is not None else ():
        assert check is not None
        lines = _lines(check, asked.torch, indentation(code, statement), number, strict)
        where = code.range(statement)
        alone = code.edit(Range(Position(where.start.line, 0), where.end), "\n".join(lines))
        yield number, raising.edits(lines) if raising is not None else (alone,)


def _forms(asked: Asked, check: Check, test: ast.expr) -> tuple[bool, ...]:
    """Whether it is a check of numbers, the likelier first."""
    of_floats = any(symbol.is_float for symbol in asked.failure.symbols)
    if of_floats or any(each.counts for each in check.conditions):
        return (False,)
    # Of `lengths.max()`, where it was asked of `lengths.max().item()`.
    of_item = any(method_name(each) == "item" for each in ast.walk(test))
    return (True, False) if not of_item and _is_number(asked.code, asked.node) else (False, True)


def _lines(check: Check, torch: str, indent: str, number: bool, strict: bool) -> list[str]:
    lines = [f"{indent}{line}" for line in check.above]
    if check.guards:
        lines.append(f"{indent}if {' and '.join(check.guards)}:")
        indent += "\t" if indent.startswith("\t") else "    "
    said = _said(check, number, strict)
    for condition in check.conditions:
        name, asked = ("_check", condition.plain) if number else ("_assert_async", condition.tensor)
        lines += call(indent, f"{torch}.{name}", [asked, *said], "    ")
    return lines


def _said(check: Check, number: bool, strict: bool) -> list[str]:
    """The message as an argument. That of numbers is made when the check fails; Dynamo makes it at once."""
    if check.message is None:
        return []
    if number:
        return [f"lambda: {check.message.text() if strict else check.message.when_it_fails(check.gone)}"]
    return [check.message.text()]


def _whole_inputs(problem: Problem, code: Code, node: ast.expr) -> frozenset[str]:
    """The inputs that hold whole numbers, where it is the model's own function that asks."""
    function = code.function_of(node)
    if function is None or function.name != "forward":
        return frozenset()
    names = {name for name, _ in parameters(function.args)}
    return frozenset(i.name for i in problem.facts.inputs if i.name in names and i.dtype.startswith(_WHOLE))


_WHOLE = ("int", "uint", "bool")


def _is_number(code: Code, node: ast.expr) -> bool:
    """Whether what is asked looks like a Python number: `n > 3` with `n = x.item()`."""
    if _is_read(node) or any(_is_of_shape(each) for each in ast.walk(node)):
        return True
    function = code.function_of(node)
    given = (each for name in names_in(node) for each in assignments_to(name, [function] if function else []))
    return any(_is_read(each.value) for each in given)


def _is_of_shape(node: ast.AST) -> bool:
    """`x.item()`, `x.size(0)`, `x.shape[0]`."""
    sized = isinstance(node, ast.Subscript) and last_name(node.value) == "shape"
    return sized or method_name(node) in ("item", "size")


def _is_read(value: ast.expr) -> bool:
    """Whether a value begins with a number that Python reads: `int(x) + 1`, `x.item()`."""
    while isinstance(value, ast.BinOp | ast.Compare):
        value = value.left
    return method_name(value) in ("item", "tolist") or call_name(value) in ("int", "float", "len")


_RULES = frozenset(
    {"data-dependent-assert", "data-dependent-branch", "data-dependent-guard", "tensor-to-python"}
)
REWRITE = Rewrite("runtime-check", _RULES, page(__doc__), _find)
