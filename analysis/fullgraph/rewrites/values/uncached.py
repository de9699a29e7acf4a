"""Computes what a function gives without its cache.

`functools.lru_cache` looks its arguments up in a dict. A dynamic size has no hash, because it is no single
number; and a tensor that was traced must not be found again outside of the trace.

## Before

```python
@functools.lru_cache
def positions(n):
    return torch.arange(n)
```

## After

```python
def positions(n):
    return torch.arange(n)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import Edit, Position, Raised, Range
from ...python.syntax.names import last_name
from ..edit.module import Code, code_of
from ..edit.naming import unneeded_import
from ..rewrite import Problem, Proposal, Rewrite, page
from .memoized import in_place

_CACHES = ("lru_cache", "cache")


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    failure = problem.failure
    if found is None or not isinstance(failure, Raised) or failure.said("SymInt hashed") is None:
        return
    code, call = found
    if remembered := in_place(code, call):
        yield Proposal("Compute the value without the dict", remembered)
    if not isinstance(call, ast.Call):
        return
    name = last_name(call)
    edits = tuple(_without_cache(code, name))
    if edits:
        yield Proposal(f"Compute `{name}` without a cache", edits)
    elif isinstance(call.func, ast.Name):  # another file has it
        yield Proposal(f"Call `{name}` without its cache", (code.replaced(call.func, f"{name}.__wrapped__"),))


def _without_cache(code: Code, name: str) -> Iterator[Edit]:
    for node in ast.walk(code.tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if last_name(called) in _CACHES and (edit := _line_of(code, decorator)) is not None:
                    yield from _unneeded(code, called)
                    yield edit
        elif isinstance(node, ast.Assign) and [last_name(target) for target in node.targets] == [name]:
            inner = _cached(node.value)
            if inner is not None and isinstance(node.value, ast.Call):
                yield code.replaced(node.value, code.text(inner))


def _cached(value: ast.expr) -> ast.expr | None:
    """`f` of `lru_cache(f)` and `lru_cache(maxsize=8)(f)`."""
    if not isinstance(value, ast.Call) or len(value.args) != 1:
        return None
    maker = value.func.func if isinstance(value.func, ast.Call) else value.func
    return value.args[0] if last_name(maker) in _CACHES else None


def _unneeded(code: Code, called: ast.expr) -> Iterator[Edit]:
    owner = called.value if isinstance(called, ast.Attribute) else called
    edit = unneeded_import(code, owner.id, 1) if isinstance(owner, ast.Name) else None
    if edit is not None:
        yield edit


def _line_of(code: Code, decorator: ast.expr) -> Edit | None:
    """The line of a decorator, where it has one to itself."""
    where = code.range(decorator)
    behind = code.source.lines[where.end.line][where.end.character :].strip()
    if behind and not behind.startswith("#"):
        return None
    return code.edit(Range(Position(where.start.line, 0), Position(where.end.line + 1, 0)), "")


REWRITE = Rewrite("uncached", frozenset({"export-error"}), page(__doc__), _find)
