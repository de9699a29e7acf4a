"""Rewrites a loop with a data-dependent condition as `torch.while_loop`.

The variables that the loop changes are carried from one iteration to the next; everything else is captured.
A counter becomes a tensor, as it counts at run time, and so does a number that a round reads from a tensor
(`error = ….item()`): in double precision, and it is a number again where it is used below the loop. A `break` becomes another carried variable: after it,
`torch.where` selects the values. Where that does not do, as no gradient goes through it, a loop of few rounds that a
counter bounds runs them all, and masks what they give after its end.

## Before

```python
while error > self.tolerance:
    x = self.step(x)
    error = self.residual(x)
```

## After

```python
def keep_going(x, error):
    return error > self.tolerance

def one_round(x, error):
    x = self.step(x)
    error = self.residual(x)
    return x, error

x, error = torch.while_loop(keep_going, one_round, (x, error))
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ...model import DataDependent, Edit, Position, Range
from ...python.binding.liveness import bound_before, carried
from ...python.binding.usage import Use
from ...python.syntax.assignments import assigned
from ...python.syntax.names import call_name
from ...python.syntax.precedence import operand
from ...python.syntax.statements import Function, returning
from ..branches.branch_function import Block, Side
from ..branches.condition import predicate
from ..edit.blocks import call, header, last_line, needs_blank, step_of, tupled
from ..edit.lines import has_own_lines, indentation
from ..edit.module import Code, code_of
from ..edit.naming import free_name
from ..rewrite import Problem, Proposal, Rewrite, page
from .carried_numbers import CarriedNumbers, carried_numbers, reads_number
from .loop_carried import given_above, start_as_tensor, tensor_behind_number
from .loop_exit import LoopExit, loop_exit
from .masked_rounds import masked_rounds


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, DataDependent):
        return
    code, node = found
    torch, statement = code.torch, code.statement_of(node)
    around = code.parents.get(statement) if statement is not None else None
    if isinstance(statement, ast.If) and isinstance(statement.body[0], ast.Break):
        statement = around if isinstance(around, ast.While) else None
    if (
        isinstance(around, ast.While)
        and reads_number(node)
        and (assigned(statement) or ("", None))[1] is node
    ):
        statement = around
    if torch is None or not isinstance(statement, (ast.While, ast.For)):
        return
    loop = _loop(code, statement, torch)
    edits = _rewritten(loop) if loop is not None else None
    if edits is not None:
        yield Proposal(f"Rewrite as {torch}.while_loop", edits)
    for title, masked in masked_rounds(code, node, torch):
        yield Proposal(title, masked)


@dataclass(frozen=True)
class _Loop:
    """A loop in two parts. `counter` is the name that counts, with its first value and its next.

    `exit` is the `if` that leaves it in the midst of a round, and `done` the name of what it found.
    """

    code: Code
    node: ast.While | ast.For
    function: Function
    torch: str
    test: str
    side: Side
    use: Use
    counter: tuple[str, str, str] | None = None
    exit: LoopExit | None = None


def _loop(code: Code, node: ast.While | ast.For, torch: str) -> _Loop | None:
    function, exit_of = code.function_of(node), loop_exit(code, node, torch)
    if exit_of is False or function is None or isinstance(function, ast.AsyncFunctionDef) or node.orelse:
        return None
    use = Use.of(exit_of.statements if exit_of else node.body)
    side = Side(code, (Block(node.body, header(code, node)),), torch)
    if use is None or returning(node.body) != "never" or not side.is_movable or not has_own_lines(code, node):
        return None
    if isinstance(node, ast.While):
        test = _test(code, node.test, torch, exit_of)
        return _Loop(code, node, function, torch, test, side, use, exit=exit_of) if test else None
    counted = _counted(code, node, function, torch, side, use)
    if counted is None or exit_of is None:
        return counted
    return replace(counted, test=f"({counted.test}) & ~{exit_of.done}", exit=exit_of)


def _test(code: Code, test: ast.expr, torch: str, exit_of: LoopExit | None) -> str | None:
    """Whether another round runs: as the loop asks, and as long as it was not left."""
    if exit_of is None:
        return predicate(code, test, torch)
    if isinstance(test, ast.Constant) and test.value:  # `while True`
        return f"~{exit_of.done}"
    asked = predicate(code, test, torch)
    return None if asked is None else f"({asked}) & ~{exit_of.done}"


def _counted(code: Code, node: ast.For, function: Function, torch: str, side: Side, use: Use) -> _Loop | None:
    """`for i in range(n)`, with an `n` that a tensor says."""
    if not isinstance(node.iter, ast.Call) or call_name(node.iter) != "range" or node.iter.keywords:
        return None
    bounds = node.iter.args
    if len(bounds) not in (1, 2) or not isinstance(node.target, ast.Name):
        return None
    name = node.target.id if node.target.id != "_" else free_name(code, node, "i", "round")
    stop = tensor_behind_number(code, function, bounds[-1])
    if stop is None or name in use.binds:
        return None
    first = code.flat(bounds[0]) if len(bounds) == 2 else "0"
    counter = (name, f"{torch}.tensor({first})", f"{name} + 1")
    return _Loop(code, node, function, torch, f"{name} < {operand(stop)}", side, use, counter)


# -- the text ----------------------------------------------------------------------------------------


def _rewritten(loop: _Loop) -> tuple[Edit, ...] | None:
    code, node = loop.code, loop.node
    carried = _carried(loop)
    there = bound_before(code, node)
    done = loop.exit.done if loop.exit else ""
    if loop.use.functions.intersection(carried):
        return None
    if not carried or any(name not in there for name in carried if name != done):
        return None
    numbers = carried_numbers(code, node, loop.torch, carried)
    if numbers is None:
        return None
    starts = [start_as_tensor(code, node, loop.torch, name) for name in carried if name not in numbers.starts]
    if loop.exit is not None:
        starts.append(loop.exit.start(carried))
    end = last_line(code, node.body)
    whole = Range(Position(code.range(node).start.line, 0), Position(end, len(code.source.lines[end])))
    edits = [code.edit(whole, "\n".join(_lines(loop, carried, numbers)))]
    return (*(edit for edit in starts if edit is not None), *edits)


def _carried(loop: _Loop) -> tuple[str, ...]:
    """What one round hands to the next, or to what comes after the loop."""
    names, exit_of = carried(loop.code, loop.node, loop.use), loop.exit
    if exit_of is None:
        return names
    # What comes after the exit needs what was there before it.
    kept = [name for name in loop.use.binds if name in exit_of.kept and name != exit_of.done]
    return tuple(dict.fromkeys((*(name for name in names if name != exit_of.done), *kept, exit_of.done)))


def _lines(loop: _Loop, carried: Sequence[str], numbers: CarriedNumbers) -> list[str]:
    code, node = loop.code, loop.node
    indent = indentation(code, node)
    step = step_of(code, node.body, indent)
    names = [free_name(code, node, name) for name in ("keep_going", "one_round")]
    counter = loop.counter
    given = [*([counter[0]] if counter else []), *carried]
    starts = [*([counter[1]] if counter else []), *(_start(loop, name) for name in carried)]
    results = [*(["_"] if counter else []), *carried]
    lines = [""] if loop.exit or needs_blank(code, code.range(node).start.line) else []
    lines += [f"{indent}def {names[0]}({', '.join(given)}):", f"{indent}{step}return {loop.test}", ""]
    lines += [
        f"{indent}def {names[1]}({', '.join(given)}):",
        *_round(loop, carried, numbers, indent + step),
        "",
    ]
    left = ", ".join(results) if len(results) > 1 else f"({results[0]},)"
    lines += [f"{indent}{name} = {start}" for name, start in numbers.starts.items()]
    lines += call(indent, f"{left} = {loop.torch}.while_loop", [*names, tupled(starts)], step)
    return lines + [f"{indent}{name} = {name}.item()" for name in numbers.numbers]


def _round(loop: _Loop, carried: Sequence[str], numbers: CarriedNumbers, indent: str) -> list[str]:
    side, use = loop.side, loop.use
    copies = [f"{indent}{name} = {name}.clone()" for name in use.written]
    values = [_own(loop, name) for name in carried]
    if loop.counter:
        values.insert(0, loop.counter[2])
    returned = ", ".join(values) if len(values) > 1 else f"({values[0]},)"
    left = loop.exit.edits() if loop.exit else ()
    inside = {edit.place.range for edit in left}
    others = (edit for edit in side.out_of_place(use) if edit.place.range not in inside)
    lines = side.lines((*others, *left, *numbers.edits), indent)
    return [*copies, *lines, f"{indent}return {returned}"]


def _own(loop: _Loop, name: str) -> str:
    kept = loop.exit.kept | {loop.exit.done} if loop.exit else frozenset[str]()
    if name in loop.use.written or name in kept:  # torch.where gives a new one
        return name
    side = loop.side
    shared = any(_is_another(side, value, name) for value in side.assigned(name))
    return f"{name}.clone()" if shared or side.may_alias(ast.Name(name, ast.Load())) else name


def _start(loop: _Loop, name: str) -> str:
    """What a loop goes on from: of `old = x` a tensor of its own, as no two that are carried share memory."""
    given = given_above(loop.code, loop.node, name)
    return f"{name}.clone()" if given and _is_another(loop.side, given[-1], name) else name


def _is_another(side: Side, value: ast.expr, name: str) -> bool:
    """Whether a value is, or views, what another name holds."""
    viewed = side.viewed(value)
    return isinstance(viewed, ast.Name) and viewed.id != name


_RULES = frozenset({"data-dependent-branch", "data-dependent-loop", "tensor-to-python"})
REWRITE = Rewrite("while-loop", _RULES, page(__doc__), _find)
