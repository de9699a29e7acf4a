"""Runs the statements of a file that a target needs, in place of importing it.

What is run is `Slice.text`, whose lines and columns are those of the file, under the module's own name.
On the way to the call whose arguments are wanted, conditions hold, loops are in their first round, and
functions are called without arguments; at the call the arguments are evaluated, and nothing is run
beyond.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ...model import Position, Slice
from . import call_context, supplied
from .call_context import CallContext, ReachedError
from .stand_ins import statements
from .stand_ins.notes import Notes

REACHED = "__fullgraph_reached__"
_BLOCKS = ("body", "orelse", "finalbody")


class NotReachedError(Exception):
    """The statements ran, and the call was not among them."""


def run(sliced: Slice, module: ModuleType, file: str, notes: Notes | None = None) -> None:
    """Runs the statements in the module's namespace; for a target whose expressions stand in the module.

    With `notes` each of them may fail.
    """
    tree = ast.parse(sliced.text)
    if notes is not None:
        tree.body = statements.tolerant(tree.body, REACHED)
        vars(module).update(statements.namespace(notes))
    exec(_code(tree, file), vars(module))  # noqa: S102 (the user's own code)


def values_at(
    sliced: Slice,
    module: ModuleType,
    file: str,
    wanted: Mapping[str, ast.expr],
    context: CallContext,
    notes: Notes | None = None,
) -> dict[str, Any]:
    """Runs up to the call at `sliced.reached` and evaluates the `wanted` expressions there.

    What stands around the call stays open in `context`. With `notes` each statement may fail, and what it would have bound is unknown then.

    Raises:
        NotReachedError: the statements ended without coming by.
        BaseException: whatever they raise.
    """
    tree = _up_to_call(sliced, module, file, wanted, notes)
    values: dict[str, Any] = {}

    def reached(**given: Any) -> None:
        values.update(given)
        context.reached(sliced.within)
        raise ReachedError

    namespace = vars(module)
    bear = statements.bearing(notes) if notes is not None else None
    namespace.update({REACHED: reached, **context.namespace(sliced.around, namespace, bear)})
    if notes is not None:
        namespace.update(statements.namespace(notes))
    try:
        exec(_code(tree, file), namespace)  # noqa: S102 (the user's own code)
    except ReachedError:
        pass
    finally:
        namespace.pop(REACHED, None)
    context.check()
    # The user's code may have caught what ends the run, and gone on.
    if "model" not in values:
        if notes is not None and notes.failures:
            raise notes.failures[-1]
        raise NotReachedError("running the statements before the call does not reach it")
    return values


def _up_to_call(
    sliced: Slice, module: ModuleType, file: str, wanted: Mapping[str, ast.expr], notes: Notes | None
) -> ast.Module:
    """The slice's statements as far as they run, with the capture in the place of the call's."""
    assert sliced.reached is not None
    tree = ast.parse(sliced.text)
    at = _utf8(sliced.text, sliced.reached)
    around = _functions_at(tree, at)
    looped = supplied.put_in_loops(_loops_at(tree, at), sliced.supplied)
    given = [(name, text) for name, text in sliced.supplied if name not in looped]
    supplied.put_fixtures(sliced.fixtures, module)
    if given and around:
        supplied.put(around[-1], given, module, file)
    missing, known = (statements.parameter, statements.default) if notes else (_none, _as_written)
    decorators = frozenset(_utf8(sliced.text, each) for each in sliced.decorators)
    way = _Way(at, _capture(wanted), missing, known, sliced.call is None, sliced.whole, decorators=decorators)
    tree.body = _up_to(tree.body, way)
    if sliced.call is not None:
        call = _Way(
            _utf8(sliced.text, sliced.call), None, missing, known, functions=around, decorators=decorators
        )
        tree.body = _up_to(tree.body, call)
    call_context.keep_decorators_open(tree.body, around)
    if notes is not None:
        tree.body = statements.tolerant(tree.body, REACHED)
    return tree


# -- the way to the call -----------------------------------------------------------------------------

_At = tuple[int, int]  # line from 1, and column in UTF-8, as the tree counts


@dataclass(frozen=True)
class _Way:
    """Where the call stands, what is run in its place, and what parameters are that nobody gives a value.

    Without a `capture` the call of one of the `functions` is run, and nothing of what stands around it: of
    `sys.exit(main(options))` it is `main(options)`. A function on the way is `called` without arguments,
    unless a call of it is on the further way. A `whole` class keeps what it is.
    """

    at: _At
    capture: ast.stmt | None
    missing: Callable[[ast.arg, ast.FunctionDef], ast.expr]
    known: Callable[[ast.expr, ast.arg, ast.FunctionDef], ast.expr]
    called: bool = True
    whole: bool = False
    functions: Sequence[ast.FunctionDef] = ()
    decorators: frozenset[_At] = frozenset()

    def end(self, statement: ast.stmt) -> ast.stmt:
        return ast.copy_location(self.capture or self._call(statement), statement)

    def _call(self, statement: ast.stmt) -> ast.stmt:
        names = {each.name for each in self.functions}
        calls = (each for each in ast.walk(statement) if isinstance(each, ast.Call))
        at_place = (each for each in calls if (each.lineno, each.col_offset) == self.at)
        found = next((each for each in at_place if _name(each.func) in names), None)
        return statement if found is None else ast.Expr(found)


def _name(function: ast.expr) -> str:
    """`export` of `export(…)` and `trainer.export(…)`."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _none(_argument: ast.arg, _function: ast.FunctionDef) -> ast.expr:
    return ast.Constant(None)


def _as_written(value: ast.expr, _argument: ast.arg, _function: ast.FunctionDef) -> ast.expr:
    return value


def _capture(wanted: Mapping[str, ast.expr]) -> ast.stmt:
    """`reached(model=…, args=…)`, the expressions with the positions that they have."""
    keywords = [ast.keyword(name, value) for name, value in wanted.items()]
    call = ast.Call(ast.Name(REACHED, ast.Load()), [], keywords)
    return ast.Expr(call)


def _up_to(body: Sequence[ast.stmt], way: _Way) -> list[ast.stmt]:
    """`body` as far as it runs before the call, with the capture in the place of the call's statement."""
    for index, statement in enumerate(body):
        if not _covers(statement, way.at):
            continue
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            opened, then = _OPENED[type(statement)](statement, way)
            return [*body[:index], *opened, *body[index + 1 :], *then]
        return [*body[:index], *_opened(statement, way)]
    return list(body)


def _opened(statement: ast.stmt, way: _Way) -> list[ast.stmt]:
    before: list[ast.stmt] = []
    for block in _blocks(statement):
        if any(_covers(each, way.at) for each in block):
            inner = _up_to(block, way)
            if block is statement.body and isinstance(statement, (ast.For, ast.With)):  # type: ignore[attr-defined]
                statement.body, getattr(statement, "orelse", [])[:] = inner, []
                if isinstance(statement, ast.With):
                    call_context.kept_open(statement)
                return [statement]
            return [*before, *inner]
        # What runs before an `else` or a `finally` of a `try` is its body.
        if isinstance(statement, ast.Try) and block is statement.body:
            before = list(block)
    return [way.end(statement)]


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in _BLOCKS:
        yield getattr(statement, name, None) or []
    for inner in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield inner.body


_Opened = tuple[list[ast.stmt], list[ast.stmt]]


def _opened_function(function: ast.FunctionDef, way: _Way) -> _Opened:
    """The function with those decorators that are part of the call's context, and a call of it."""
    if not any(_covers(each, way.at) for each in function.body):
        return [way.end(function)], []
    _give_defaults(function, way)
    call_context.decorated(
        function, [each for each in function.decorator_list if _at(each) in way.decorators]
    )
    function.returns = None
    function.body = _up_to(function.body, way)
    if not way.called:
        return [function], []
    return [function], [_entered(function), _call(ast.Name(function.name, ast.Load()), function)]


def _opened_class(owner: ast.ClassDef, way: _Way) -> _Opened:
    """The class without bases, and its set-up and the method called on an instance."""
    if way.whole:
        return _opened_whole(owner, way)
    owner.decorator_list, owner.bases, owner.keywords = [], [], []
    body: list[ast.stmt] = []
    method = ""
    for statement in owner.body:
        if _covers(statement, way.at) and isinstance(statement, ast.FunctionDef):
            body += _opened_function(statement, way)[0]
            method = statement.name
        elif _covers(statement, way.at):
            body += _up_to([statement], way)
        else:
            body.append(statement)
    owner.body = body
    present = {each.name for each in body if isinstance(each, ast.FunctionDef)}
    calls = [name for name in statements.SET_UP if name in present and name != "__init__"]
    for each in body:
        if isinstance(each, ast.FunctionDef) and each.name in statements.SET_UP:
            _give_defaults(each, way)
    instance = ast.Name(f"{REACHED}self", ast.Store())
    made = ast.Assign([instance], ast.Call(ast.Name(owner.name, ast.Load()), [], []))
    steps: list[ast.stmt] = [made]
    for name in (*calls, *([method] if method else [])):
        receiver = ast.Name(f"{REACHED}self", ast.Load())
        steps += [call_context.entered()] if name == method else []
        steps.append(_call(ast.Attribute(receiver, name, ast.Load()), owner))
    return [owner], [_placed(each, owner) for each in steps]


def _opened_whole(owner: ast.ClassDef, way: _Way) -> _Opened:
    """The class as it is, but for the method that holds the call; that is called on an instance."""
    method = next((each for each in owner.body if _covers(each, way.at)), None)
    if not isinstance(method, ast.FunctionDef):
        return [owner], []
    method.body = _up_to(method.body, way)
    call_context.decorated(method, method.decorator_list)
    if not way.called:
        return [owner], []
    _give_defaults(method, way)
    made = ast.Call(ast.Name(owner.name, ast.Load()), [], [])
    return [owner], [_entered(owner), _call(ast.Attribute(made, method.name, ast.Load()), owner)]


_OPENED: Mapping[type, Callable[..., _Opened]] = {
    ast.FunctionDef: _opened_function,
    ast.ClassDef: _opened_class,
}


def _give_defaults(function: ast.FunctionDef, way: _Way) -> None:
    arguments = function.args
    counted = [*arguments.posonlyargs, *arguments.args]
    # `self` is given to a method, whatever its default.
    given = [
        ast.Constant(None) if each.arg in ("self", "cls") else way.missing(each, function) for each in counted
    ]
    known = len(arguments.defaults)
    own = (
        [way.known(*each, function) for each in zip(arguments.defaults, counted[-known:], strict=True)]
        if known
        else []
    )
    arguments.defaults = [*given[: len(counted) - known], *own]
    arguments.kw_defaults = [
        way.known(value, each, function) if value else way.missing(each, function)
        for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    for argument in (*counted, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if argument is not None:
            argument.annotation = None  # what it names is not needed, and may not be there


def _call(function: ast.expr, place: ast.stmt) -> ast.stmt:
    return _placed(ast.Expr(ast.Call(function, [], [])), place)


def _entered(place: ast.stmt) -> ast.stmt:
    return _placed(call_context.entered(), place)


def _placed(statement: ast.stmt, place: ast.stmt) -> ast.stmt:
    for node in ast.walk(statement):
        if isinstance(node, (ast.stmt, ast.expr)) and not hasattr(node, "lineno"):
            ast.copy_location(node, place)
    return statement


def _at(node: ast.expr) -> _At:
    return node.lineno, node.col_offset


def _functions_at(tree: ast.Module, at: _At) -> list[ast.FunctionDef]:
    """Those around a place, outermost first."""
    found = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and _covers(each, at)]
    return sorted(found, key=lambda each: each.lineno)


def _loops_at(tree: ast.Module, at: _At) -> list[ast.For]:
    return [each for each in ast.walk(tree) if isinstance(each, ast.For) and _covers(each, at)]


def _covers(statement: ast.stmt, at: _At) -> bool:
    decorators = getattr(statement, "decorator_list", ())
    first = min([statement.lineno, *(each.lineno for each in decorators)])
    start = (first, statement.col_offset)
    return start <= at < (statement.end_lineno or 0, statement.end_col_offset or 0)


def _utf8(text: str, position: Position) -> _At:
    line = text.split("\n")[position.line]
    return position.line + 1, len(line[: position.character].encode("utf-8", "surrogatepass"))


def _code(tree: ast.Module, file: str) -> Any:
    # `from __future__` must come first, and what was blanked has left a `0` before it.
    tree.body = [each for each in tree.body if not _is_blank(each)]
    return compile(ast.fix_missing_locations(tree), file, "exec", dont_inherit=True)


def _is_blank(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=value)):
            return value == 0 and not isinstance(value, str)
    return False
