"""The text of a function that is here as an object: its tree, and what the names in it stand for.

The rule: only attributes are read, nothing is called.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...torch_compat import modules

NOTHING: Any = object()
_FOLLOWED = 4


@dataclass(frozen=True)
class Function:
    """A function of the user's, with the object that it is a method of, if it is one."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    scope: Mapping[str, Any]
    owner: Any = None
    file: str = ""

    @property
    def parameters(self) -> list[ast.arg]:
        """Without `self`."""
        given = self.node.args
        every = [*given.posonlyargs, *given.args]
        return [*(every[1:] if self.owner is not None else every), *given.kwonlyargs]


def function_of(callable_: Any) -> Function | None:
    """The text of a function or method; None for torch's own, and where there is none."""
    owner = getattr(callable_, "__self__", None)
    plain = inspect.unwrap(getattr(callable_, "__func__", callable_))
    code = getattr(plain, "__code__", None)
    if code is None or modules.is_torch(code.co_filename):
        return None
    node = _definitions(code.co_filename).get((code.co_firstlineno, code.co_name))
    return Function(node, plain.__globals__, owner, code.co_filename) if node is not None else None


def lines_of(function: Function) -> list[str]:
    """The lines that the function stands on, comments included."""
    end = function.node.end_lineno or function.node.lineno
    return linecache.getlines(function.file)[function.node.lineno - 1 : end]


@functools.lru_cache(maxsize=64)
def _definitions(file: str) -> dict[tuple[int, str], ast.FunctionDef | ast.AsyncFunctionDef]:
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError, RecursionError):
        return {}
    return {(_first_line(each), each.name): each for each in ast.walk(tree) if isinstance(each, _DEFINITIONS)}


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def live(node: ast.expr, function: Function) -> Any:
    """What a name with attributes stands for (`self.net.head`, `F.relu`); NOTHING where that is not known."""
    if isinstance(node, ast.Name):
        if function.owner is not None and node.id == _own_name(function):
            return function.owner
        return function.scope.get(node.id, getattr(builtins, node.id, NOTHING))
    if isinstance(node, ast.Attribute):
        base = live(node.value, function)
        return NOTHING if base is NOTHING else attribute(base, node.attr)
    return NOTHING


def attribute(base: Any, name: str) -> Any:
    try:
        return getattr(base, name, NOTHING)
    except Exception:  # noqa: BLE001 (a property of the user's)
        return NOTHING


def _own_name(function: Function) -> str:
    first = [*function.node.args.posonlyargs, *function.node.args.args][:1]
    return first[0].arg if first else ""


def called(forward: Any) -> Any:
    """The function that a forward of `*args` and `**kwargs` alone hands these on to, step by step; itself else."""
    for _ in range(_FOLLOWED):
        function = function_of(forward)
        following = _handed_to(function) if function is not None and _takes_anything(function) else None
        if following is None:
            break
        forward = following
    return forward


def _takes_anything(function: Function) -> bool:
    return not function.parameters and bool(function.node.args.vararg or function.node.args.kwarg)


def _handed_to(function: Function) -> Any:
    rest = {each.arg for each in (function.node.args.vararg, function.node.args.kwarg) if each}
    for call in _calls(function.node):
        spread = [each.value for each in call.args if isinstance(each, ast.Starred)]
        spread += [each.value for each in call.keywords if each.arg is None]
        if any(isinstance(each, ast.Name) and each.id in rest for each in spread):
            found = live(call.func, function)
            if callable(found):
                return getattr(found, "forward", found)
    return None


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    yield from (each for each in ast.walk(node) if isinstance(each, ast.Call))
