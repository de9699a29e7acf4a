"""Skips debugging code during export.

A statement that prints, logs, counts, or stores something for debugging runs once, at export time. With the
guard, it runs as before in eager mode, and not at all during export.

## Before

```python
print(f"norm {x.norm().item():.2f}")
```

## After

```python
if not torch.compiler.is_exporting():
    print(f"norm {x.norm().item():.2f}")
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import DataDependent, Edit, Place, Range, StateChanged
from ...python.syntax.names import call_name, names_in
from ...python.syntax.precedence import Binds, operand
from ..edit.lines import put_under
from ..edit.module import Code, code_at, code_of
from ..rewrite import Problem, Proposal, Rewrite, page
from .cond import branch_of
from .speaking import speaks


def _find(problem: Problem) -> Iterator[Proposal]:
    if isinstance(problem.failure, DataDependent) and (edit := _branch_guarded(problem)):
        yield Proposal("Skip it during export", (edit,))
        return
    code = code_at(problem, problem.finding.place)
    statement = _statement_at(code, problem.finding.place.range) if code else None
    torch = code.torch if code else None
    if code is None or statement is None or torch is None or not _is_aside(problem, code, statement):
        return
    together = _neighbours(code, statement, problem)
    more = [s for s in _only_used_in(code, together) if s not in together]
    head = f"if not {torch}.compiler.is_exporting():"
    edits = [put_under(code, block, head) for block in (*([each] for each in more), together)]
    kept = tuple(edit for edit in edits if edit is not None)
    if len(kept) == len(edits):
        yield Proposal("Skip it during export", kept)


def _branch_guarded(problem: Problem) -> Edit | None:
    """`if x.isnan().any(): print(…)` asks in Python alone."""
    found = code_of(problem)
    branch = branch_of(*found) if found else None
    torch = found[0].torch if found else None
    if found is None or torch is None or not isinstance(branch, ast.If) or branch.orelse:
        return None
    if not all(map(speaks, branch.body)):
        return None
    code, test = found[0], branch.test
    asked = operand(code.text(test), Binds.AND)
    return code.replaced(test, f"not {torch}.compiler.is_exporting() and {asked}")


def _statement_at(code: Code, where: Range) -> ast.stmt | None:
    """The innermost statement around a place, be it in a string."""
    found: ast.stmt | None = None
    for node in ast.walk(code.tree):
        if isinstance(node, ast.stmt) and code.range(node).contains(where):
            found = node
    return found


def _is_aside(problem: Problem, code: Code, statement: ast.stmt) -> bool:
    """Whether the program computes the same without a statement: it only speaks, or keeps for itself."""
    if isinstance(problem.failure, StateChanged):
        grown = problem.failure.change == "grown" and isinstance(statement, ast.Expr)
        return grown or _keeps_the_time(code, statement)
    return speaks(statement) or _keeps_the_time(code, statement)


def _keeps_the_time(code: Code, statement: ast.stmt) -> bool:
    """`self.elapsed = time.time() - start`, where the class reads it nowhere."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    target, owner = statement.targets[0], code.class_of(statement)
    if not isinstance(target, ast.Attribute) or call_name(target.value) != "self" or owner is None:
        return False
    uses = [n for n in ast.walk(owner) if isinstance(n, ast.Attribute) and n.attr == target.attr]
    timed = any(
        call_name(n).startswith("time.") for n in ast.walk(statement.value) if isinstance(n, ast.Call)
    )
    return timed and not any(isinstance(use.ctx, ast.Load) for use in uses)


def _neighbours(code: Code, statement: ast.stmt, problem: Problem) -> list[ast.stmt]:
    """The statement with those directly around it that are findings of the same kind."""
    block = code.block_of(statement)
    places = {_line(f) for f in problem.facts.failures}
    at = block.index(statement)
    first = last = at
    while first > 0 and _joins(code, block[first - 1], places):
        first -= 1
    while last + 1 < len(block) and _joins(code, block[last + 1], places):
        last += 1
    return block[first : last + 1]


def _joins(code: Code, statement: ast.stmt, places: set[tuple[str, int] | None]) -> bool:
    here = (code.source.file, code.range(statement).start.line)
    return here in places and speaks(statement)


def _line(failure: object) -> tuple[str, int] | None:
    frame = getattr(failure, "frame", None)
    place: Place | None = frame.place if frame else None
    return (place.file, place.range.start.line) if place else None


def _only_used_in(code: Code, together: list[ast.stmt]) -> list[ast.stmt]:
    """`start = time.perf_counter()`, where only what is guarded reads `start`."""
    function = code.function_of(together[0])
    if function is None:
        return []
    used = {name for statement in together for name in names_in(statement)}
    elsewhere = {
        n.id
        for n in ast.walk(function)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and not _is_within(code, n, together)
    }
    return [
        s
        for s in ast.walk(function)
        if isinstance(s, ast.Assign)
        and len(s.targets) == 1
        and isinstance(s.targets[0], ast.Name)
        and s.targets[0].id in used - elsewhere
        and call_name(s.value).startswith("time.")
    ]


def _is_within(code: Code, node: ast.AST, statements: list[ast.stmt]) -> bool:
    return any(up in statements for up in code.ancestors(node))


_RULES = frozenset(
    {"traced-side-effect", "tensor-to-python", "lost-state", "graph-break", "data-dependent-guard"}
    | {"data-dependent-branch"}
)
REWRITE = Rewrite("exporting-guard", _RULES, page(__doc__), _find)
