"""Uses torch's functions on symbolic numbers, so that a size stays symbolic.

`math.sqrt`, `int`, and `float` need a concrete number, and so specialize a dynamic size in non-strict export.
torch has a form of each that keeps the symbolic expression.

## Before

```python
scale = 1 / math.sqrt(x.shape[1])
```

## After

```python
scale = 1 / torch.sym_sqrt(x.shape[1])
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import DataDependent, DimContradicted, Edit, Raised, SizePinned
from ...python.binding.imports import imported_as
from ...python.syntax.names import call_name, names_in
from ...python.syntax.precedence import Binds, binds, owner
from ..edit.module import Code, code_of
from ..edit.naming import unneeded_import
from ..rewrite import Problem, Proposal, Rewrite, page
from .spec_auto import left_to_torch

_INSTEAD = {
    "math.sqrt": "sym_sqrt",
    "int": "sym_int",
    "float": "sym_float",
    "min": "sym_min",
    "max": "sym_max",
    "sum": "sym_sum",
}
_TWO = frozenset({"min", "max"})
_NUMBERS = (DimContradicted, SizePinned, DataDependent, Raised)


def _find(problem: Problem) -> Iterator[Proposal]:
    proposals = (*_in_code(problem), *_lengths(problem))
    yield from proposals
    # A half, a third: a Dim has no word for what a slice by it needs, and torch can find it by itself.
    if proposals and problem.finding.rule == "dim-range" and (spec := left_to_torch(problem)):
        first = proposals[0]
        yield Proposal(f"{first.title}, and mark the dynamic dimensions Dim.AUTO", (*first.edits, *spec))


def _in_code(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, _NUMBERS):
        return
    code, node = found
    torch = code.torch
    if torch is None or not _is_of_sizes(problem):
        return
    for call in _calls(code, node):
        name = _name(code, call)
        if name == "len" and len(call.args) == 1 and not call.keywords:
            size = f"{owner(code.text(call.args[0]))}.shape[0]"
            yield Proposal(f"Use `{code.flat(call.args[0])}.shape[0]`", (code.replaced(call, size),))
        if name == "int" and (whole := _divided(code, call)) is not None:
            yield Proposal("Use integer division, which stays symbolic", (code.replaced(call, whole),))
        if (edits := _edits(code, call, name, torch)) is not None:
            yield Proposal(f"Use {torch}.{_INSTEAD[name]}, which stays symbolic", edits)


def _lengths(problem: Problem) -> Iterator[Proposal]:
    """`len(x)` gives a plain number, and where that is used with a dynamic size the size is constant too."""
    failure, found = problem.failure, code_of(problem)
    if not isinstance(failure, DimContradicted) or failure.kind != "specialized" or found is None:
        return
    code, function = found[0], found[0].function_of(found[1])
    calls = [n for n in ast.walk(function) if isinstance(n, ast.Call)] if function else []
    lengths = [c for c in calls if call_name(c.func) == "len" and [type(a) for a in c.args] == [ast.Name]]
    edits = tuple(code.replaced(c, f"{code.text(c.args[0])}.shape[0]") for c in lengths if not c.keywords)
    if edits:
        names = " and ".join(dict.fromkeys(f"`{edit.new_text}`" for edit in edits))
        yield Proposal(f"Use {names}", edits)


def _is_of_sizes(problem: Problem) -> bool:
    """Whether what is asked for is a number that came of sizes, and not of a tensor's data."""
    failure = problem.failure
    return isinstance(failure, (DimContradicted, SizePinned)) or (
        isinstance(failure, DataDependent)
        and all(symbol.torch_name.startswith(("u", "s")) for symbol in failure.symbols)
    )


def _calls(code: Code, node: ast.expr) -> Iterator[ast.Call]:
    """The calls that may be meant: the expression itself, those in it, and those around it."""
    around = [up for up in code.ancestors(node) if isinstance(up, ast.expr)]
    for each in (node, *(n for n in ast.walk(node) if n is not node), *around):
        if isinstance(each, ast.Call) and (_name(code, each) in _INSTEAD or _name(code, each) == "len"):
            yield each
    function = code.function_of(node)
    # A slice is where `min(n, 512)`, some lines above, is decided.
    names = names_in(node)
    for statement in ast.walk(function) if function else ():
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            targets = {t.id for t in statement.targets if isinstance(t, ast.Name)}
            if targets & names and _name(code, statement.value) in _TWO:
                yield statement.value


def _name(code: Code, call: ast.Call) -> str:
    name = call_name(call.func)
    alias = imported_as(code.tree, "math")
    return f"math.{name.partition('.')[2]}" if alias and name.startswith(f"{alias}.") else name


def _edits(code: Code, call: ast.Call, name: str, torch: str) -> tuple[Edit, ...] | None:
    if name not in _INSTEAD or call.keywords or any(isinstance(a, ast.Starred) for a in call.args):
        return None
    if len(call.args) != (2 if name in _TWO else 1):
        return None
    alias = call_name(call.func).partition(".")[0]
    unneeded = unneeded_import(code, alias, 1) if name.startswith("math.") else None
    edit = code.replaced(call.func, f"{torch}.{_INSTEAD[name]}")
    return (unneeded, edit) if unneeded else (edit,)


def _divided(code: Code, call: ast.Call) -> str | None:
    """`n // 2` of `int(n / 2)` and of `int(n * 0.5)`."""
    inner = call.args[0] if len(call.args) == 1 else None
    if not isinstance(inner, ast.BinOp) or binds(inner.left) < Binds.WHOLE:
        return None
    left, right = code.text(inner.left), inner.right
    if isinstance(inner.op, ast.Div) and binds(right) >= Binds.NUMBER:
        return f"{left} // {code.text(right)}"
    if isinstance(inner.op, ast.Mult) and isinstance(right, ast.Constant) and type(right.value) is float:
        parts = 1 / right.value if right.value else 0.5
        return f"{left} // {int(parts)}" if parts.is_integer() else None
    return None


_RULES = frozenset(
    {"dim-specialized", "dim-range", "dim-relation", "silent-specialization", "data-dependent-guard"}
    | {"tensor-to-python", "data-dependent-branch"}
)
REWRITE = Rewrite("symbolic-number", _RULES, page(__doc__), _find)
