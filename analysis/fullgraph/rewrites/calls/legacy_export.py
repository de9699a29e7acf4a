"""Replaces `torch.jit.trace`, `torch.jit.script`, and symbolic tracing with `torch.export.export`.

The result is a different object, an `ExportedProgram`. A result that is saved or called in the same expression
(`torch.jit.trace(model, x).save(path)`) is rewritten with it. Review all other lines that use it: it is saved with
`torch.export.save`, loaded with `torch.export.load`, and run as `program.module()(x)`.

## Before

```python
torch.jit.trace(model, x).save("model.pt2")
```

## After

```python
torch.export.save(torch.export.export(model, (x,)), "model.pt2")
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
    edits, use = _edits(code, call, torch), _use(code, call, torch)
    if edits and use is not None:
        yield Proposal("Replace with torch.export.export", (*edits, *use))


def _edits(code: Code, call: ast.Call, torch: str) -> tuple[Edit, ...]:
    """The inputs of export are a tuple; trace takes a lone tensor too, and checks of its own."""
    if any(keyword.arg not in ("strict", "check_trace") for keyword in call.keywords):
        return ()
    inputs = code.range(call.args[1])
    end = code.range(call.keywords[-1]).end if call.keywords else inputs.end
    given = _tupled(call.args[1], code.text(call.args[1]))
    renamed = code.replaced(call.func, f"{torch}.export.export")
    return (renamed, code.edit(Range(inputs.start, end), given))


def _use(code: Code, call: ast.Call, torch: str) -> tuple[Edit, ...] | None:
    """What the expression around the call has to become; None where it has no use for an ExportedProgram."""
    parent = code.parents.get(call)
    match parent:
        case ast.Attribute(attr="save"):
            return _saved(code, call, parent, torch)
        case ast.Attribute():
            return None
        case ast.Call(func=called) if called is call:
            return (code.edit(_behind(code, call), ".module()"),)
        case ast.Call(func=called) if call_name(called).startswith(f"{torch}.jit."):
            saves = call_name(called) == f"{torch}.jit.save" and not parent.keywords
            return (code.replaced(called, f"{torch}.export.save"),) if saves else None
    return ()


def _saved(code: Code, call: ast.Call, method: ast.Attribute, torch: str) -> tuple[Edit, ...] | None:
    """`torch.export.save(…, path)` of `….save(path)`."""
    match code.parents.get(method):
        case ast.Call(func=called, args=[path], keywords=[]) if called is method:
            between = Range(code.range(call).end, code.range(path).start)
            if "#" not in code.source.between(between):
                start = code.range(call).start
                return (code.edit(Range(start, start), f"{torch}.export.save("), code.edit(between, ", "))
    return None


def _behind(code: Code, call: ast.Call) -> Range:
    end = code.range(call).end
    return Range(end, end)


def _tupled(node: ast.expr, text: str) -> str:
    """A name may be that of a tensor or of a tuple; trace takes both, and most give it a tensor."""
    return text if isinstance(node, ast.Tuple) else f"({text},)"


REWRITE = Rewrite("legacy-export", frozenset({"legacy-export"}), page(__doc__), _find)
