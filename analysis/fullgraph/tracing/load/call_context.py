"""What stands around an export call, entered on the way to it, and left when the trace is over.

A `with` around the call, and a decorator of a function that it stands in, are entered by the user's own statements.
What ends the run at the call does not leave them: model, inputs, export and eager run see what the user's own call
sees. The rule: each is entered once and left once, in the order in which Python leaves them.
"""

from __future__ import annotations

import ast
import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

from ...model import Expression, Surrounding
from ..torch_compat.ambient import Ambient

_KEPT, _DECORATED = "__fullgraph_kept__", "__fullgraph_decorated__"


Evaluate = Callable[[Expression, dict[str, Any]], Any]
"""An expression of the user's files, with the names that it uses."""


def _as_text(expression: Expression, namespace: dict[str, Any]) -> Any:
    return eval(expression.text, namespace)  # noqa: S307 (the user's own code)


class ReachedError(BaseException):
    """Ends the statements at the call."""


class CallContext:
    """What is open around one call."""

    def __init__(self, evaluate: Evaluate = _as_text) -> None:
        self._evaluate = evaluate
        self._open: list[contextlib.ExitStack] = []  # innermost first, as the end of a run comes by them
        self._around: list[contextlib.ExitStack] = []
        self._ambient: Ambient | None = None

    def reached(self, within: Sequence[Surrounding]) -> None:
        """The call is reached: what torch is set to here counts, whoever takes it back on the way out."""
        self._enter(within, self._open)
        self._ambient = Ambient.now()

    def manner(self) -> contextlib.AbstractContextManager[object]:
        """What a decorator has left that is not open any more: its own `with` stands in another file."""
        return contextlib.nullcontext() if self._ambient is None else self._ambient.entered()

    def enter(self, around: Sequence[Surrounding]) -> None:
        """What stands around the calls that lead here, outermost first."""
        self._enter(around, self._around)

    def _enter(self, contexts: Sequence[Surrounding], into: list[contextlib.ExitStack]) -> None:
        for each in contexts:
            namespace: dict[str, Any] = {}
            exec(each.imports, namespace)  # noqa: S102 (the user's own code)
            stack = contextlib.ExitStack()
            stack.enter_context(_made(self._evaluate(each.expression, namespace)))
            into.insert(0, stack)

    def leave(self) -> None:
        """Leaves all that is open; what a context raises at its end is of no interest any more."""
        for each in (*self._open, *self._around):
            with contextlib.suppress(BaseException):
                each.close()
        self._open.clear()
        self._around.clear()

    def namespace(self) -> Mapping[str, Any]:
        """The names that `kept_open` and `decorated` use."""
        return {_KEPT: functools.partial(_Kept, self._open), _DECORATED: self._decorated}

    def _decorated(self, decorator: Any) -> Any:
        """A decorator: one that is a context stays open, any other does what it does."""
        manager = _made(decorator)
        if not hasattr(type(manager), "__enter__"):
            return decorator
        return functools.partial(_entering, lambda: _Kept(self._open, manager))


class _Kept:
    """A context manager that is entered when it is made, and that the end of a run at the call does not leave.

    It is entered by the call that makes it, as that has the place of the item, and `__enter__` that of the `with`.
    """

    def __init__(self, kept: list[contextlib.ExitStack], manager: Any) -> None:
        self._kept = kept
        self._stack = contextlib.ExitStack()
        # An item that the call does not need was replaced with a `0`.
        self._value = None if type(manager) is int else self._stack.enter_context(manager)

    def __enter__(self) -> Any:
        return self._value

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if isinstance(raised, ReachedError):
            self._kept.append(self._stack)
            return None
        return self._stack.__exit__(kind, raised, traceback)


def _made(decorator: Any) -> Any:
    """`torch.no_grad`, written without a call, decorates as well."""
    is_manager = isinstance(decorator, type) and hasattr(decorator, "__enter__")
    return decorator() if is_manager else decorator


def _entering(kept: Callable[[], _Kept], function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        with kept():
            return function(*args, **kwargs)

    return inner


# -- the user's statements ---------------------------------------------------------------------------


def kept_open(statement: ast.With) -> None:
    """Makes the items of a `with` stay open at the call."""
    for item in statement.items:
        item.context_expr = _called(_KEPT, item.context_expr)


def decorated(function: ast.FunctionDef, by: Sequence[ast.expr]) -> None:
    """The same of the decorators of a function on the way to the call; it has no others then."""
    function.decorator_list = [_called(_DECORATED, each) for each in by]


def keep_decorators_open(body: Sequence[ast.stmt], functions: Sequence[ast.FunctionDef]) -> None:
    """The same of each `with` in a function of the module that decorates one of the `functions`."""
    used = (node for each in functions for found in each.decorator_list for node in ast.walk(found))
    names = {each.id for each in used if isinstance(each, ast.Name)}
    for each in body:
        if isinstance(each, ast.FunctionDef) and each.name in names:
            for node in ast.walk(each):
                if isinstance(node, ast.With):
                    kept_open(node)


def _called(name: str, given: ast.expr) -> ast.expr:
    call = ast.Call(ast.copy_location(ast.Name(name, ast.Load()), given), [given], [])
    return ast.copy_location(call, given)
