"""Rewrites a loop over the elements of an index tensor as one indexed assignment.

`for token in set(previous.tolist())` changes what stands at each of these places. An index tensor names all of
them at once. A place that it names twice is given the same value twice, which is what a set is for; where
there is no set, a value that depends on what stood there would be another one, and the loop is left as it is.

## Before

```python
for token in set(previous.tolist()):
    if logits[token] > 0:
        logits[token] /= self.penalty
    else:
        logits[token] *= self.penalty
```

## After

```python
logits[previous] = torch.where(
    logits[previous] > 0, logits[previous] / self.penalty, logits[previous] * self.penalty
)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ....model import Edit
from ....python.binding.liveness import read_later
from ....python.syntax.assignments import target_of
from ....python.syntax.names import call_name, is_name, names_in
from ....python.syntax.operators import BINARY
from ....python.syntax.precedence import argument, operand
from ....text.source import SourceText
from ...branches.condition import predicate
from ...edit.blocks import call, step_of
from ...edit.lines import below, has_own_lines, indentation, said_in
from ...edit.module import Code, code_of
from ...rewrite import Problem, Proposal, Rewrite, page
from .number_lists import starts, tensor_behind
from .rules import ROW_RULES


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    code, node = found
    around = (up for start in starts(code, node) for up in (start, *code.ancestors(start)))
    loop = next((up for up in around if isinstance(up, ast.For)), None)
    edits = _edits(code, loop, torch) if loop is not None else None
    if edits is not None:
        yield Proposal("Assign at all places at once", edits)


@dataclass(frozen=True)
class _Places:
    """The tensor that names the places. `once`: the loop comes to each place once."""

    text: str
    once: bool


def _places(code: Code, over: ast.expr, once: bool = False) -> _Places | None:
    """`x` of `set(x.tolist())`, `x.unique()`, `torch.unique(x)`, and `x.tolist()`."""
    if isinstance(over, ast.Call) and not over.keywords:
        name, method = call_name(over), over.func.attr if isinstance(over.func, ast.Attribute) else ""
        if (name == "set" or name.endswith("torch.unique")) and len(over.args) == 1:
            return _places(code, over.args[0], once=True)
        if isinstance(over.func, ast.Attribute) and method in ("tolist", "unique", "cpu") and not over.args:
            return _places(code, over.func.value, once or method == "unique")
        return None
    return (
        _Places(code.flat(over), once) if isinstance(over, (ast.Name, ast.Attribute, ast.Subscript)) else None
    )


def _edits(code: Code, loop: ast.For, torch: str) -> tuple[Edit, ...] | None:
    places = _places(code, loop.iter)
    target = loop.target.id if isinstance(loop.target, ast.Name) else ""
    only = loop.body[0] if len(loop.body) == 1 and not loop.orelse else None
    if not places or not target or only is None or not has_own_lines(code, loop):
        return None
    tensor, listed = tensor_behind(code, loop, places.text)
    places = _Places(tensor, places.once)
    owner = _owner(only, target)
    if owner is None or read_later(code, loop, [target]):
        return None
    kept = code.flat_with(owner, _uses(owner, target, places.text))
    value = _value(code, only, code.flat(owner), target, places, torch)
    if value is None:
        return None
    indent = indentation(code, loop)
    line = f"{kept} = {value}"
    if value.startswith(f"{torch}.where("):
        inner = ast.parse(value, mode="eval").body
        assert isinstance(inner, ast.Call)
        parts = [ast.get_source_segment(value, each) or "" for each in inner.args]
        line = "\n".join(
            call(indent, f"{kept} = {torch}.where", parts, step_of(code, loop.body, indent))
        ).strip()
    text = below(said_in(code, code.range(loop)), line, indent)
    return (*([listed] if listed else []), code.replaced(loop, text))


def _owner(statement: ast.stmt, target: str) -> ast.Subscript | None:
    """`x[t]`, where it is all that the statement gives a value."""
    if isinstance(statement, ast.If):
        sides = [statement.body, *([statement.orelse] if statement.orelse else [])]
        owners = [_owner(side[0], target) if len(side) == 1 else None for side in sides]
        same = {ast.dump(owner) for owner in owners if owner is not None}
        return owners[0] if all(owners) and len(same) == 1 else None
    owner = target_of(statement)
    if not isinstance(owner, ast.Subscript) or not isinstance(owner.value, (ast.Name, ast.Attribute)):
        return None
    parts = owner.slice.elts if isinstance(owner.slice, ast.Tuple) else [owner.slice]
    picked = sum(is_name(part, target) for part in parts) == 1
    return owner if picked and not any(isinstance(part, ast.Slice) for part in parts) else None


def _uses(node: ast.expr, target: str, text: str) -> dict[ast.expr, str]:
    return {n: text for n in ast.walk(node) if is_name(n, target)}


def _value(
    code: Code, statement: ast.stmt, owner: str, target: str, places: _Places, torch: str
) -> str | None:
    """What all the places are given; None where it depends on how often the loop comes to one."""
    if isinstance(statement, ast.If):
        test = _test(code, statement.test, target, places, torch)
        body = _value(code, statement.body[0], owner, target, places, torch)
        kept = operand_at(owner, target, places.text)
        orelse = _value(code, statement.orelse[0], owner, target, places, torch) if statement.orelse else kept
        return f"{torch}.where({test}, {body}, {orelse})" if test and body and orelse else None
    value = statement.value  # type: ignore[attr-defined]
    reads = isinstance(statement, ast.AugAssign) or _reads(code, value, owner)
    if (reads and not places.once) or not _picks_alone(code, value, target):
        return None
    text = code.flat_with(value, _uses(value, target, places.text))
    if isinstance(statement, ast.AugAssign):
        return f"{operand_at(owner, target, places.text)} {BINARY[type(statement.op)]} {operand(text)}"
    return argument(text)


def operand_at(owner: str, target: str, places: str) -> str:
    """`x[places]` of `x[t]`."""
    node = ast.parse(owner, mode="eval").body
    code = Code(ast.parse(owner), SourceText("", owner))
    found = next(n for n in ast.walk(code.tree) if isinstance(n, ast.expr) and ast.dump(n) == ast.dump(node))
    return code.flat_with(found, _uses(found, target, places))


def _test(code: Code, test: ast.expr, target: str, places: _Places, torch: str) -> str | None:
    if not places.once or not _picks_alone(code, test, target):
        return None
    text = code.flat_with(test, _uses(test, target, places.text))
    tree = ast.parse(text)
    alone = tree.body[0]
    assert isinstance(alone, ast.Expr)
    return predicate(Code(tree, SourceText("", text)), alone.value, torch)


def _reads(code: Code, value: ast.expr, owner: str) -> bool:
    """Whether a value reads what is written."""
    name = names_in(ast.parse(owner, mode="eval"))
    return bool(names_in(value) & name - {"self"}) or owner in code.flat(value)


def _picks_alone(code: Code, value: ast.expr, target: str) -> bool:
    """Whether all that is done with a place is to read what stands there."""
    uses = [n for n in ast.walk(value) if is_name(n, target)]
    return all(_is_index(code.parents.get(use), code) for use in uses)


def _is_index(up: ast.AST | None, code: Code) -> bool:
    whole = code.parents.get(up) if isinstance(up, ast.Tuple) else up
    return isinstance(whole, ast.Subscript)


REWRITE = Rewrite("at-once", ROW_RULES | {"export-error"}, page(__doc__), _find)
