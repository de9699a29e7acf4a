"""Rewrites non-maximum suppression, a `while` over the candidates that are left, as a scan over all of them.

Which candidates each one suppresses is computed for all at once. `scan` then goes through them in their order:
a candidate that is still kept drops those after it that it suppresses. The candidates that are left are the
same, and the loop has as many steps as there are candidates. Where torchvision is at hand,
`torchvision.ops.nms` is one operator for it.

## Before

```python
keep = []
while order.numel() > 0:
    i = order[0]
    keep.append(i)
    overlap = iou(boxes[i], boxes[order[1:]])
    order = order[1:][overlap <= self.threshold]
return torch.stack(keep)
```

## After

```python
def stays_beside(boxes_i):
    overlap = iou(boxes_i, boxes[order])
    return overlap <= self.threshold

drops = (~torch.vmap(stays_beside)(boxes[order])).triu(1)

def one_step(kept, step):
    own, dropped = step
    return kept & ~(dropped & (kept & own).any()), ()

own_places = torch.eye(order.shape[0], dtype=torch.bool, device=order.device)
kept, _ = torch._higher_order_ops.scan(one_step, torch.ones_like(own_places[0]), (own_places, drops))
keep = order[kept]
return keep
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...model import Edit
from ...python.binding.liveness import read_later
from ...python.binding.scopes import bound
from ...python.syntax.assignments import assigned
from ...python.syntax.literals import is_zero
from ...python.syntax.names import call_name, is_name, last_name, names_in
from ..edit.blocks import step_of
from ..edit.lines import has_comment, has_own_lines, indentation, take_out
from ..edit.module import Code, code_of
from ..edit.naming import free_name
from ..rewrite import Problem, Proposal, Rewrite, page
from .rows.lists import LISTED
from .rows.outcomes import appended
from .rows.rounds import picks


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    code, node = found
    loop = next((up for up in (node, *code.ancestors(node)) if isinstance(up, ast.While)), None)
    made = _suppression(code, loop) if loop is not None and not loop.orelse else None
    edits = made.edits(torch) if made is not None else None
    if edits is not None:
        yield Proposal("Scan all candidates instead of those that are left", edits)


@dataclass(frozen=True)
class _Suppression:
    """`best` is the name of the candidate whose turn it is, `rest` those of what is left behind it.

    `given` are the assignments that lead to `stays`, which says for each candidate whether it is left.
    """

    code: Code
    loop: ast.While
    order: str
    best: str
    keep: str
    rest: frozenset[str]
    given: tuple[ast.stmt, ...]
    stays: ast.expr

    @property
    def of_each(self) -> tuple[ast.stmt, ...]:
        """The assignments that another candidate makes others of; the rest may stand above."""
        changing = {self.best, self.order, *self.rest}
        found = []
        for statement in self.given:
            if names_in(statement) & changing:
                changing |= bound([statement])
                found.append(statement)
        return tuple(found)

    def edits(self, torch: str) -> tuple[Edit, ...] | None:
        code, joined = self.code, _joined(self, torch)
        if joined is None or has_comment(code, self.loop) or not has_own_lines(code, self.loop):
            return None
        text = f"\n{indentation(code, self.loop)}".join(self._lines(torch))
        lines = "\n".join(line.rstrip() for line in text.split("\n"))
        return (*joined, code.replaced(self.loop, lines))

    def _lines(self, torch: str) -> Iterator[str]:
        code, order = self.code, self.order
        step = step_of(code, self.loop.body, indentation(code, self.loop))
        names, uses = self._parameters()
        function, kept = (
            free_name(code, self.loop, "stays_beside"),
            free_name(code, self.loop, "kept", "is_kept"),
        )
        over = ", ".join(names.values())
        own, drops = free_name(code, self.loop, "own_places"), free_name(code, self.loop, "drops")
        above = [code.flat(each) for each in self.given if each not in self.of_each]
        yield from (*above, "") if above else ()
        yield f"def {function}({', '.join(names)}):"
        for statement in self.of_each:
            name, value = assigned(statement) or ("", self.stays)
            yield f"{step}{name} = {code.flat_with(value, self._all(value, uses))}"
        yield f"{step}return {code.flat_with(self.stays, self._all(self.stays, uses))}"
        yield from ("", f"{drops} = (~{torch}.vmap({function})({over})).triu(1)", "")
        one_step = free_name(code, self.loop, "one_step")
        yield f"def {one_step}({kept}, step):"
        yield f"{step}own, dropped = step"
        yield f"{step}return {kept} & ~(dropped & ({kept} & own).any()), ()"
        yield from ("", f"{own} = {torch}.eye({order}.shape[0], dtype={torch}.bool, device={order}.device)")
        given = f"{one_step}, {torch}.ones_like({own}[0]), ({own}, {drops})"
        yield f"{kept}, _ = {torch}._higher_order_ops.scan({given})"
        yield f"{self.keep} = {order}[{kept}]"

    def _parameters(self) -> tuple[dict[str, str], dict[ast.expr, str]]:
        """What the function is given of the candidate: its parts of the tensors that it picks from."""
        found = picks(self.code, [*self.of_each, self.stays], self.best)
        names = {name: f"{owner}[{self.order}]" for name, owner in found.names.items()}
        if found.counts or not names:
            names[self.best] = self.order
        return names, dict(found.uses)

    def _all(self, value: ast.expr, uses: dict[ast.expr, str]) -> dict[ast.expr, str]:
        """What stands for the parts of an expression: all candidates in place of those that are left."""
        left = {
            n: self.order
            for n in ast.walk(value)
            if isinstance(n, ast.expr) and _is_rest(n, self.order, self.rest)
        }
        return left | {use: text for use, text in uses.items() if use in set(ast.walk(value))}


def _is_rest(node: ast.AST, order: str, rest: frozenset[str]) -> bool:
    """`order[1:]`, or a name for it."""
    return (isinstance(node, ast.Name) and node.id in rest) or _is_behind_first(node, order)


def _is_behind_first(node: ast.AST, order: str) -> bool:
    part = node.slice if isinstance(node, ast.Subscript) and is_name(node.value, order) else None
    first = part.lower if isinstance(part, ast.Slice) and part.upper is None and part.step is None else None
    return isinstance(first, ast.Constant) and first.value == 1


# -- what the loop is --------------------------------------------------------------------------------


def _suppression(code: Code, loop: ast.While) -> _Suppression | None:
    first = next((found for each in loop.body if (found := _best(each))), None)
    keep = next((name for each in loop.body if (name := appended(each))), "")
    last = loop.body[-1]
    name, value = assigned(last) or ("", None)
    if first is None or not keep or value is None or name != first[1] or not _asks_only(loop.test, name):
        return None
    best, order = first
    rest = frozenset(n for each in loop.body if (n := _rest_named(each, order)))
    given = [each for each in loop.body[:-1] if not _is_frame(each, order, keep)]
    stays = _stays(value, order, rest, given)
    if stays is None or not all(isinstance(each, ast.Assign) and assigned(each) for each in given):
        return None
    names = [name for each in given for name in bound([each])]
    # What is left of the candidates is none, and the last one's values are nobody's.
    if (
        order in names
        or len(set(names)) != len(names)
        or read_later(code, loop, {*names, best, order, *rest})
    ):
        return None
    return _Suppression(code, loop, order, best, keep, rest - {order}, tuple(given), stays)


def _best(statement: ast.stmt) -> tuple[str, str] | None:
    """`i` and `order` of `i = order[0]`, and of the number of it."""
    name, value = assigned(statement) or ("", None)
    if isinstance(value, ast.Call):
        numbered = call_name(value) == "int" and len(value.args) == 1
        inner = (
            value.func.value if isinstance(value.func, ast.Attribute) and value.func.attr == "item" else None
        )
        value = value.args[0] if numbered else inner
    if not isinstance(value, ast.Subscript) or not is_zero(value.slice):
        return None
    return (name, value.value.id) if isinstance(value.value, ast.Name) else None


def _asks_only(test: ast.expr, order: str) -> bool:
    """Whether the loop goes on for as long as candidates are left."""
    return names_in(test) - {"len"} <= {order}


def _rest_named(statement: ast.stmt, order: str) -> str:
    name, value = assigned(statement) or ("", None)
    return name if value is not None and _is_behind_first(value, order) else ""


def _is_frame(statement: ast.stmt, order: str, keep: str) -> bool:
    """What the loop does beside computing: it takes the first, notes it, and ends where none is left."""
    if isinstance(statement, ast.If):
        ends = len(statement.body) == 1 and isinstance(statement.body[0], ast.Break) and not statement.orelse
        return ends and _asks_only(statement.test, order)
    return bool(_best(statement)) or appended(statement) == keep or bool(_rest_named(statement, order))


def _stays(value: ast.expr, order: str, rest: frozenset[str], given: list[ast.stmt]) -> ast.expr | None:
    """`mask` of `order[1:][mask]`, and of `order[inds + 1]` with `inds = torch.where(mask)[0]`."""
    if not isinstance(value, ast.Subscript):
        return None
    index = value.slice
    if isinstance(index, ast.BinOp) and isinstance(index.left, ast.Name) and is_name(value.value, order):
        return _found_where(index.left.id, given)
    if is_name(value.value, order) or _is_rest(value.value, order, rest):
        found = _found_where(index.id, given) if isinstance(index, ast.Name) else None
        return found or (None if isinstance(index, (ast.Slice, ast.Tuple)) else index)
    return None


def _found_where(name: str, given: list[ast.stmt]) -> ast.expr | None:
    """`mask` of `inds = torch.where(mask)[0]` and `mask.nonzero().squeeze(1)`; its statement goes."""
    statement = next((each for each in given if (assigned(each) or ("",))[0] == name), None)
    value = assigned(statement)[1] if statement is not None and assigned(statement) else None  # type: ignore[index]
    calls = [n for n in ast.walk(value) if isinstance(n, ast.Call)] if value is not None else []
    found = next((call for call in calls if last_name(call) in ("where", "nonzero")), None)
    if found is None or statement is None:
        return None
    given.remove(statement)
    if found.args:
        return found.args[0]
    return found.func.value if isinstance(found.func, ast.Attribute) else None


# -- the list ----------------------------------------------------------------------------------------


def _joined(made: _Suppression, torch: str) -> list[Edit] | None:
    """The list's other uses as those of a tensor: it is made, joined, asked whether it is empty, or picks."""
    code, scope, inside = made.code, made.code.scope_of(made.loop), set(ast.walk(made.loop))
    edits: list[Edit | None] = []
    for use in (n for n in ast.walk(scope) if is_name(n, made.keep) and n not in inside):
        up = code.parents.get(use)
        if isinstance(up, ast.Assign) and isinstance(up.value, ast.List) and not up.value.elts:
            edits.append(take_out(code, up))
        elif isinstance(up, ast.Call) and call_name(up).removeprefix(f"{torch}.") in ("stack", *LISTED):
            edits.append(code.replaced(up, made.keep))
        elif (empty := _asked_whether_empty(code, use)) is not None:
            edits.append(take_out(code, empty, commented=True))
        elif not isinstance(up, ast.Subscript) or up.slice is not use:
            return None
    return [each for each in edits if each is not None] if all(edits) else None


def _asked_whether_empty(code: Code, use: ast.AST) -> ast.If | None:
    """`if not keep: return …`: a tensor of no candidates is one without that."""
    statement = code.statement_of(use)
    if not isinstance(statement, ast.If) or statement.orelse or use not in set(ast.walk(statement.test)):
        return None
    return statement if len(statement.body) == 1 and isinstance(statement.body[0], ast.Return) else None


_RULES = frozenset(
    {"data-dependent-branch", "data-dependent-loop", "data-dependent-guard", "tensor-to-python"}
)
REWRITE = Rewrite("suppression", _RULES, page(__doc__), _find)
