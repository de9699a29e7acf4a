"""What one round of a loop over rows is given, so that the round can be a function of it.

    for k, s in zip(keys, scores): …      a part of each
    for i, k in enumerate(keys): …        `i` counts, and picks `scores[i]`
    for i in range(x.shape[0]): … x[i]    the same

The rule: what counts is a number only within the round. Where it does more than pick a part, it goes over an
`arange`, and is a tensor of no dimension.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ....model import Edit
from ....python.syntax import precedence
from ....python.syntax.names import call_name, method_name, names_in
from ....python.syntax.statements import Function
from ....python.syntax.tree import start
from ...edit.module import Code
from ...edit.naming import free_name, only_value
from ...edit.precision import numbers_as_compared
from ..steps import picking, size_of

Header = ast.For | ast.comprehension


@dataclass(frozen=True)
class Rounds:
    """`names` are the parameters of a round, `over` what they go over; `uses` become one of the names.

    `counter` counts the rounds, if anything does. `offsets` is a tensor that has one more entry than there are rounds.
    `numbers` are the names that hold a number of Python's.
    """

    names: tuple[str, ...]
    over: tuple[str, ...]
    uses: tuple[tuple[ast.expr, str], ...] = ()
    counter: str = ""
    offsets: str = ""
    numbers: frozenset[str] = frozenset()

    def edits(self, code: Code) -> list[Edit]:
        return [code.replaced(use, name) for use, name in self.uses]

    def text(self, code: Code, node: ast.expr) -> str:
        """An expression of the round, on one line."""
        return code.flat_with(node, {**dict(self.uses), **numbers_as_compared(code, node, self.numbers)})


@dataclass(frozen=True)
class _Counted:
    """A loop that counts: `parts` are given beside the counter."""

    counter: str
    parts: tuple[tuple[str, str], ...]
    size: str
    sized: tuple[str, int] | None  # whose size that is
    offsets: str = ""


def counter_of(header: Header) -> str:
    """The name that counts the rounds, if the loop has one."""
    if call_name(header.iter) not in ("range", "enumerate"):
        return ""
    target = header.target.elts[0] if isinstance(header.target, ast.Tuple) else header.target
    return target.id if isinstance(target, ast.Name) else ""


def whole(over: str) -> str:
    """A tensor that the rounds go over, whether or not it may have more rows than there are rounds."""
    tensor, _, size = over.partition("[:")
    return over if size.startswith(",") or not over.endswith("]") else tensor


def rounds_of(
    code: Code, function: Function | ast.Module, header: Header, body: Sequence[ast.AST], torch: str
) -> Rounds | None:
    """None where it goes over anything but the rows of tensors."""
    called = call_name(header.iter) if isinstance(header.iter, ast.Call) else ""
    if called in ("range", "enumerate"):
        counted = _counted(code, function, header)
        rounds = _with_counter(code, counted, body, torch) if counted else None
    else:
        parts = _parts(code, header.target, header.iter)
        rounds = Rounds(tuple(name for name, _ in parts), tuple(over for _, over in parts)) if parts else None
    numbers = frozenset(_numbers(header.target, header.iter))
    return replace(rounds, numbers=numbers) if rounds is not None else None


def _numbers(target: ast.expr, over: ast.expr) -> Iterator[str]:
    """The names that a list of Python's numbers gives."""
    targets = target.elts if isinstance(target, ast.Tuple) else []
    called = call_name(over)
    if isinstance(over, ast.Call) and called in ("zip", "enumerate"):
        for each, inner in zip(targets[called == "enumerate" :], over.args, strict=False):
            yield from _numbers(each, inner)
    elif method_name(over) == "tolist":
        yield from (each.id for each in targets or [target] if isinstance(each, ast.Name))


def is_ragged(loop: ast.AST, rounds: Rounds) -> bool:
    """Whether the rounds take slices of different lengths, which no operator over all rows can."""
    own = {
        *rounds.names,
        *(n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)),
    }
    bounds = (
        b for n in ast.walk(loop) if isinstance(n, ast.Slice) for b in (n.lower, n.upper) if b is not None
    )
    return any(own & names_in(bound) for bound in bounds)


def _parts(code: Code, target: ast.expr, over: ast.expr) -> tuple[tuple[str, str], ...] | None:
    """The names with what each goes over; None where that is not one tensor for each."""
    if isinstance(over, ast.Call) and call_name(over) == "zip":
        names = target.elts if isinstance(target, ast.Tuple) else []
        if over.keywords or len(names) != len(over.args):
            return None
        pairs = [_parts(code, name, each) for name, each in zip(names, over.args, strict=True)]
        return tuple(part for pair in pairs if pair for part in pair) if all(pairs) else None
    rows = _rows(code, over)
    if isinstance(target, ast.Tuple) and rows:
        columns = [
            (each.id, f"{rows}[:, {n}]") for n, each in enumerate(target.elts) if isinstance(each, ast.Name)
        ]
        return tuple(columns) if len(columns) == len(target.elts) else None
    return ((target.id, rows),) if isinstance(target, ast.Name) and rows else None


def _rows(code: Code, over: ast.expr) -> str:
    """The tensor whose rows an expression gives: `x` of `x`, `x.tolist()`, `x.unbind(0)` and `torch.unbind(x)`."""
    method = method_name(over)
    if method.startswith("split") and "tolist" in code.flat(over):
        return code.flat(over)  # parts of different lengths, one for each round
    if isinstance(over, ast.Call) and isinstance(over.func, ast.Attribute) and not over.keywords:
        first = [a.value for a in over.args if isinstance(a, ast.Constant)] in ([], [0])
        if method in ("tolist", "unbind") and first and len(over.args) <= 1:
            return precedence.owner(code.flat(over.func.value))
    return code.flat(over) if isinstance(over, (ast.Name, ast.Attribute, ast.Subscript)) else ""


def _counted(code: Code, function: Function | ast.Module, header: Header) -> _Counted | None:
    call = header.iter
    if not isinstance(call, ast.Call) or len(call.args) != 1 or call.keywords:
        return None
    if call_name(call) == "range":
        named = header.target.id if isinstance(header.target, ast.Name) else ""
        sized = size_of(function, call.args[0])
        offsets = _offsets(code, function, call.args[0])
        known = bool(named) and (sized is not None or bool(offsets))
        return _Counted(named, (), code.flat(call.args[0]), sized, offsets) if known else None
    target = header.target
    if not isinstance(target, ast.Tuple) or len(target.elts) != 2 or not isinstance(target.elts[0], ast.Name):
        return None
    parts = _parts(code, target.elts[1], call.args[0])
    if not parts:
        return None
    first = parts[0][1]
    return _Counted(target.elts[0].id, parts, f"{first}.shape[0]", (first, 0))


def _offsets(code: Code, function: Function | ast.Module, size: ast.expr) -> str:
    """`ptr` of `len(ptr) - 1`, or of a name for it: the rounds go from one offset to the next."""
    if isinstance(size, ast.Name):
        value = only_value(code, size)
        return (
            _offsets(code, function, value) if value is not None and not isinstance(value, ast.Name) else ""
        )
    if not isinstance(size, ast.BinOp) or not isinstance(size.op, ast.Sub) or ast.unparse(size.right) != "1":
        return ""
    left = size.left
    if method_name(left) == "numel" and isinstance(left, ast.Call) and isinstance(left.func, ast.Attribute):
        return left.func.value.id if isinstance(left.func.value, ast.Name) else ""
    counted = size_of(function, left)
    return counted[0] if counted is not None and counted[1] == 0 else ""


def _with_counter(code: Code, counted: _Counted, body: Sequence[ast.AST], torch: str) -> Rounds:
    """Each tensor that the counter picks from is one that the rounds go over."""
    found = picks(code, body, counted.counter)
    names = dict(counted.parts)
    for name, owner in found.names.items():
        sized = counted.sized is not None and owner == _over(*counted.sized)
        names[name] = owner if sized else f"{owner}[:{counted.size}]"
    if found.counts or not names:
        owner = counted.sized[0] if counted.sized else next(iter(names.values()))
        names[counted.counter] = f"{torch}.arange({counted.size}, device={owner}.device)"
    return Rounds(tuple(names), tuple(names.values()), found.uses, counted.counter, counted.offsets)


@dataclass(frozen=True)
class Picks:
    """What a number picks from tensors: the name of each part, with the tensor that it is a row of.

    `uses` become the names. `counts`: the number is used otherwise as well.
    """

    names: Mapping[str, str]
    uses: tuple[tuple[ast.expr, str], ...]
    counts: bool


def picks(code: Code, body: Sequence[ast.AST], counter: str) -> Picks:
    """Each `x[i]` of a body, by the name of what counts."""
    names: dict[str, str] = {}
    uses: list[tuple[ast.expr, str]] = []
    counts = False
    for node in _uses(body, counter):
        pick = _picking(code, node)
        if pick is None:
            counts = True
            continue
        subscript, dim, rest = pick
        owner = precedence.owner(code.flat(subscript.value))
        known = next((name for name, over in names.items() if over == _over(owner, dim)), "")
        name = known or free_name(code, node, f"{owner.rpartition('.')[2]}_{counter}")
        names[name] = _over(owner, dim)
        uses.append((subscript, name + rest))
    return Picks(names, tuple(uses), counts)


def _over(owner: str, dim: int) -> str:
    """A tensor whose rows are those of a dimension."""
    return owner if dim == 0 else f"{owner}.movedim({dim}, 0)"


def _uses(body: Sequence[ast.AST], name: str) -> list[ast.Name]:
    """Where a name stands, in the order of the text."""
    found = [n for each in body for n in ast.walk(each) if isinstance(n, ast.Name) and n.id == name]
    return sorted(found, key=start)


def _picking(code: Code, counter: ast.Name) -> tuple[ast.Subscript, int, str] | None:
    """`x[t]`, `x[:, t]`, and `x[t, 0]` with the rest of the index: `[0]`."""
    if (pick := picking(code, counter)) is not None:
        return *pick, ""
    index = code.parents.get(counter)
    whole = code.parents.get(index) if isinstance(index, ast.Tuple) and index.elts[0] is counter else None
    if not isinstance(whole, ast.Subscript) or not isinstance(index, ast.Tuple):
        return None
    plain = isinstance(whole.ctx, ast.Load) and isinstance(whole.value, ast.Name)
    alone = not any(
        isinstance(n, ast.Name) and n.id == counter.id for e in index.elts[1:] for n in ast.walk(e)
    )
    rest = ", ".join(code.flat(each) for each in index.elts[1:])
    return (whole, 0, f"[{rest}]") if plain and alone else None
