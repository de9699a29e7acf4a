"""Symbolic numbers: the sympy expression in each, what Python asks of them, and how torch's functions are printed."""

from __future__ import annotations

import ast
import builtins
import contextlib
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import sympy
import torch
from sympy.printing.precedence import precedence
from sympy.printing.str import StrPrinter

from .hooks import hooked, patched
from .names import Attribute, Private

_SYM_NODE = Private("torch.fx.experimental.sym_node.SymNode", "where Python asks for the value of a size")
_SYM_NODE_FILE = Private("torch.fx.experimental.sym_node.__file__", "which code asks for the value of a size")
_GUARDS = (
    Attribute("SymNode.guard_bool", "where Python asks for the truth of a symbol"),
    Attribute("SymNode.guard_int", "where Python asks for the integer of a symbol"),
    Attribute("SymNode.guard_float", "where Python asks for the float of a symbol"),
)
"""The methods of SymNode through which Python asks for a value: (node, file, line) in all versions."""

_NODE = Attribute("SymInt.node", "the expressions of sizes")
_EXPRESSION = Attribute("SymNode.expr", "the expressions of sizes")
_HINT = Private("torch.fx.experimental.sym_node.SymNode.hint", "the sizes of inputs that are tried")
_UNREPLACED = Attribute("SymNode._expr", "the sizes of the example inputs")
_IS_BOOL = Attribute("SymNode.is_bool", "which symbols are bools")
_PRINTER = Private("torch.utils._sympy.printers.PythonPrinter", "torch's own functions in expressions")
_MOD = Private("torch.utils._sympy.functions.Mod", "which guards are about a remainder")

SYMBOLIC = (torch.SymInt, torch.SymFloat, torch.SymBool)
"""Numbers that are symbols. None of them has a format: `f"{n:.2f}"` is a plain TypeError in all versions."""


def expression(number: Any) -> Any:
    """The sympy expression of a symbolic number; a plain one as it is."""
    if not isinstance(number, SYMBOLIC):
        return number
    node = _NODE.of(number)
    found = _EXPRESSION.of(node) if node is not None else None
    return sympy.Symbol(str(number), integer=True) if found is None else found


def value_at_hand(number: Any) -> int | None:
    """What a symbolic integer is in the run at hand; asking adds no guard."""
    if not isinstance(number, torch.SymInt):
        return number if isinstance(number, int) else None
    node, property_ = _NODE.of(number), _HINT.get()
    found = property_.fget(node) if node is not None and property_ is not None else None
    return found if isinstance(found, int) else None


def of_node(node: Any) -> Any:
    """The expression of what asks in `around_guards`."""
    found = _EXPRESSION.of(node)
    return sympy.Symbol(str(node), integer=True) if found is None else found


def unreplaced(number: Any) -> Any:
    """The expression as it was made, before torch found its symbols to be equal to others."""
    node = _NODE.of(number)
    found = _UNREPLACED.of(node) if node is not None else None
    return expression(number) if found is None else found


def asks_truth(node: Any) -> bool:
    asks = _IS_BOOL.of(node)
    return asks is not None and bool(asks())


def lone_symbol(number: Any) -> Any:
    """The unbacked symbol that a symbolic number is; of a SymBool, the one that is 1 when it is true."""
    if not isinstance(number, SYMBOLIC):
        return None
    found = expression(number)
    if isinstance(found, sympy.Eq) and found.rhs == 1:
        found = found.lhs
    return found if isinstance(found, sympy.Symbol) else None


@contextlib.contextmanager
def around_guards(make: Callable[[Any], Any]) -> Iterator[None]:
    """Around every question of Python's for the value of a symbol: (node, file, line)."""
    node = _SYM_NODE.get()
    with contextlib.ExitStack() as stack:
        for guard in _GUARDS:
            stack.enter_context(hooked(node, guard, make))
        yield


@contextlib.contextmanager
def around_formats(make: Callable[[Any], Any]) -> Iterator[None]:
    """Around `format(number, spec)` of a symbolic number."""
    with contextlib.ExitStack() as stack:
        for kind in SYMBOLIC:
            stack.enter_context(patched(kind, "__format__", make))
        yield


def asking_file(frame: Any) -> str | None:
    """The file of the code that asks, `frame` being the caller of a guard."""
    between = {_SYM_NODE_FILE.get(), torch.__file__}
    while frame is not None and frame.f_code.co_filename in between:
        frame = frame.f_back
    return frame.f_code.co_filename if frame is not None else None


def remainders() -> tuple[type, ...]:
    """The classes of `a % b` in expressions."""
    return (sympy.Mod, *_MOD.types())


def printed(found: Any) -> str:
    """An expression as Python."""
    return str(_printer()().doprint(found))


_FUNCTIONS = {"math": math, "torch": torch, "Max": max, "Min": min, "Abs": abs}
"""What a printed expression calls: `math.trunc(0.5*torch.sym_float(n0))`."""


def as_function(found: Any, symbols: Sequence[Any]) -> Callable[..., int] | None:
    """An expression of sizes as a function of its symbols' values, for many evaluations."""
    names = {symbol: f"n{number}" for number, symbol in enumerate(symbols)}
    if not found.free_symbols <= names.keys():
        return None
    text = printed(found.xreplace({symbol: sympy.Symbol(name) for symbol, name in names.items()}))
    try:
        tree = ast.parse(f"lambda {', '.join(names.values())}: {text}", "<sizes>", "eval")
    except SyntaxError:
        return None
    # A printer that is not torch's own has functions that Python lacks: `Eq(n0, 4)`.
    called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - set(names.values())
    if not called <= {*_FUNCTIONS, *dir(builtins)}:
        return None
    made: Callable[..., int] = eval(compile(tree, "<sizes>", "eval"), dict(_FUNCTIONS))  # noqa: S307
    return made


def holds(text: str, sizes: Mapping[str, int]) -> bool:
    """Whether a condition as `printed` is true of sizes by their names; what cannot be told is taken to be."""
    for name in sorted(sizes, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.]){re.escape(name)}(?!\w)", str(sizes[name]), text)
    try:
        return bool(eval(text, dict(_FUNCTIONS)))  # noqa: S307
    except ArithmeticError:
        return False
    except (NameError, SyntaxError):
        return True


@cache
def _printer() -> Any:
    base: Any = _PRINTER.get() or StrPrinter

    class Printer(base):  # type: ignore[misc]  # torch is untyped here
        """Sums as people write them: torch's own is `(-1) + seq` for `seq - 1`."""

        def _print_Add(self, expr: Any, order: str | None = None) -> str:  # noqa: N802 (sympy's name)
            return str(StrPrinter._print_Add(self, expr, order))

        def _print_Float(self, expr: Any) -> str:  # noqa: N802 (sympy's name)
            return repr(float(expr))

        def _print_Mul(self, expr: Any) -> str:  # noqa: N802 (sympy's name)
            if expr.could_extract_minus_sign():
                return f"-{self.parenthesize(-expr, precedence(expr))}"
            return str(super()._print_Mul(expr))

    return Printer
