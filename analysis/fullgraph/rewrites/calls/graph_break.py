"""Removes the cause of a graph break, or exports in the mode that does not use Dynamo.

A call to `torch._dynamo.graph_break()` is removed, and so is a decorator that hides a function from Dynamo.
For most other graph breaks, the fix is non-strict mode: `strict=False` runs the model's Python code instead of
tracing its bytecode, and has been the default of torch.export since 2.8.

## Before

```python
# fullgraph: args=(torch.randn(2, 8),), strict=True
```

## After

```python
# fullgraph: args=(torch.randn(2, 8),)
```
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...model import Edit, GraphBreak, Place, Position, Range, Target
from ...python.syntax.names import call_name, last_name
from ..edit.lines import take_out
from ..edit.module import Code, code_at, code_of
from ..rewrite import Problem, Proposal, Rewrite, page

_BREAKING = "GB0025"  # Call to `torch._dynamo.graph_break()`
_KEEPING_OUT = frozenset({"torch._dynamo.disable", "torch.compiler.disable"})


def _find(problem: Problem) -> Iterator[Proposal]:
    if not isinstance(problem.failure, GraphBreak):
        return
    if problem.failure.code == _BREAKING:
        yield from _call_left_out(problem)
    yield from _decorator_left_out(problem)
    if problem.target.strict and (edit := _not_strict(problem)):
        yield Proposal("Export with strict=False", (edit,))


def _call_left_out(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    statement = found[0].statement_of(found[1]) if found else None
    if found and isinstance(statement, ast.Expr) and (edit := take_out(found[0], statement)):
        yield Proposal("Remove the graph break", (edit,))


def _decorator_left_out(problem: Problem) -> Iterator[Proposal]:
    """The decorator that keeps Dynamo out of the function that is called at the finding."""
    found = code_of(problem)
    if found is None or not isinstance(found[1], ast.Call):
        return
    code, name = found[0], last_name(found[1])
    for function in ast.walk(code.tree):
        if isinstance(function, ast.FunctionDef) and function.name == name:
            for decorator in function.decorator_list:
                if call_name(decorator) in _KEEPING_OUT and (edit := _line_of(code, decorator)):
                    yield Proposal(f"Remove the decorator that hides `{name}` from Dynamo", (edit,))


def _line_of(code: Code, decorator: ast.expr) -> Edit | None:
    where = code.range(decorator)
    if where.start.line != where.end.line or code.source.lines[where.end.line][where.end.character :].strip():
        return None
    return code.edit(Range(Position(where.start.line, 0), Position(where.start.line + 1, 0)), "")


def _not_strict(problem: Problem) -> Edit | None:
    """`strict=True` where the target is said; the spec, the inputs or the model stand beside it."""
    target = problem.target
    place = _said_at(target)
    code = code_at(problem, place)
    if place is None or code is None:
        return None
    if target.origin != "comment":
        return _not_strict_in_call(code, place)
    for line in range(place.range.start.line, target.place.range.start.line + 1):
        text = code.source.lines[line]
        if match := re.search(r",\s*strict\s*=\s*True", text):
            where = Range(Position(line, match.start()), Position(line, match.end()))
            return Edit(Place(place.file, where), "")
    return None


def _not_strict_in_call(code: Code, place: Place) -> Edit | None:
    """`strict=True` of the call that is handed what stands at a place."""
    calls = [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Call)
        and code.range(node).contains(place.range)
        and any(code.range(argument).contains(place.range) for argument in _handed(node))
    ]
    inner = min(calls, key=lambda node: len(code.text(node)), default=None)
    strict = next((k.value for k in inner.keywords if k.arg == "strict"), None) if inner is not None else None
    is_true = isinstance(strict, ast.Constant) and strict.value is True
    return code.replaced(strict, "False") if strict is not None and is_true else None


def _handed(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _said_at(target: Target) -> Place | None:
    said = (target.args, target.kwargs, target.dynamic_shapes)
    return next((each.place for each in said if each is not None), None)


REWRITE = Rewrite("graph-break", frozenset({"graph-break"}), page(__doc__), _find)
