"""The function that is being lifted: what its names hold, and what is written in place of its text."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from ...model import Edit, Place, Range
from ...python.syntax.names import call_name, names_in
from ...python.syntax.precedence import operand
from ...python.syntax.statements import Function
from ..edit.module import Code
from .value import CannotLiftError, Value

Form: TypeAlias = "Callable[[Scope, ast.expr], Value]"
Resolve: TypeAlias = Callable[[Code, ast.Call], "tuple[Code, Function] | None"]
Called: TypeAlias = "Callable[[Scope, ast.Call, Code, Function], Value | None]"


@dataclass(frozen=True)
class Exit:
    """An early return that has become a condition; `value` is what is returned where it holds."""

    test: str
    value: Value


@dataclass
class Pass:
    """One pass over a function and its helpers.

    `kept` are names of numbers that nothing needs as tensors, `promoted` such as begin with a constant and
    become tensors. A pass that finds more of them is followed by another. `about` is the place of the finding.
    `floats` are expressions that were seen to give a float; `double`: floats have the digits that Python's have.
    """

    kept: frozenset[tuple[int, str]]
    promoted: frozenset[tuple[int, str]]
    asked: frozenset[tuple[str, Range]]  # expressions whose truth was seen to depend on data
    about: Place
    floats: frozenset[tuple[str, Range]] = frozenset()
    double: bool = False
    rounds: bool = False  # something was decided on floats that the tensor's own precision rounds
    edits: list[Edit] = field(default_factory=list)
    demanded: set[tuple[int, str]] = field(default_factory=set)
    lifted: set[tuple[int, str]] = field(default_factory=set)
    flows: dict[tuple[int, str], set[tuple[int, str]]] = field(
        default_factory=dict
    )  # what a name was made from
    to_promote: set[tuple[int, str]] = field(default_factory=set)
    functions: dict[Function, Value | None] = field(default_factory=dict)


@dataclass
class Scope:
    """`names` are those that are bound so far. Nothing is written while `silent`."""

    code: Code
    torch: str
    function: Function
    forms: Mapping[type, Form]
    resolve: Resolve
    called: Called
    run: Pass
    names: dict[str, Value] = field(default_factory=dict)
    is_entry: bool = True
    exits: list[Exit] = field(default_factory=list)
    results: list[Value] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    silent: bool = False
    loops: list[ast.For] = field(default_factory=list)
    checks: dict[str, None] = field(default_factory=dict)  # what has to hold for a statement to go on
    above: dict[str, str] = field(
        default_factory=dict
    )  # what is given a name above a statement, with the name
    handing: set[ast.expr] = field(default_factory=set)  # calls of what is lifted, too
    over: dict[str, str] = field(
        default_factory=dict
    )  # the names of a comprehension, with what each goes over
    tallies: dict[str, str] = field(default_factory=dict)  # lists that are counted, each with its number
    addresses: dict[str, ast.expr] = field(default_factory=dict)  # names of what `data_ptr` gave
    catching: int = 0  # how many `try` there are around
    enclosed: list[list[ast.stmt]] = field(default_factory=list)  # the blocks around, which may not run
    finite: list[str] = field(default_factory=list)  # what a statement makes whole numbers of

    def of(self, node: ast.expr) -> Value:
        """What an expression becomes."""
        form = self.forms.get(type(node))
        value = form(self, node) if form else self.composed(node)
        return replace(value, kind="data") if value.kind == "static" and self.is_asked(node) else value

    def is_asked(self, node: ast.expr) -> bool:
        """Whether export was seen to ask for an expression's truth."""
        return (self.code.source.file, self.code.range(node)) in self.run.asked

    def is_float(self, node: ast.expr) -> bool:
        """Whether an expression was seen to give Python a float, where that makes it a float64."""
        return self.run.double and self.was_float(node)

    def was_float(self, node: ast.expr) -> bool:
        """Whether an expression was seen to give Python a float."""
        return (self.code.source.file, self.code.range(node)) in self.run.floats

    def decides(self, *values: Value) -> None:
        """Notes that something depends on each digit of numbers."""
        self.run.rounds |= any(value.computed or value.written for value in values)

    def rounds_off(self, value: Value) -> None:
        """The same of a float that is rounded, be it computed or not: `m // 0.1`, `round(m, 2)`."""
        self.run.rounds |= value.fraction

    def as_tensor(self, value: Value) -> Value:
        """A number that Python has, as a tensor."""
        is_float = value.python == "float"
        dtype = f", dtype={self.torch}.float64" if is_float and self.run.double else ""
        made = Value(f"{self.torch}.tensor({value.text}{dtype})", value.python or "number", changed=True)
        return replace(made, fraction=is_float, written=is_float and value.may_be_rounded)

    def makes_whole(self, value: Value) -> None:
        """Notes a float of which a whole number is made: Python makes none of NaN and of infinities."""
        self.decides(value)
        if self.run.double and value.kind == "float":
            self.finite.append(value.detached.text)

    def composed(self, node: ast.expr, tensors: bool = False) -> Value:
        """An expression with its parts as they become; what is lifted among them is Python's again, or stays a tensor."""
        children = [each for each in ast.walk(node) if self._is_part(each, node)]
        values = [(child, self.of(child)) for child in children if isinstance(child, ast.expr)]
        return self.with_parts(node, values, tensors)

    def with_parts(
        self, node: ast.expr, values: Iterable[tuple[ast.expr, Value]], tensors: bool = False
    ) -> Value:
        values = list(values)
        if any(
            value.joined and node not in self.handing and not _takes_rows(node, child)
            for child, value in values
        ):
            raise CannotLiftError  # it has to be a list
        texts = {
            child: v.detached.text if tensors and not self.is_kept(v) else v.plain for child, v in values
        }
        instead = {
            child: self.placed(child, texts[child])
            for child, _ in values
            if texts[child] != self.code.flat(child)
        }
        data = any(value.asks_data or value.holds_lifted for _, value in values)
        shown = any(value.holds_text for _, value in values)
        return Value(
            self.code.flat_with(node, instead),
            "text" if shown else "data" if data else "static",
            changed=bool(instead),
            roots=frozenset().union(*(value.roots for _, value in values)),
            array=any(value.array for _, value in values),
            sized=any(value.sized for _, value in values),
            cheap=all(value.cheap for _, value in values),
        )

    def is_kept(self, value: Value) -> bool:
        """Whether a number that is taken here stays as the text has it."""
        return bool(value.source) and not value.roots

    def _is_part(self, each: ast.AST, node: ast.expr) -> bool:
        """Whether an expression is a part of another with nothing but keywords or slices between."""
        if not isinstance(each, ast.expr) or each is node or isinstance(each, ast.Slice):
            return False
        up = self.code.parents[each]
        while isinstance(up, ast.keyword | ast.Slice | ast.Starred):
            up = self.code.parents[up]
        return up is node and not isinstance(each, ast.Starred)

    def placed(self, child: ast.expr, text: str) -> str:
        """A text in the place of an expression, in brackets also where they only help to read it."""
        parent = self.code.parents.get(child)
        is_function = isinstance(parent, ast.Call) and parent.func is child
        is_index = isinstance(parent, ast.Subscript) and parent.slice is child
        loose = (
            isinstance(parent, ast.keyword | ast.List | ast.Tuple | ast.Dict | ast.Call) and not is_function
        )
        if (
            loose
            or is_index
            or isinstance(parent, ast.stmt)
            or self.code.bracketed(child) != self.code.range(child)
        ):
            return text
        return operand(text)

    # -- names -----------------------------------------------------------------------------------------

    def key(self, name: str) -> tuple[int, str]:
        return self.function.lineno, name

    def bind(self, name: str, value: Value) -> None:
        self.names[name] = value.named(name)
        self.run.flows.setdefault(self.key(name), set()).update(self.key(root) for root in value.roots)
        if value.holds_lifted:
            self.run.lifted.add(self.key(name))
        if value.needed:
            self.run.demanded.add(self.key(name))

    def promotes(self, name: str) -> bool:
        """Whether a constant that a name begins with is to be a tensor."""
        return self.key(name) in self.run.promoted

    def promote(self, name: str) -> None:
        self.run.to_promote.add(self.key(name))

    def keeps(self, name: str) -> bool:
        """Whether a name holds Python's number on."""
        return self.key(name) in self.run.kept

    def demand(self, *values: Value) -> None:
        """Says that Python would have to know these values: what they were made from has to be tensors."""
        self.run.demanded.update(self.key(root) for value in values for root in value.roots)

    def fresh(self, *wanted: str) -> str:
        """The first of `wanted`, else the last with a number, that the function does not use."""
        used = names_in(self.function) | {a.arg for a in ast.walk(self.function) if isinstance(a, ast.arg)}
        numbered = (f"{wanted[-1]}_{number}" for number in range(2, 1000))
        name = next(each for each in (*wanted, *numbered) if each not in used | self.taken)
        self.taken.add(name)
        return name

    # -- what raises -----------------------------------------------------------------------------------

    def check(self, text: str) -> None:
        """Says what has to hold where an expression is computed; it is checked above the statement.

        A tensor of truth, or a `torch._check(…)` of sizes.
        """
        self.checks[text] = None

    def above_as(self, text: str, *wanted: str) -> str:
        """A name that an expression is given above the statement."""
        if text not in self.above:
            self.above[text] = self.fresh(*wanted)
        return self.above[text]

    @contextmanager
    def unchecked(self, *known: str) -> Iterator[None]:
        """What is computed in here may not be needed: it cannot be checked above the statement.

        `known` is what holds where it is needed.
        """
        added = set[str]()
        with self.checking() as checks:
            yield
            added.update(checks)
        if added - set(known):
            raise CannotLiftError

    @contextmanager
    def checking(self) -> Iterator[dict[str, None]]:
        """Gives the checks of what is computed in here, which are not made."""
        outer, self.checks = self.checks, {}
        try:
            yield self.checks
        finally:
            self.checks = outer

    # -- text ------------------------------------------------------------------------------------------

    def write(self, *edits: Edit | None) -> None:
        if not self.silent:
            self.run.edits.extend(edit for edit in edits if edit is not None)

    def rewrite(self, node: ast.expr, text: str) -> None:
        """Puts a text in the place of an expression, where it is another one."""
        if text != self.code.flat(node):
            self.write(self.code.replaced(node, text))


def _takes_rows(node: ast.expr, child: ast.expr) -> bool:
    """Whether a tensor does in the place of a list: what only goes through it, or picks by it."""
    if isinstance(node, ast.Call):
        return child is not node.func and call_name(node) in ("len", "enumerate", "zip", "print")
    return isinstance(node, ast.Subscript) and child is node.slice
