"""Pads to a multiple whatever the size is, by an amount that the program computes.

A branch on whether something is lacking to a multiple keeps the sizes of one side. Padding by 0 changes nothing,
so it goes without the branch, and what cuts the padding off does too. torch excludes the size at which one
window alone is left, as it does with all sizes of 1; of an amount that is read from a tensor it excludes nothing.
A size that comes of data has no such exclusion, so that its amount is used as it is.

## Before

```python
n = x.shape[1]
pad = (-n) % self.window
if pad:
    x = F.pad(x, (0, 0, 0, pad))
x = self.layer(x.unflatten(1, (-1, self.window))).flatten(1, 2)
if pad:
    x = x[:, :-pad]
```

## After

```python
n = x.shape[1]
pad = torch.tensor((-n) % self.window).item()
x = F.pad(x, (0, 0, 0, pad))
x = self.layer(x.unflatten(1, (-1, self.window))).flatten(1, 2)
x = x[:, :x.shape[1] - pad]
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ...model import DataDependent, Edit, Place
from ...python.syntax.assignments import assigned, assigned_apart, assignments_to, target_of
from ...python.syntax.literals import is_zero
from ...python.syntax.names import call_name, is_name, last_name, method_name, names_in
from ...python.syntax.precedence import owner
from ...python.syntax.statements import Function, block_of, elif_of
from ..edit.blocks import in_place_of
from ..edit.lines import has_own_lines, put_below, take_out
from ..edit.module import Code, code_at
from ..lifting.functions import function_at
from ..loops.steps import size_of
from ..rewrite import Problem, Proposal, Rewrite, page
from .asked import places
from .rounding import Amount, amount_of, asked_in, remainder


def _find(problem: Problem) -> Iterator[Proposal]:
    of_data = isinstance(problem.failure, DataDependent)
    for reads in (False, True) if of_data else (True,):
        edits = _edits(problem, reads)
        if any(".item()" in edit.new_text for edit in edits) if reads else edits:
            how = ", by a tensor's number" if reads and of_data else ""
            yield Proposal(f"Pad to a multiple at every size{how}", tuple(edits))


def _edits(problem: Problem, reads: bool) -> list[Edit]:
    """Where the data said the size, the amount is one that torch asks nothing of, and need not be read."""
    seen, edits, given = list[Function](), list[Edit](), dict[Place, tuple[int, ...]]()
    for place, call in places(problem):
        code = code_at(problem, place)
        function = function_at(code, place) if code is not None else None
        if code is None or code.torch is None or function is None or function in seen:
            continue
        seen.append(function)
        padding = _Padding(code, function, code.torch, given, reads)
        edits += padding.edits()
        if call is not None:
            given[call] = padding.returned()
    return edits


class _NotPaddingError(Exception):
    """A branch does more than pad, or than cut padding off."""


@dataclass
class _Padding:
    """A function that pads. `known` are the names that hold an amount.

    `given`: which parts of what a call gives are amounts.
    """

    code: Code
    function: Function
    torch: str
    given: Mapping[Place, tuple[int, ...]]
    reads: bool
    known: dict[str, Amount] = field(default_factory=dict)
    found: list[Edit] = field(default_factory=list)

    def edits(self) -> tuple[Edit, ...]:
        """Nothing where the function has no amount, or a branch on one that is understood by no rule here."""
        try:
            self._names()
            self._holds_no_other()
            self._received()
            for branch in ast.walk(self.function):
                if isinstance(branch, ast.If):
                    self._branch(branch)
                elif isinstance(branch, ast.IfExp):
                    self._choice(branch)
            self._inline()
        except _NotPaddingError:
            self.known.clear()
            return ()
        return tuple(self.found)

    def returned(self) -> tuple[int, ...]:
        """Which parts of what the function returns are amounts."""
        last = self.function.body[-1]
        value = last.value if isinstance(last, ast.Return) else None
        parts = value.elts if isinstance(value, ast.Tuple) else []
        return tuple(
            n for n, each in enumerate(parts) if isinstance(each, ast.Name) and each.id in self.known
        )

    def _received(self) -> None:
        """The amounts that a function gave, which are read from a tensor there."""
        for statement in ast.walk(self.function):
            target = target_of(statement)
            value = statement.value if isinstance(statement, ast.Assign) else None
            if value is None or not isinstance(target, ast.Tuple):
                continue
            for index in self.given.get(self.code.source.place(self.code.range(value)), ()):
                name = target.elts[index] if index < len(target.elts) else None
                if isinstance(name, ast.Name):
                    self.known[name.id] = Amount(name.id, "", name.id)

    def _names(self) -> None:
        """The amounts that have a name before they are asked for; each is read from a tensor."""
        for statement in ast.walk(self.function):
            if not isinstance(statement, ast.Assign):
                continue
            asked = bool(self._asked_around(statement))
            for name, value in assigned_apart(statement):
                found = amount_of(self.code, value, lacks=asked) if self._pads(name) else None
                if found is None:
                    continue
                if self.known.setdefault(name, found).key != found.key:
                    raise _NotPaddingError
                if not asked:
                    self.found.append(self.code.replaced(value, self._read(found)))
                    self._checked(statement, name, found)

    def _holds_no_other(self) -> None:
        """A name that holds an amount is given no other value: only one of the kind, or 0."""
        given = [
            pair for n in ast.walk(self.function) if isinstance(n, ast.Assign) for pair in assigned_apart(n)
        ]
        for name in self.known:
            stores = [n for n in ast.walk(self.function) if is_name(n, name) and isinstance(n.ctx, ast.Store)]
            alike = [
                value
                for each, value in given
                if each == name and (is_zero(value) or amount_of(self.code, value, lacks=True))
            ]
            if len(stores) != len(alike):
                raise _NotPaddingError

    def _checked(self, statement: ast.stmt, name: str, amount: Amount) -> None:
        """What is reflected has to be longer than the padding."""
        mirrored = any(
            isinstance(n, ast.Call) and _is_padding(n) and name in names_in(n) and _is_of_mode(n)
            for n in ast.walk(self.function)
        )
        checks = (f"{self.torch}._check({name} >= 0)", f"{self.torch}._check({name} < {amount.multiple})")
        below = put_below(self.code, statement, *checks) if mirrored else None
        self.found += [below] if below is not None else []

    def _pads(self, name: str) -> bool:
        """Whether something is padded by what a name holds, or a function of the user's gives it back."""
        calls = (n for n in ast.walk(self.function) if isinstance(n, ast.Call) and _is_padding(n))
        returned = (n for n in ast.walk(self.function) if isinstance(n, ast.Return) and n.value is not None)
        return any(name in names_in(each) for each in (*calls, *returned))

    def _asked_around(self, statement: ast.stmt) -> set[tuple[str, str]]:
        """What the branch around a statement asks for."""
        branch = self.code.parents.get(statement)
        if not isinstance(branch, ast.If):
            return set()
        keys, lacks = asked_in(self.code, branch.test, self.known)
        return keys if lacks == (statement in branch.body) else set()

    def _read(self, amount: Amount) -> str:
        return f"{self.torch}.tensor({amount.text}).item()" if self.reads else amount.text

    # -- branches ------------------------------------------------------------------------------------

    def _branch(self, branch: ast.If) -> None:
        keys, lacks = asked_in(self.code, branch.test, self.known)
        if not keys:
            return
        code = self.code
        padding, other = (branch.body, branch.orelse) if lacks else (branch.orelse, branch.body)
        if code.is_elif(branch) or elif_of(branch) is not None or not has_own_lines(code, branch):
            raise _NotPaddingError
        if not lacks and not branch.orelse and self._leaves(branch, keys):
            return
        if not padding or not all(self._is_zero(each) for each in other):
            raise _NotPaddingError
        self._untold(branch.test)
        inner = [edit for each in padding for edit in self._idle(each, keys)]
        edit = in_place_of(code, branch, padding, inner)
        if edit is None:
            raise _NotPaddingError
        self.found.append(edit)

    def _choice(self, choice: ast.IfExp) -> None:
        """`x[:, :-pad] if pad else x`."""
        code = self.code
        keys, lacks = asked_in(code, choice.test, self.known)
        whole = choice.orelse if lacks else choice.body
        cut = choice.body if lacks else choice.orelse
        if not keys or not isinstance(cut, ast.Subscript) or code.flat(cut.value) != code.flat(whole):
            return
        self.found.append(code.replaced(choice, code.flat_with(cut, self._cuts(cut, keys))))

    def _untold(self, test: ast.expr) -> None:
        """Takes a name out that says whether something is lacking: `odd = n % 2 == 1`."""
        if not isinstance(test, ast.Name) or test.id in self.known or remainder(self.code, test) is not None:
            return
        uses = [n for n in ast.walk(self.function) if is_name(n, test.id)]
        given = list(assignments_to(test.id, [self.function]))
        tests = [up.test for n in uses if isinstance(up := self.code.parents.get(n), ast.If)]
        gone = take_out(self.code, given[0]) if len(given) == 1 else None
        if gone is None or len(uses) != len(tests) + 1:
            raise _NotPaddingError
        self.found += [] if gone in self.found else [gone]

    def _is_zero(self, statement: ast.stmt) -> bool:
        """`pad = 0`, which the other side gives its amount."""
        name, value = assigned(statement) or ("", None)
        return isinstance(statement, ast.Pass) or (
            name in self.known and value is not None and is_zero(value)
        )

    def _leaves(self, branch: ast.If, keys: set[tuple[str, str]]) -> bool:
        """`if n % 8 == 0: return x`, where what follows gives the same with nothing lacking."""
        code, body = self.code, branch.body
        parent = code.parents.get(branch)
        rest = block_of(parent, branch) if parent is not None else []
        rest = rest[rest.index(branch) + 1 :]
        last = rest[-1] if rest else None
        if len(body) != 1 or not isinstance(body[0], ast.Return) or not isinstance(last, ast.Return):
            return False
        inner = [edit for each in rest[:-1] for edit in self._idle(each, keys)]
        gone = take_out(code, branch)
        if gone is None or self._without(last, keys) != code.flat(body[0]):
            raise _NotPaddingError
        self.found += [*inner, gone]
        return True

    def _without(self, returned: ast.Return, keys: set[tuple[str, str]]) -> str:
        """What a `return` gives with nothing lacking: `return x, 0` of `return F.pad(x, (0, pad)), pad`."""
        code, instead = self.code, dict[ast.expr, str]()
        for node in ast.walk(returned):
            if isinstance(node, ast.Call) and (padded := self._padded(node, keys)) is not None:
                instead[node] = padded
            elif isinstance(node, ast.Name) and node.id in self.known:
                inside = any(up in instead for up in code.ancestors(node))
                instead |= {} if inside else {node: "0"}
        value = returned.value
        return f"return {code.flat_with(value, instead)}" if value is not None else ""

    # -- statements that change nothing where nothing is lacking -------------------------------------

    def _idle(self, statement: ast.stmt, keys: set[tuple[str, str]]) -> list[Edit]:
        """The edits of one.

        Raises:
            _NotPaddingError: it is another.
        """
        name, value = assigned(statement) or ("", None)
        if value is not None and self._is_size_anew(name, value, keys):
            return []
        if value is None or not isinstance(statement, ast.Assign):
            raise _NotPaddingError
        amount = amount_of(self.code, value, lacks=True)
        if amount is not None and amount.key in keys:
            self.known[name] = amount
            return [self.code.replaced(value, self._read(amount))]
        if isinstance(value, ast.Call) and method_name(value) == "contiguous" and not value.args:
            value = value.func.value  # type: ignore[attr-defined]
        if isinstance(value, ast.Subscript) and is_name(value.value, name):
            return [self.code.replaced(part, text) for part, text in self._cuts(value, keys).items()]
        if isinstance(value, ast.Call) and self._padded(value, keys) == name:
            return self._inline_in(value, keys)
        raise _NotPaddingError

    def _is_size_anew(self, name: str, value: ast.expr, keys: set[tuple[str, str]]) -> bool:
        """`n += pad`, and `n = x.shape[1]` once more: the size with its padding."""
        if name not in {size for size, _ in keys}:
            return False
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
            return is_name(value.left, name) and self._is_of(value.right, keys)
        given = [size_of(self.function, each.value) for each in assignments_to(name, [self.function])]
        return len(given) > 1 and given[0] is not None and len(set(given)) == 1

    def _padded(self, call: ast.Call, keys: set[tuple[str, str]]) -> str | None:
        """`x` of `F.pad(x, (0, pad))` and of `torch.cat([x, x.new_zeros(1, pad)], 1)`."""
        if last_name(call) == "pad" and len(call.args) >= 2:
            sizes = call.args[1].elts if isinstance(call.args[1], (ast.Tuple, ast.List)) else []
            idle = bool(sizes) and all(is_zero(each) or self._is_of(each, keys) for each in sizes)
            return self.code.flat(call.args[0]) if idle else None
        if (
            last_name(call) in ("cat", "concat")
            and call.args
            and isinstance(call.args[0], (ast.List, ast.Tuple))
        ):
            parts = call.args[0].elts
            empty = len(parts) == 2 and any(self._is_empty(each, keys) for each in parts[1:])
            return self.code.flat(parts[0]) if empty else None
        return None

    def _is_empty(self, node: ast.expr, keys: set[tuple[str, str]]) -> bool:
        """`x.new_zeros(x.shape[0], pad)`, which has nothing where nothing is lacking."""
        if not isinstance(node, ast.Call) or last_name(node) not in _SIZED:
            return False
        sizes = [e for a in node.args for e in (a.elts if isinstance(a, (ast.Tuple, ast.List)) else [a])]
        return any(self._is_of(each, keys) for each in sizes)

    def _is_of(self, node: ast.expr, keys: set[tuple[str, str]]) -> bool:
        found = (
            self.known.get(node.id) if isinstance(node, ast.Name) else amount_of(self.code, node, lacks=True)
        )
        return found is not None and found.key in keys

    def _cuts(self, node: ast.Subscript, keys: set[tuple[str, str]]) -> dict[ast.expr, str]:
        """What `x[:, :-pad]` and `x[:, :n]` are cut at, where another text is to stand."""
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        instead: dict[ast.expr, str] = {}
        for index, part in enumerate(parts):
            dim = index - len(parts) if _is_rest(parts[0]) else index
            if isinstance(part, ast.Slice) and part.lower is part.step is None:
                instead |= self._cut_at(node.value, part.upper, dim, keys)
            elif not (index == 0 and _is_rest(part)):
                raise _NotPaddingError
        return instead

    def _cut_at(
        self, cut: ast.expr, upper: ast.expr | None, dim: int, keys: set[tuple[str, str]]
    ) -> dict[ast.expr, str]:
        if upper is None or self.code.flat(upper) in {size for size, _ in keys}:
            return {}
        if not isinstance(upper, ast.UnaryOp) or not isinstance(upper.op, ast.USub):
            raise _NotPaddingError
        if not isinstance(upper.operand, ast.Name) or not self._is_of(upper.operand, keys):
            raise _NotPaddingError
        return {upper: f"{owner(self.code.flat(cut))}.shape[{dim}] - {upper.operand.id}"}

    # -- amounts without a name ----------------------------------------------------------------------

    def _inline(self) -> None:
        """Those of a call that pads outside of the branches."""
        done = [edit.place.range for edit in self.found]
        for call in ast.walk(self.function):
            if not isinstance(call, ast.Call) or not _is_padding(call):
                continue
            if not any(each.contains(self.code.range(call)) for each in done):
                self.found += self._inline_in(call, None)

    def _inline_in(self, call: ast.Call, keys: set[tuple[str, str]] | None) -> list[Edit]:
        edits: list[Edit] = []
        inside = (n for argument in call.args[1:] or call.args for n in ast.walk(argument))
        for node in inside:
            amount = (
                amount_of(self.code, node, lacks=keys is not None) if isinstance(node, ast.BinOp) else None
            )
            if amount is not None and (keys is None or amount.key in keys):
                edits.append(self.code.replaced(node, self._read(amount)))  # type: ignore[arg-type]
        # An amount may be a part of another one's text: `(8 - n % 8) % 8`.
        return [each for each in edits if not any(_is_within(each, other) for other in edits)]


_SIZED = frozenset({"zeros", "ones", "full", "new_zeros", "new_ones", "new_full", "expand", "repeat"})


def _is_padding(call: ast.Call) -> bool:
    return last_name(call) in ("pad", "cat", "concat") and call_name(call) != "pad_sequence"


def _is_of_mode(call: ast.Call) -> bool:
    """Whether the padding is made of what is padded: `mode="reflect"`."""
    said = [*call.args[2:3], *(k.value for k in call.keywords if k.arg == "mode")]
    return any(not (isinstance(each, ast.Constant) and each.value == "constant") for each in said)


def _is_rest(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _is_within(edit: Edit, other: Edit) -> bool:
    return edit is not other and other.place.range.contains(edit.place.range)


_RULES = frozenset({"dim-range", "dim-relation", "dim-specialized", "silent-specialization"})
_RULES |= {"invalid-dynamic-shapes", "data-dependent-branch", "data-dependent-guard"}
REWRITE = Rewrite("rounded-up", _RULES, page(__doc__), _find)
