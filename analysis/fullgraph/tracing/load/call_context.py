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
from typing import Any, Protocol, TypeAlias

from ...model import Expression, Surrounding
from ..torch_compat.ambient import Ambient

_KEPT, _DECORATED, _ENTERED = "__fullgraph_kept__", "__fullgraph_decorated__", "__fullgraph_entered__"


Bear: TypeAlias = Callable[[Expression, Exception], None]


class Run(Protocol):
    """Runs an expression or a statement of the user's files with the names that it uses; gives its value, if any."""

    def __call__(
        self, written: Expression, outer: dict[str, Any], inner: dict[str, Any], *, statement: bool
    ) -> Any: ...


def _as_text(written: Expression, outer: dict[str, Any], inner: dict[str, Any], *, statement: bool) -> Any:
    if statement:
        return exec(written.text, outer, inner)  # noqa: S102 (the user's own code)
    return eval(written.text, outer, inner)  # noqa: S307 (the user's own code)


def _raised(_: Expression, error: Exception) -> None:
    raise error


class ReachedError(BaseException):
    """Ends the statements at the call."""


class CallContext:
    """What is open around one call."""

    def __init__(self, run: Run = _as_text) -> None:
        self._run = run
        self._open: list[contextlib.ExitStack] = []  # innermost first, as the end of a run comes by them
        self._around: list[contextlib.ExitStack] = []
        self._ambient: Ambient | None = None
        self._is_around = False
        self._failure: Exception | None = None

    def reached(self, within: Sequence[Surrounding]) -> None:
        """The call is reached: what torch is set to here counts, whoever takes it back on the way out."""
        self._enter(within, self._open, {}, _raised)
        self._ambient = Ambient.now()

    def manner(self) -> contextlib.AbstractContextManager[object]:
        """What a decorator has left that is not open any more: its own `with` stands in another file."""
        return contextlib.nullcontext() if self._ambient is None else self._ambient.entered()

    def enter(self, around: Sequence[Surrounding], module: dict[str, Any], bear: Bear) -> None:
        """What stands around the calls that lead here, and is set above them, outermost first; once."""
        if not self._is_around:
            self._is_around = True
            self._enter(around, self._around, module, bear)

    def check(self) -> None:
        """Raises what entering a context raised, where the statement that did so may fail."""
        if self._failure is not None:
            raise self._failure

    def _enter(
        self,
        contexts: Sequence[Surrounding],
        into: list[contextlib.ExitStack],
        module: dict[str, Any],
        bear: Bear,
    ) -> None:
        for each in contexts:
            if not each.statement:
                into.insert(0, self._entered(each, module))
                continue
            inner: dict[str, Any] = {}
            try:
                self._value(each, inner, module)
            except Exception as error:  # noqa: BLE001 (what bears it decides)
                bear(each.expression, error)
            module.update((name, inner[name]) for name in each.outer if name in inner)

    def _entered(self, context: Surrounding, module: dict[str, Any]) -> contextlib.ExitStack:
        stack = contextlib.ExitStack()
        try:
            stack.enter_context(_made(self._value(context, {}, module)))
        except Exception as error:
            self._failure = error
            raise
        return stack

    def _value(self, each: Surrounding, inner: dict[str, Any], module: dict[str, Any]) -> Any:
        """What its text gives; `inner` has the names that it uses, and binds, of a caller's own."""
        outer = module if each.here else inner
        exec(each.names, outer, inner)  # noqa: S102 (the user's own code)
        return self._run(each.expression, outer, inner, statement=each.statement)

    def leave(self) -> None:
        """Leaves all that is open; what a context raises at its end is of no interest any more."""
        for each in (*self._open, *self._around):
            with contextlib.suppress(BaseException):
                each.close()
        self._open.clear()
        self._around.clear()
        self._is_around = False
        self._failure = None

    def namespace(
        self, around: Sequence[Surrounding], module: dict[str, Any], bear: Bear | None = None
    ) -> Mapping[str, Any]:
        """The names that `kept_open`, `decorated` and `entered` use. `bear` hears of settings that may fail."""
        return {
            _KEPT: functools.partial(_Kept, self._open),
            _DECORATED: self._decorated,
            _ENTERED: functools.partial(self.enter, around, module, bear or _raised),
        }

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


def entered() -> ast.stmt:
    """Enters what stands around the callers of a function, where it is called next."""
    return ast.Expr(ast.Call(ast.Name(_ENTERED, ast.Load()), [], []))


def _called(name: str, given: ast.expr) -> ast.expr:
    call = ast.Call(ast.copy_location(ast.Name(name, ast.Load()), given), [given], [])
    return ast.copy_location(call, given)
