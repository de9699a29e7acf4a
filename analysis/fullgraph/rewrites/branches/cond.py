"""Rewrites a data-dependent branch as `torch.cond`: both branches are captured, and one runs.

Each branch becomes a function that returns the values that the code after it reads. If one branch returns
early, the rest of the function becomes the other branch. If what the branches give has other sizes, the rest
becomes a function that both call.

## Before

```python
if x.norm() > 1:
    x = self.shrink(x)
return self.head(x)
```

## After

```python
x = torch.cond(x.norm() > 1, lambda: self.shrink(x), lambda: x.clone())
return self.head(x)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ...model import DataDependent, Edit, Position, Range
from ...python.binding.liveness import bound_before, is_shared_and_written, read_later
from ...python.binding.usage import Use
from ...python.syntax.operators import in_full
from ...python.syntax.precedence import argument
from ...python.syntax.statements import Function, elif_of, returning, returns
from ..edit.blocks import WIDEST, call, else_header, header, last_line, needs_blank, step_of, tupled
from ..edit.lines import has_comment, has_own_lines, indentation
from ..edit.module import Code, code_of, on_one_line
from ..edit.naming import free_name
from ..rewrite import Problem, Proposal, Rewrite, page
from .branch_function import Block, Side
from .chain import chained
from .cond_rest import over_the_rest
from .condition import predicate
from .kept_tensors import kept_tensors, outside
from .shared_memory import may_differ_in_layout, sharing
from .speaking import without_remarks


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, DataDependent):
        return
    code, node = found
    torch = code.torch
    branch = branch_of(code, node)
    if torch is None or branch is None:
        return
    without = without_remarks((*branch.body, *branch.orelse)) if isinstance(branch, ast.If) else ""
    if isinstance(branch, ast.If) and (whole := over_the_rest(problem, code, branch, torch)):
        yield Proposal(f"Rewrite as {torch}.cond over the rest of the function{without}", whole)
    if isinstance(branch, ast.If) and (chain := chained(code, branch, torch)):
        yield Proposal(f"Rewrite as {torch}.cond, one in another", chain)
        if numbers := tuple(outside(kept_tensors(problem, code), chain[0].place.range)):
            title = f"Rewrite as {torch}.cond, one in another, and keep numbers as tensors"
            yield Proposal(title, (*numbers, *chain))
    edits = (
        _ternary(code, branch, torch) if isinstance(branch, ast.IfExp) else _statement(code, branch, torch)
    )
    if edits:
        yield Proposal(f"Rewrite as {torch}.cond{without}", edits)
        if kept := tuple(outside(kept_tensors(problem, code), edits[0].place.range)):
            yield Proposal(f"Rewrite as {torch}.cond, and keep numbers as tensors{without}", (*kept, *edits))
        for way, other in _of_other_memory(code, branch, torch):
            if other is not None and other != edits:
                yield Proposal(f"Rewrite as {torch}.cond, {way}{without}", other)


def _of_other_memory(
    code: Code, branch: ast.If | ast.IfExp, torch: str
) -> Iterator[tuple[str, tuple[Edit, ...] | None]]:
    """The same where the sides' inputs are parts of one tensor, or their results may lie otherwise in memory."""
    differ = may_differ_in_layout(code.scope_of(branch))
    if isinstance(branch, ast.IfExp):
        if differ:
            yield "with contiguous results", _ternary(code, branch, torch, contiguous=True)
        return
    yield "with inputs of their own", _statement(code, branch, torch, apart=True)
    if differ:
        yield "with contiguous results", _statement(code, branch, torch, apart=True, contiguous=True)


def branch_of(code: Code, node: ast.expr) -> ast.If | ast.IfExp | None:
    """The branch whose condition an expression belongs to."""
    below: ast.AST = node
    for up in code.ancestors(node):
        if isinstance(up, (ast.If, ast.IfExp)) and up.test is below:
            return up
        if not isinstance(up, (ast.BoolOp, ast.UnaryOp, ast.Compare)):
            return None
        below = up
    return None


# -- conditional expressions -------------------------------------------------------------------------


def _ternary(code: Code, node: ast.IfExp, torch: str, *, contiguous: bool = False) -> tuple[Edit, ...] | None:
    test = predicate(code, node.test, torch)
    side = Side(code, (), torch, contiguous)
    texts = [_own_text(side, each) for each in (node.body, node.orelse)]
    if is_shared_and_written(code, node, given_to(code, node)):
        return None
    if test is None or None in texts or code.in_string(node):
        return None
    text = f"{torch}.cond({test}, lambda: {texts[0]}, lambda: {texts[1]})"
    return (code.edit(code.bracketed(node), text),)


def given_to(code: Code, node: ast.IfExp) -> Iterator[tuple[str, ast.expr]]:
    """The names that a conditional expression is assigned to, with its two values."""
    statement = code.parents.get(node)
    for target in statement.targets if isinstance(statement, ast.Assign) else ():
        if isinstance(target, ast.Name):
            yield from ((target.id, value) for value in (node.body, node.orelse))


def _own_text(side: Side, value: ast.expr) -> str | None:
    """The text of a value on one line, as cond may return it."""
    if isinstance(value, (ast.Tuple, ast.Dict, ast.List)) or any(
        isinstance(each, (ast.NamedExpr, ast.IfExp)) for each in ast.walk(value)
    ):
        return None
    edits = side.own(value)
    edit = next(edits, None) if edits is not None else None
    return None if edits is None else on_one_line(edit.new_text if edit else side.code.text(value))


# -- statements --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Branch:
    """An `if` with its two sides. `rest` is what follows it, where that belongs to a side."""

    code: Code
    node: ast.If
    function: Function
    torch: str
    test: str
    true: Side
    false: Side
    returns: bool
    apart: tuple[str, ...] = ()  # what both are given as copies

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.true, self.false


def _statement(
    code: Code, node: ast.If, torch: str, *, apart: bool = False, contiguous: bool = False
) -> tuple[Edit, ...] | None:
    branch = _branch(code, node, torch)
    if branch is None or not all(side.is_movable for side in branch.sides):
        return None
    if contiguous:
        true, false = (replace(side, contiguous=True) for side in branch.sides)
        branch = replace(branch, true=true, false=false)
    if apart:
        branch = replace(branch, apart=_parts_of_one(branch))
    if code.is_elif(node) and not has_own_lines(code, node.body[0]):
        return None
    lines = _returning(branch) if branch.returns else _assigning(branch)
    if lines is None:
        return None
    # Comments at the end of a block are moved with it.
    ends = [last_line(code, block.statements) for side in branch.sides for block in side.blocks]
    start, end = code.range(node).start.line, max(ends)
    whole = Range(Position(start, 0), Position(end, len(code.source.lines[end])))
    return (code.edit(whole, "\n".join(lines)),)


def _parts_of_one(branch: _Branch) -> tuple[str, ...]:
    """What the sides read that may share memory; a missing side reads what the branch binds."""
    uses = [Use.seen_in(side.statements) for side in branch.sides]
    there = bound_before(branch.code, branch.node)
    bound = [] if all(side.statements for side in branch.sides) else [n for use in uses for n in use.binds]
    read = dict.fromkeys(n for n in (*(n for use in uses for n in use.reads), *bound) if n in there)
    return sharing(branch.function, branch.torch, read)


def _branch(code: Code, node: ast.If, torch: str) -> _Branch | None:
    function = code.function_of(node)
    test = predicate(code, node.test, torch)
    if function is None or test is None or not has_own_lines(code, node):
        return None
    if isinstance(function, ast.AsyncFunctionDef) or elif_of(node) is not None:
        return None
    true = Block(node.body, header(code, node))
    false = Block(node.orelse, else_header(code, node)) if node.orelse else None
    ways = returning(node.body), returning(node.orelse)
    sides = ((true,), (false,) if false else ())
    if "sometimes" in ways:
        return None
    if ways == ("never", "never"):
        return _made(code, node, function, torch, test, sides, returns=False)
    rest = _rest(node, function) if "never" in ways else []
    if rest is None:
        return None
    after = (Block(rest, start=code.range(node).end.line + 1),) if rest else ()
    extended = tuple(side + after if way == "never" else side for side, way in zip(sides, ways, strict=True))
    return _made(code, node, function, torch, test, extended, returns=True)


def _made(
    code: Code,
    node: ast.If,
    function: Function,
    torch: str,
    test: str,
    sides: Sequence[tuple[Block, ...]],
    *,
    returns: bool,
) -> _Branch:
    true, false = (Side(code, blocks, torch) for blocks in sides)
    return _Branch(code, node, function, torch, test, true, false, returns)


def _rest(node: ast.If, function: Function) -> list[ast.stmt] | None:
    """The statements after an `if` up to the end of its function, which must return something."""
    if node not in function.body:
        return None
    rest = function.body[function.body.index(node) + 1 :]
    return rest if rest and returning(rest) == "always" else None


# -- the form with returns ---------------------------------------------------------------------------


def _returning(branch: _Branch) -> list[str] | None:
    parts = [_return_part(side) for side in branch.sides]
    if parts[0] is None or parts[1] is None:
        return None
    return _written(branch, "return ", (parts[0], parts[1]))


@dataclass(frozen=True)
class _Part:
    """One side as it is to be written: edits of its text, and what stands before and after it.

    `single` is the side as one expression, where it is no more than that.
    """

    side: Side
    carried: tuple[str, ...]
    edits: tuple[Edit, ...]
    first: tuple[str, ...] = ()
    last: str = ""
    single: str | None = None
    whole: bool = True  # False: no statement of the side is kept


def _return_part(side: Side) -> _Part | None:
    use = Use.of(side.statements)
    if use is None:
        return None
    edits = list(side.out_of_place(use))
    for node in returns(side.statements):
        own = side.own(node.value) if node.value is not None else None
        if own is None:
            return None
        edits += own
    only = side.statements[0] if len(side.statements) == 1 else None
    single = _single(side, edits) if isinstance(only, ast.Return) else None
    copies = tuple(f"{name} = {name}.clone()" for name in use.written)
    return _Part(side, use.carried, tuple(edits), copies, "", single)


def _single(side: Side, edits: Sequence[Edit]) -> str | None:
    """What a lone statement returns, on one line; None where a comment would be lost, or a line is long."""
    if side.comments or any(has_comment(side.code, each) for each in side.statements):
        return None
    lines = side.lines(edits, "")
    text = " ".join(line.strip() for line in lines)
    return argument(text.removeprefix("return ")) if text.startswith("return ") and len(lines) == 1 else None


# -- the form with assignments -----------------------------------------------------------------------


def _assigning(branch: _Branch) -> list[str] | None:
    uses = [Use.of(side.statements) for side in branch.sides]
    if uses[0] is None or uses[1] is None:
        return None
    true, false = uses[0], uses[1]
    bound = dict.fromkeys((*true.binds, *true.written, *false.binds, *false.written))
    outputs = read_later(branch.code, branch.node, bound)
    there = bound_before(branch.code, branch.node)
    # Bound on one side alone, and not before: what stands for it on the other side?
    if any(name in use.functions for name in outputs for use in (true, false)):
        return None
    given = ((name, value) for side in branch.sides for name in outputs for value in side.assigned(name))
    if is_shared_and_written(branch.code, branch.node, given):
        return None
    if not outputs or any(n not in u.settled and n not in there for u in (true, false) for n in outputs):
        return None
    parts = [_assign_part(s, u, outputs) for s, u in zip(branch.sides, (true, false), strict=True)]
    if parts[0] is None or parts[1] is None:
        return None
    return _written(branch, f"{', '.join(outputs)} = ", (parts[0], parts[1]))


def _assign_part(side: Side, use: Use, outputs: Sequence[str]) -> _Part | None:
    if not side.statements:
        text = ", ".join(map(side.copied, outputs))
        return _Part(
            side, (), (), last=f"return {text}", single=text if len(outputs) == 1 else None, whole=False
        )
    only = side.settled_value(outputs[0]) if len(outputs) == 1 else None
    if only is not None:
        return _ending_in_value(side, *only)
    values = [
        side.copied(name)
        if name not in use.written and side.may_alias(ast.Name(name, ast.Load()))
        else side.laid_out(name)
        for name in outputs
    ]
    given = (*use.carried, *(name for name in outputs if name in use.binds and name not in use.settled))
    copies = tuple(f"{name} = {name}.clone()" for name in use.written)
    edits = tuple(side.out_of_place(use))
    return _Part(side, tuple(dict.fromkeys(given)), edits, copies, f"return {', '.join(values)}")


def _ending_in_value(side: Side, statement: ast.stmt, value: ast.expr) -> _Part | None:
    """A side whose last statement gives the one result: that becomes its `return`."""
    result = value
    if isinstance(statement, ast.AugAssign):
        result = in_full(statement)
    use = Use.of([*side.statements[:-1], ast.Expr(result)])
    returned = side.returned(statement, value)
    if use is None or returned is None:
        return None
    others = [edit for edit in side.out_of_place(use) if edit.place.range != side.code.range(statement)]
    edits = (*others, *returned)
    single = _single(side, edits) if len(side.statements) == 1 else None
    copies = tuple(f"{name} = {name}.clone()" for name in use.written)
    return _Part(side, use.carried, edits, copies, "", single)


# -- the text ----------------------------------------------------------------------------------------


def _written(branch: _Branch, head: str, parts: tuple[_Part, _Part]) -> list[str]:
    code, node, torch = branch.code, branch.node, branch.torch
    opening, indent = _opening(branch)
    singles = [part.single for part in parts]
    if None not in singles and not branch.apart:
        line = f"{indent}{head}{torch}.cond({branch.test}, lambda: {singles[0]}, lambda: {singles[1]})"
        if len(line) <= WIDEST:
            return [*opening, line]
    step = step_of(code, node.body, indentation(code, node))
    carried = tuple(dict.fromkeys((*branch.apart, *parts[0].carried, *parts[1].carried)))
    names = [free_name(code, node, "if_true"), free_name(code, node, "if_false")]
    lines = opening or ([""] if needs_blank(code, code.range(node).start.line) else [])
    for name, part in zip(names, parts, strict=True):
        comment = "".join(f"  {each}" for each in part.side.comments[:1])
        lines += [f"{indent}def {name}({', '.join(carried)}):{comment}", *_body(part, indent + step), ""]
    values = [f"{name}.clone()" if name in branch.apart else name for name in carried]
    given = [tupled(values)] if carried else []
    return lines + call(indent, f"{head}{torch}.cond", [branch.test, *names, *given], step)


def _opening(branch: _Branch) -> tuple[list[str], str]:
    """What stands above, and the indentation: an `elif` becomes an `else` with what is written in it."""
    code, node = branch.code, branch.node
    indent = indentation(code, node)
    if not code.is_elif(node):
        return [], indent
    return [f"{indent}else:"], indent + step_of(code, node.body, indent)


def _body(part: _Part, indent: str) -> list[str]:
    lines = [indent + line for line in part.first]
    if part.whole:
        lines += part.side.lines(part.edits, indent)
    return [*lines, *([indent + part.last] if part.last else [])]


REWRITE = Rewrite("cond", frozenset({"data-dependent-branch"}), page(__doc__), _find)
