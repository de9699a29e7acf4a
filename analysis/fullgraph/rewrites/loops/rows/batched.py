"""Vectorizes a comprehension or a loop that computes row by row.

`any`, `all`, `sum`, `max`, and `min` over a tensor's elements become tensor methods; rows that are stacked
again become `torch.vmap`, or the operation itself if each step of it works on all rows at once. A table of whole
numbers that follow from their places alone is made of an `arange` for each dimension.

## Before

```python
distance = torch.tensor([[abs(i - j) for j in range(n)] for i in range(n)])
positive = any(v > 0 for v in x[0])
scaled = torch.stack([row / row.norm() for row in x])
```

## After

```python
distance = (torch.arange(n).unsqueeze(1) - torch.arange(n)).abs()
positive = (x[0] > 0).any()
scaled = torch.vmap(lambda row: row / row.norm())(x)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....python import lexer
from ....python.syntax.names import call_name, names_in
from ....python.syntax.precedence import owner
from ...branches.truth import tensor_of
from ...edit.module import Code, code_of
from ...rewrite import Problem, Proposal, Rewrite, page
from .grids import all_grids, grid

_METHODS = {"any": "any()", "all": "all()", "sum": "sum(0)", "max": "max()", "min": "min()"}
_ELEMENTWISE = frozenset(
    {"abs", "exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "square", "sign", "round", "floor"}
    | {"ceil", "clamp", "isnan", "isinf", "isfinite", "neg", "float", "long", "int", "bool", "pow"}
)
_OPERATIONS = (ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Attribute)
_PLAIN = (ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.expr_context, ast.keyword)


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    code, node = found
    for call in (node, *code.ancestors(node)):
        if isinstance(call, ast.Call) and grid(code, call, torch):
            yield Proposal("Compute all entries from their places", tuple(all_grids(code, call, torch)))
        if isinstance(call, ast.Call) and not call.keywords and call.args and call.end_lineno is not None:
            for text in _forms(code, call, torch):
                yield Proposal("Vectorize over the whole tensor", (code.replaced(call, text),))
        if isinstance(call, ast.stmt):
            return


def _forms(code: Code, call: ast.Call, torch: str) -> Iterator[str]:
    name, over = call_name(call), call.args[0]
    if isinstance(over, (ast.GeneratorExp, ast.ListComp)):
        if len(over.generators) == 1 and not over.generators[0].is_async and len(call.args) == 1:
            yield from _of_comprehension(code, name, over, torch)
    elif (
        name in _METHODS and len(call.args) == 1 and not isinstance(over, (ast.Starred, ast.List, ast.Tuple))
    ):
        yield f"{owner(code.text(over))}.{_METHODS[name]}"


def _of_comprehension(
    code: Code, name: str, over: ast.GeneratorExp | ast.ListComp, torch: str
) -> Iterator[str]:
    loop = over.generators[0]
    if not isinstance(loop.target, ast.Name) or any(isinstance(n, ast.NamedExpr) for n in ast.walk(over)):
        return
    row, rows = loop.target.id, owner(code.flat(loop.iter))
    if _is_call(loop.iter):  # range(…), zip(…): not the rows of a tensor
        return
    if loop.ifs:
        rows = _kept(code, loop, row, rows, torch)
        if not rows:
            return
    for batch in _batches(code, over.elt, row, rows, torch):
        if name in _METHODS:
            yield f"{batch}.{_METHODS[name]}"
        elif name == f"{torch}.stack":
            yield bare(batch)
        elif name == "len":
            yield f"{batch}.shape[0]"


def _is_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _kept(code: Code, loop: ast.comprehension, row: str, rows: str, torch: str) -> str:
    """The rows that the conditions keep, by a mask."""
    masks = [next(_batches(code, test, row, rows, torch), "") for test in loop.ifs]
    if not all(masks):
        return ""
    return f"{rows}[{bare(masks[0]) if len(masks) == 1 else ' & '.join(masks)}]"


def _batches(code: Code, each: ast.expr, row: str, rows: str, torch: str) -> Iterator[str]:
    """What `each` gives for all rows, as an operand."""
    if isinstance(each, ast.Name) and each.id == row:
        yield rows
        return
    if is_elementwise(each, row):
        yield owner(_substituted(code, each, row, rows))
        return
    if tensor_of(code, each) is not None:
        single = (
            isinstance(each, ast.Call) and not each.keywords and [call_name(a) for a in each.args] == [row]
        )
        function = code.flat(each.func) if single and isinstance(each, ast.Call) else ""
        shared = isinstance(each, ast.Call) and row in names_in(each.func)
        given = function if function and not shared else f"lambda {row}: {tensor_of(code, each)}"
        yield f"{torch}.vmap({given})({bare(rows)})"


def is_elementwise(each: ast.expr, row: str) -> bool:
    """Whether an expression computes each element of a row by itself."""
    for node in ast.walk(each):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if name not in _ELEMENTWISE:
                return False
        elif (
            not isinstance(node, (*_OPERATIONS, *_PLAIN))
            or isinstance(node, ast.MatMult)
            or (isinstance(node, ast.Compare) and len(node.ops) > 1)
            or isinstance(node, (ast.BoolOp, ast.Not))
        ):
            return False
    return any(isinstance(node, ast.Name) and node.id == row for node in ast.walk(each))


def _substituted(code: Code, each: ast.expr, row: str, rows: str) -> str:
    """The text with the rows in place of each."""
    uses = (n for n in ast.walk(each) if isinstance(n, ast.Name) and n.id == row)
    return code.flat_with(each, dict.fromkeys(uses, rows))


def bare(text: str) -> str:
    """Without the brackets that go around all of it."""
    depth = 0
    for token in lexer.tokens(text):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0:
            whole = token.text == ")" and token.end == len(text)
            return text[1:-1] if whole else text
    return text


_RULES = frozenset(
    {
        "data-dependent-branch",
        "data-dependent-loop",
        "dim-specialized",
        "silent-specialization",
        "tensor-to-python",
    }
)
REWRITE = Rewrite("batched", _RULES, page(__doc__), _find)
