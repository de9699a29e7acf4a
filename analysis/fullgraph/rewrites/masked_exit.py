"""Runs all rounds of a loop, and keeps what it had once its condition for leaving held.

For a loop over a fixed number of layers or steps that `break` leaves where the data says so. A further
round changes nothing then: each value is kept by torch.where. It costs the rounds that were left out.

## Before

```python
for layer in self.layers:
    x = layer(x)
    if (x.abs() < 1e-3).all():
        break
```

## After

```python
done = torch.tensor(False, device=x.device)
for layer in self.layers:
    x = torch.where(done, x, layer(x))
    done = done | (x.abs() < 1e-3).all()
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..model import Edit, Position, Range
from ..source import comments
from .carried import bound_before, used_after
from .code import Code, code_of
from .rewrite import Problem, Proposal, Rewrite, page
from .truth import is_boolean, tensor_of


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    code, asked = found
    leaving = code.statement_of(asked)
    loop = code.parents.get(leaving) if leaving is not None else None
    if not isinstance(leaving, ast.If) or not isinstance(loop, ast.For) or not _only_breaks(loop, leaving):
        return
    edits = _edits(code, loop, leaving, torch)
    if edits is not None:
        yield Proposal("Run all rounds, and keep what was found at the exit", edits)


def _only_breaks(loop: ast.For, leaving: ast.If) -> bool:
    breaks = len(leaving.body) == 1 and isinstance(leaving.body[0], ast.Break) and not leaving.orelse
    rest = [statement for statement in loop.body if statement is not leaving]
    simple = all(isinstance(statement, (ast.Assign, ast.AugAssign)) for statement in rest)
    return breaks and simple and not loop.orelse and leaving in loop.body


def _edits(code: Code, loop: ast.For, leaving: ast.If, torch: str) -> tuple[Edit, ...] | None:
    condition = tensor_of(code, leaving.test)
    before = bound_before(code, loop)
    done = code.free_name(loop, "done", "finished")
    kept: list[Edit] = []
    first = ""
    for statement in loop.body:
        if statement is leaving:
            continue
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target  # type: ignore[attr-defined]
        if not isinstance(target, ast.Name) or not code.has_own_lines(statement):
            return None
        if target.id not in before:
            if target.id in used_after(code, loop):
                return None
            continue
        first = first or target.id
        kept.append(_kept(code, statement, target.id, done, torch))
    if condition is None or not first or not code.has_own_lines(leaving):
        return None
    start = code.before(loop, f"{done} = {torch}.tensor(False, device={first}.device)")
    return (start, *kept, _noted(code, leaving, done, condition)) if start else None


def _kept(code: Code, statement: ast.stmt, name: str, done: str, torch: str) -> Edit:
    assert isinstance(statement, (ast.Assign, ast.AugAssign))
    value = code.text(statement.value)
    if isinstance(statement, ast.AugAssign):
        between = Range(code.range(statement.target).end, code.range(statement.value).start)
        sign = code.source.between(between).strip(" (").removesuffix("=")
        weak = not isinstance(
            statement.value, (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant)
        )
        value = f"{name} {sign} ({value})" if weak else f"{name} {sign} {value}"
    return code.replaced(statement, f"{name} = {torch}.where({done}, {name}, {value})")


def _noted(code: Code, leaving: ast.If, done: str, condition: str) -> Edit:
    """In place of the exit; its comments stand above."""
    where, indent = code.range(leaving), code.indent(leaving)
    inner = (c.text for c in comments(code.source) if where.start.line <= c.line < where.end.line)
    atom = is_boolean(leaving.test) and isinstance(leaving.test, (ast.Call, ast.Name))
    if not is_boolean(leaving.test):
        condition = f"({condition}).bool()"
    elif not atom:
        condition = f"({condition})"
    text = f"\n{indent}".join((*inner, f"{done} = {done} | {condition}"))
    return code.edit(Range(Position(where.start.line, len(indent)), where.end), text)


REWRITE = Rewrite("masked-exit", frozenset({"data-dependent-branch"}), page(__doc__), _find)
