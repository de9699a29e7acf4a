"""Runs a loop over the places that a mask hits for all places, where the rounds of the others do nothing.

A mixture of experts goes over the experts that some token has chosen: which these are, and how many, the data
says. Over all experts the loop has as many rounds as the mask has places. In the round of an expert that nobody
has chosen, the mask picks no tokens: the expert runs on none, and what is added or written at no places changes
nothing. A loop that does more in a round, such as counting it or appending what it made, is left as it is.

## Before

```python
mask = F.one_hot(chosen, self.n).permute(2, 1, 0)
hit = (mask.sum(dim=(-1, -2)) > 0).nonzero()
for i in hit:
    k, rows = torch.where(mask[i].squeeze(0))
    out.index_add_(0, rows, self.experts[i](x[rows]) * weights[rows, k, None])
```

## After

```python
mask = F.one_hot(chosen, self.n).permute(2, 1, 0)
for i in range(mask.shape[0]):
    k, rows = torch.where(mask[i])
    out.index_add_(0, rows, self.experts[i](x[rows]) * weights[rows, k, None])
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import Edit
from ...python.binding.liveness import read_later
from ...python.syntax.assignments import assigned_name
from ...python.syntax.literals import is_zero
from ...python.syntax.names import is_name, last_name, method_name
from ..edit.lines import take_out
from ..edit.module import Code, code_of
from ..edit.naming import only_value
from ..edit.single_call import single_call
from ..rewrite import Problem, Proposal, Rewrite, page
from .idle_rounds import are_idle
from .rows.rules import ROW_RULES


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None:
        return
    code, node = found
    for loop in code.ancestors(node):
        if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) and not loop.orelse:
            hits = _hits(code, loop.iter)
            edits = _edits(code, loop, loop.target.id, *hits) if hits else None
            if hits and edits is not None:
                yield Proposal(f"Run the loop for all places of `{hits[0]}`", edits, idle=True)
                return


def _edits(code: Code, loop: ast.For, place: str, mask: str, kind: str) -> tuple[Edit, ...] | None:
    if read_later(code, loop, [place]) or not are_idle(code, loop, place, mask):
        return None
    edits = [code.replaced(loop.iter, f"range({mask}.shape[0])")]
    first, body = loop.body[0], loop.body
    if assigned_name(first) == place:
        # `i = i[0]`: the number is a number from the start.
        gone = take_out(code, first)
        if kind != "row" or gone is None or not _takes_out(first, place) or len(body) == 1:
            return None
        edits.append(gone)
        body, kind = body[1:], "number"
    for use in (n for each in body for n in ast.walk(each) if is_name(n, place)):
        replaced = _used(code, use, kind)
        if replaced is None:
            return None
        edits.extend(replaced)
    return (*edits, *_without_hits(code, loop))


def _without_hits(code: Code, loop: ast.For) -> Iterator[Edit]:
    """Takes out what gives the places a name, where nothing but the loop's head reads it."""
    name = loop.iter
    value = only_value(code, name) if isinstance(name, ast.Name) else None
    own = code.statement_of(value) if value is not None else None
    if own is None or not isinstance(name, ast.Name):
        return
    around = code.parents.get(own)
    if isinstance(around, ast.With) and code.is_all_of_its_block(own):
        own = around if all(last_name(each.context_expr) == "no_grad" for each in around.items) else own
    uses = sum(is_name(node, name.id) for node in ast.walk(code.scope_of(loop)))
    if uses == 2 and (gone := take_out(code, own)) is not None:
        yield gone


def _takes_out(first: ast.stmt, place: str) -> bool:
    value = first.value if isinstance(first, ast.Assign) else None
    if isinstance(value, ast.Subscript):
        return is_name(value.value, place) and is_zero(value.slice)
    return isinstance(value, ast.Call) and _is_number(value, place)


def _is_number(call: ast.Call, place: str) -> bool:
    """`i.item()`, `int(i)`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr == "item" and is_name(call.func.value, place)
    return is_name(call.func, "int") and len(call.args) == 1 and is_name(call.args[0], place)


def _used(code: Code, use: ast.Name, kind: str) -> tuple[Edit, ...] | None:
    """The edits of what a place is used for, now that it is a number; None where it would be something else.

    A row of `nonzero()` is a tensor of one element, which keeps the dimension that it picks from.
    """
    around = code.parents.get(use)
    further = code.parents.get(around) if around is not None else None
    for call in (around, further):
        if isinstance(call, ast.Call) and _is_number(call, use.id):
            return (code.replaced(call, use.id),)
    if kind == "int" or isinstance(around, ast.Compare):
        return ()
    if not isinstance(around, ast.Subscript) or around.slice is not use:
        return None
    if kind == "number" or single_call(code, around) is not None:
        return ()
    call = code.parents.get(further) if isinstance(further, ast.Attribute) else None
    if isinstance(call, ast.Call) and method_name(call) == "squeeze" and [*map(is_zero, call.args)] == [True]:
        return (code.replaced(call, code.flat(around)),)
    return (code.replaced(use, f"[{use.id}]"),)


# -- what a loop goes over -------------------------------------------------------------------------


def _hits(code: Code, over: ast.expr) -> tuple[str, str] | None:
    """The mask that has a row for each place, and what a place is: a `row`, a `number` in a tensor, an `int`."""
    over = only_value(code, over) or over if isinstance(over, ast.Name) else over
    kind = "row"
    while not _is_nonzero(over):
        if isinstance(over, ast.Subscript) and is_zero(over.slice):
            over = over.value
            if not _is_nonzero(over) or not (last_name(over) == "where" or _as_tuple(over)):
                return None
            kind = "int" if kind == "int" else "number"
            break
        if not isinstance(over, ast.Call) or not isinstance(over.func, ast.Attribute):
            return None
        method = over.func.attr
        if method == "tolist":
            kind = "int"
        elif f"{method}({', '.join(map(ast.unparse, over.args))})" in _FLAT:
            kind = "int" if kind == "int" else "number"
        else:
            return None
        over = over.func.value
    else:
        if _as_tuple(over) or last_name(over) == "where" or (kind == "int" and not _is_flat(code, over)):
            return None
    mask = _mask(code, _operand(over))
    return (mask, kind) if mask else None


_FLAT = frozenset({"flatten()", "squeeze(1)", "squeeze(-1)", "view(-1)", "reshape(-1)"})


def _is_flat(code: Code, found: ast.expr) -> bool:
    """Whether rows of one number were made numbers before they became a list."""
    method = code.parents.get(code.parents.get(found, found))
    return isinstance(method, ast.Call) and method_name(method) != "tolist"


def _is_nonzero(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node) in ("nonzero", "where") and len(node.args) <= 1


def _as_tuple(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and any(each.arg == "as_tuple" for each in node.keywords)


def _operand(call: ast.expr) -> ast.expr | None:
    """`c` of `torch.nonzero(c)` and `c.nonzero()`."""
    assert isinstance(call, ast.Call)
    if call.args:
        return call.args[0]
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _mask(code: Code, asked: ast.expr | None) -> str:
    """`mask` of `mask.sum(dim=(-1, -2)) > 0`, `torch.greater(…, 0)`, `mask.any(-1)`: no place is hit where it is 0."""
    asked = only_value(code, asked) or asked if isinstance(asked, ast.Name) else asked
    reduced, wanted = asked, "any"
    if isinstance(asked, ast.Compare) and len(asked.ops) == 1 and is_zero(asked.comparators[0]):
        reduced, wanted = asked.left, "sum" if isinstance(asked.ops[0], (ast.Gt, ast.NotEq)) else ""
    elif isinstance(asked, ast.Call) and last_name(asked) in ("greater", "gt") and is_zero(asked.args[-1]):
        reduced, wanted = _operand(asked), "sum"
    if not isinstance(reduced, ast.Call) or last_name(reduced) != wanted:
        return ""
    method = isinstance(reduced.func, ast.Attribute) and not is_name(reduced.func.value, code.torch or "")
    operands = [reduced.func.value, *reduced.args] if method else [*reduced.args]  # type: ignore[attr-defined]
    dims = [*operands[1:], *(each.value for each in reduced.keywords if each.arg in ("dim", "axis"))]
    if len(dims) != 1 or not _are_all_but_first(dims[0]) or not isinstance(operands[0], ast.Name):
        return ""
    made = only_value(code, operands[0])
    return operands[0].id if made is not None and _is_never_negative(made) else ""


def _are_all_but_first(dims: ast.expr) -> bool:
    """`(-1, -2)`, `(1, 2)`, `-1`."""
    try:
        said = ast.literal_eval(dims)
    except (ValueError, TypeError):
        return False
    found = {*said} if isinstance(said, (tuple, list)) else {said}
    count = len(found)
    return found in ({-n for n in range(1, count + 1)}, {*range(1, count + 1)})


def _is_never_negative(made: ast.expr) -> bool:
    """Whether a mask is one of truths, or of zeros and ones: then a sum above 0 says that there is one."""
    while (
        isinstance(made, ast.Call) and method_name(made) in _SHAPING and isinstance(made.func, ast.Attribute)
    ):
        made = made.func.value
    return isinstance(made, ast.Compare) or (isinstance(made, ast.Call) and last_name(made) == "one_hot")


_SHAPING = frozenset(
    {"permute", "transpose", "movedim", "bool", "to", "int", "long", "float", "t", "contiguous", "moveaxis"}
)

REWRITE = Rewrite("every-place", ROW_RULES | {"export-error"}, page(__doc__), _find)
