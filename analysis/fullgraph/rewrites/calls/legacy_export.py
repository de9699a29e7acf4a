"""Replaces `torch.jit.trace`, `torch.jit.script`, and symbolic tracing with `torch.export.export`.

The result is a different object, an `ExportedProgram`, so review the lines that use it: it is saved with
`torch.export.save`, and run as `program.module()(x)`.

## Before

```python
traced = torch.jit.trace(model, x)
```

## After

```python
traced = torch.export.export(model, (x,))
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import Edit, Range
from ...python.syntax.names import call_name
from ..edit.module import Code, code_of
from ..rewrite import Problem, Proposal, Rewrite, page

_TRACERS = ("jit.trace", "jit._trace.trace")


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None:
        return
    code, function = found
    call, torch = code.parents.get(function), code.torch
    if torch is None or not isinstance(call, ast.Call) or call.func is not function:
        return
    # Without inputs, as torch.jit.script is called, there is nothing to export with.
    if call_name(function) not in [f"{torch}.{name}" for name in _TRACERS] or len(call.args) != 2:
        return
    if edits := _edits(code, call, torch):
        yield Proposal("Replace with torch.export.export", edits)


def _edits(code: Code, call: ast.Call, torch: str) -> tuple[Edit, ...]:
    """The inputs of export are a tuple; trace takes a lone tensor too, and checks of its own."""
    if any(keyword.arg not in ("strict", "check_trace") for keyword in call.keywords):
        return ()
    inputs = code.range(call.args[1])
    end = code.range(call.keywords[-1]).end if call.keywords else inputs.end
    given = _tupled(call.args[1], code.text(call.args[1]))
    renamed = code.replaced(call.func, f"{torch}.export.export")
    return (renamed, code.edit(Range(inputs.start, end), given))


def _tupled(node: ast.expr, text: str) -> str:
    """A name may be that of a tensor or of a tuple; trace takes both, and most give it a tensor."""
    return text if isinstance(node, ast.Tuple) else f"({text},)"


REWRITE = Rewrite("legacy-export", frozenset({"legacy-export"}), page(__doc__), _find)
