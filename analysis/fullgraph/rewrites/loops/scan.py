"""Rewrites a loop that carries state over the steps of a tensor as torch's `scan`.

The body of the loop becomes a function of the carried state and one step. It returns the next state, and the
values that the loop collected in a list, which `scan` stacks. The body is captured once for any number of
steps.

## Before

```python
outputs = []
for step in x:
    h = self.cell(step, h)
    outputs.append(h)
return torch.stack(outputs), h
```

## After

```python
def one_step(h, step):
    h = self.cell(step, h)
    return h, h.clone()

h, outputs = torch._higher_order_ops.scan(one_step, h, x)
return outputs, h
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...model import Edit, Position, Range
from ...python.binding.liveness import bound_before, carried, read_later
from ...python.binding.usage import Use
from ...python.syntax.precedence import argument, owner
from ...python.syntax.statements import Function, returning
from ..branches.branch_function import Block, Side
from ..edit.blocks import call, header, last_line, needs_blank, step_of, tupled
from ..edit.lines import has_own_lines, indentation, take_out
from ..edit.module import Code, code_of
from ..edit.naming import free_name
from ..rewrite import Problem, Proposal, Rewrite, page
from .loop_carried import start_as_tensor
from .steps import Collected, Steps, collected_in, steps_of

_GONE = "\0"
"""Stands for a statement that goes, until its line is left out."""


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    code, node = found
    loop = code.statement_of(node)
    if isinstance(loop, ast.For) and node in ast.walk(loop.iter):
        scanned = _scanned(code, loop, torch)
        edits = scanned.edits() if scanned else None
        if edits:
            yield Proposal("Rewrite as torch._higher_order_ops.scan over the steps", edits)


def _scanned(code: Code, loop: ast.For, torch: str) -> _Scanned | None:
    function = code.function_of(loop)
    if function is None or isinstance(function, ast.AsyncFunctionDef) or loop.orelse:
        return None
    collected = collected_in(code, function, loop, torch)
    steps = steps_of(code, function, loop)
    if collected is None or steps is None or returning(loop.body) != "never":
        return None
    added = {each.appended: each for each in collected}
    body = [ast.Expr(added[s].value) if s in added else s for s in loop.body]
    use = Use.of(body)
    side = Side(code, (Block(loop.body, header(code, loop)),), torch)
    if use is None or not side.is_movable or not has_own_lines(code, loop):
        return None
    if not all(_stands(each, loop.body) for each in collected):
        return None
    return _Scanned(code, loop, function, torch, steps, collected, use, side)


def _stands(collected: Collected, body: list[ast.stmt]) -> bool:
    """Whether the value that is added is the same at the end of the round."""
    rest = body[body.index(collected.appended) + 1 :]
    read = {n.id for n in ast.walk(collected.value) if isinstance(n, ast.Name)}
    use = Use.of(rest)
    return not rest or (use is not None and not read & {*use.binds, *use.written})


@dataclass(frozen=True)
class _Scanned:
    """A loop in its parts: what each round is given, what it carries, what it leaves."""

    code: Code
    loop: ast.For
    function: Function
    torch: str
    steps: Steps
    collected: tuple[Collected, ...]
    use: Use
    side: Side

    def edits(self) -> tuple[Edit, ...] | None:
        code, carried = self.code, self.carried
        there = bound_before(code, self.loop)
        if not carried or any(name not in there or name in self.steps.names for name in carried):
            return None
        if self.use.functions.intersection(carried) or any(n in self.use.binds for n in self.steps.read):
            return None
        starts = [start_as_tensor(code, self.loop, self.torch, name) for name in carried]
        end = last_line(code, self.loop.body)
        start = Position(code.range(self.loop).start.line, 0)
        whole = Range(start, Position(end, len(code.source.lines[end])))
        gone = [take_out(code, each.made) for each in self.collected]
        if None in gone:
            return None
        stacked = [edit for each in self.collected for edit in each.as_tensor(code)]
        others = [edit for edit in (*starts, *gone) if edit is not None]
        return (*others, code.edit(whole, "\n".join(self._lines())), *stacked)

    @property
    def carried(self) -> tuple[str, ...]:
        return carried(self.code, self.loop, self.use)

    # -- the text ----------------------------------------------------------------------------------

    def _lines(self) -> list[str]:
        code, carried = self.code, self.carried
        indent = indentation(code, self.loop)
        step = step_of(code, self.loop.body, indent)
        name = free_name(code, self.loop, "one_step")
        whole = carried[0] if len(carried) == 1 else free_name(code, self.loop, "carried", "state")
        given = (
            self.steps.names[0] if len(self.steps.names) == 1 else free_name(code, self.loop, "row", "each")
        )
        lines = [""] if self._needs_blank() else []
        lines += [f"{indent}def {name}({whole}, {given}):"]
        lines += [f"{indent}{step}{', '.join(carried)} = {whole}"] if len(carried) > 1 else []
        lines += (
            [f"{indent}{step}{', '.join(self.steps.names)} = {given}"] if len(self.steps.names) > 1 else []
        )
        lines += [*self._body(indent + step), ""]
        later = read_later(code, self.loop, carried)
        left = (carried[0] if len(carried) == 1 else f"({', '.join(carried)})") if later else "_"
        starts = carried[0] if len(carried) == 1 else tupled(carried)
        over = self.steps.over[0] if len(self.steps.over) == 1 else tupled(self.steps.over)
        results = [each.name for each in self.collected] or ["_" if left != "_" else "_ys"]
        right = results[0] if len(results) == 1 else f"({', '.join(results)})"
        return lines + call(
            indent, f"{left}, {right} = {self.torch}._higher_order_ops.scan", [name, starts, over], step
        )

    def _needs_blank(self) -> bool:
        """A list that is made right above goes, and what stands above that counts."""
        line = self.code.range(self.loop).start.line
        made = {self.code.range(each.made).start.line for each in self.collected}
        while line - 1 in made:
            line -= 1
        return needs_blank(self.code, line)

    def _body(self, indent: str) -> list[str]:
        use, side = self.use, self.side
        copies = [f"{indent}{name} = {name}.clone()" for name in use.written]
        edits = [*side.out_of_place(use), *self.steps.edits(self.code)]
        gone = [self.code.edit(self.code.range(each.appended), _GONE) for each in self.collected]
        values = list(self._values())
        lines = side.lines([*edits, *gone], indent)
        lines = [line for line in lines if line.strip() != _GONE]
        carried = [self._own(ast.Name(name, ast.Load()), name) for name in self.carried]
        first = carried[0] if len(carried) == 1 else f"({', '.join(carried)})"
        second = values[0] if len(values) == 1 else tupled(values) if values else "()"
        return [*copies, *lines, f"{indent}return {first}, {second}"]

    def _values(self) -> Iterator[str]:
        """What each list was given, as it stands at the end of the round."""
        for each in self.collected:
            text = self.steps.replaced(self.code, each.value)
            yield f"{owner(text)}.clone()" if self._is_shared(each.value) else argument(text)

    def _is_shared(self, value: ast.expr) -> bool:
        """Whether a value is one of those carried, or a view of one, or of what the loop was given."""
        root = self.side.viewed(value)
        carried = isinstance(root, ast.Name) and root.id in self.carried
        return carried or self.side.may_alias(value)

    def _own(self, value: ast.expr, name: str) -> str:
        if name in self.use.written:
            return name
        return f"{name}.clone()" if self.side.may_alias(value) else name


_RULES = frozenset(
    {"dim-specialized", "silent-specialization", "data-dependent-loop", "data-dependent-guard"}
)
REWRITE = Rewrite("scan", _RULES, page(__doc__), _find)
