"""Statements that may fail: what one of them would have bound is unknown, and the next one runs.

    model = Net(16)                       model = Net(16)
    x = read("cat.npy")           →       x = unknown
    export(model, (x,))                   export(model, (x,))

The rule: only the statements on the way to the call are treated so, and what a statement that failed would
have changed is unknown too: a model is never taken for what it was before a step that is missing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

from ....model import NOTHING, Expression, Place
from ...locations.source_locations import causes
from ...torch_compat import devices
from ..refusals import RefusedError
from . import composed
from .libraries import TOLERANT
from .notes import Notes, Want
from .reading import kind_of, name_of
from .unknown import Source, Unknown, text

SET_UP = ("__init__", "setUpClass", "setup_class", "setUp", "setup_method", "asyncSetUp")
"""Methods that are called before the one that holds the call."""

_PREFIX = "__fullgraph_"
_FAILURES, _FAILED, _CHANGED = TOLERANT, f"{_PREFIX}failed__", f"{_PREFIX}changed__"
_ERROR, _FIRST, PARAMETER = f"{_PREFIX}error__", f"{_PREFIX}first__", f"{_PREFIX}parameter__"
_LEFT_OUT = f"{_PREFIX}left_out__"

_LONGEST = 60  # characters of a statement, or of what it raises, that are said

_NEVER_FAIL = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Pass),
    *(ast.Global, ast.Nonlocal),
)
_GIVES_WEIGHTS = re.compile(r"(load|restore|resume|merge|update|read|init)_?\w*|from_\w+")
_SCOPES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


def tolerant(body: Sequence[ast.stmt], on_the_way: str) -> list[ast.stmt]:
    """The statements, each of which may fail; `on_the_way` is the name that the blocks on the way hold."""
    made = _block(body, on_the_way)
    for each in made:
        _declare(each, frozenset())
    return made


def _block(body: Sequence[ast.stmt], name: str) -> list[ast.stmt]:
    return [each for statement in body for each in _tolerant(statement, name)]


def _tolerant(statement: ast.stmt, name: str) -> list[ast.stmt]:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id=called), keywords=wanted)) if called == name:
            return _captured(wanted, name, statement)
    if not _holds(statement, name):
        return [_guarded(statement)] if _may_fail(statement) else [statement]
    match statement:
        case ast.For():
            first = ast.Assign(
                [statement.target], ast.Call(ast.Name(_FIRST, ast.Load()), [statement.iter], [])
            )
            return [_guarded(_placed(first, statement)), *_block(statement.body, name)]
        case ast.FunctionDef() | ast.With() | ast.If():
            statement.body = _block(statement.body, name)
        case ast.ClassDef():
            _tolerant_class(statement, name)
    return [statement]


def _tolerant_class(owner: ast.ClassDef, name: str) -> None:
    methods = [each for each in owner.body if isinstance(each, ast.FunctionDef)]
    for each in methods:
        # What a class with bases sets up may be a model, of which no part may be missing.
        if _holds(each, name) or (each.name in SET_UP and not owner.bases):
            each.body = _block(each.body, name)


def _declare(statement: ast.stmt, around: frozenset[str]) -> None:
    """What a function changes and does not bind stays that of the module, or of the function around it."""
    if isinstance(statement, ast.FunctionDef):
        own, changed = _names_of_scope(statement)
        outer = [
            ast.Nonlocal([name]) if name in around else ast.Global([name]) for name in sorted(changed - own)
        ]
        statement.body[:0] = [_placed(each, statement) for each in outer]
        around |= own
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, (ast.stmt, ast.ExceptHandler)):
            _declare(child, around)  # type: ignore[arg-type]


def _names_of_scope(function: ast.FunctionDef) -> tuple[frozenset[str], frozenset[str]]:
    """What a function binds itself, and what the handlers of its statements do."""
    arguments = function.args
    every = (
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    )
    nodes = [node for statement in function.body for node in _in_scope(statement)]
    handlers = {id(name): name.id for node in nodes if (name := _changed_in_a_handler(node)) is not None}
    own = {name for node in nodes if id(node) not in handlers for name in _bound(node) if "." not in name}
    declared = (each.names for each in nodes if isinstance(each, (ast.Global, ast.Nonlocal)))
    given = {each.arg for each in every if each}
    return frozenset(own.union(given, *declared)), frozenset(handlers.values())


def _changed_in_a_handler(node: ast.AST) -> ast.Name | None:
    match node:
        case ast.Assign(targets=[ast.Name() as name], value=ast.Call(func=ast.Name(id=called))):
            return name if called == _CHANGED else None
    return None


def _captured(wanted: Sequence[ast.keyword], reached: str, place: ast.stmt) -> list[ast.stmt]:
    """`reached(model=…, args=…)`, each of whose values may fail by itself."""
    steps: list[ast.stmt] = []
    given = []
    for each in wanted:
        held = f"{_PREFIX}{each.arg}__"
        steps.append(_guarded(_placed(ast.Assign([ast.Name(held, ast.Store())], each.value), place)))
        given.append(ast.keyword(each.arg, ast.Name(held, ast.Load())))
    call = ast.Expr(ast.Call(ast.Name(reached, ast.Load()), [], given))
    return [*steps, _placed(call, place)]


def parameter(argument: ast.arg, function: ast.FunctionDef) -> ast.expr:
    """What a parameter without a default is: unknown, or a text where its annotation says so.

    Of a command of click's it is the option's default, and of what hydra runs the configuration.
    """
    said = ast.unparse(argument.annotation) if argument.annotation else ""
    for option in function.decorator_list:
        if isinstance(option, ast.Call) and argument.arg in _names_of(option):
            keywords = {each.arg: each.value for each in option.keywords}
            if "default" in keywords:
                return keywords["default"]
            if "is_flag" in keywords:
                return ast.Constant(False)
            said = ast.unparse(keywords["type"]) if "type" in keywords else "str"
    unknown = _asked_for(argument.arg, function.name, said)
    return composed.call(function, unknown) or unknown


def _asked_for(name: str, function: str, said: str) -> ast.expr:
    return ast.Call(
        ast.Name(PARAMETER, ast.Load()), [ast.Constant(each) for each in (name, function, said)], []
    )


def _names_of(option: ast.Call) -> frozenset[str]:
    """The parameters that `@click.option("--batch-size", "-b")` may be meant for."""
    given = (each.value for each in option.args if isinstance(each, ast.Constant))
    return frozenset(
        each.lstrip("-").partition("/")[0].replace("-", "_") for each in given if isinstance(each, str)
    )


def default(value: ast.expr, argument: ast.arg, function: ast.FunctionDef) -> ast.expr:
    """The default of a parameter: of `typer.Option(16)` it is 16, and of `typer.Option(...)` there is none."""
    if not isinstance(value, ast.Call) or not ast.unparse(value.func).endswith((".Option", ".Argument")):
        return value
    given = [*value.args[:1], *(each.value for each in value.keywords if each.arg == "default")]
    if not given or ast.unparse(given[0]) == "...":
        return parameter(argument, function)
    return given[0]


def bearing(notes: Notes) -> Callable[[Expression, Exception], None]:
    """What notes that a statement of a caller's failed: the rest runs without it."""

    def bear(setting: Expression, error: Exception) -> None:
        said = _shortened(" ".join(setting.text.split()))
        _leave_out(notes, error, said, setting.place.range.start.line + 1, setting.place)

    return bear


def _leave_out(
    notes: Notes, error: BaseException, statement: str, line: int, place: Place | None = None
) -> None:
    unknown_for(error, "", notes)
    notes.add("statement", f"line {line} (`{statement}`)", f"{NOTHING}{_why(error)}", place)


def namespace(notes: Notes) -> dict[str, Any]:
    """The names that tolerant statements use."""

    def failed(error: BaseException, name: str) -> Any:
        return unknown_for(error, name, notes)

    def changed(error: BaseException, name: str, value: Any) -> Any:
        return value if isinstance(value, (ModuleType, Unknown)) else unknown_for(error, name, notes)

    def unknown(name: str, function: str, annotation: str) -> Any:
        said = f"it depends on `{name}`, a parameter of `{function}` without a default"
        if re.search(r"\b(str|Path|PathLike)\b", annotation):
            return text(notes, Want(name, name, "option"))
        known = notes.chosen(name)
        if known is not None:
            return known
        return Unknown(Source(notes, "number", name, name, name, UnknownValueError(said)))

    return {
        _FAILURES: (Exception, SystemExit),
        _FAILED: failed,
        _CHANGED: changed,
        _LEFT_OUT: partial(_leave_out, notes),
        _FIRST: _first,
        PARAMETER: unknown,
        composed.COMPOSED: composed.composed,
    }


class UnknownValueError(Exception):
    """The target depends on a value that nothing in the text tells."""


def unknown_for(error: BaseException, name: str, notes: Notes) -> Any:
    """What stands for a value that could not be had."""
    # What a device lacks is for the CPU to stand in for, in another trace.
    if isinstance(error, (MemoryError, RecursionError)) or devices.is_absence(str(error)):
        raise error
    if (known := notes.chosen(name)) is not None:
        return known
    notes.failures.append(error)
    frame = notes.user_code.of_exception(error)
    kind, what = kind_of(error), name_of(error)
    if kind == "data" and notes.read is not None:  # it follows from what was read before, and is not known
        return Unknown(replace(notes.read, path=name, name=name, error=error))
    if kind in ("data", "call") and frame is not None and frame.callee:
        what = frame.callee
    notes.read = Source(notes, kind, what or name, name, name, error, frame.place if frame else None)
    return Unknown(notes.read)


def _why(error: BaseException) -> str:
    """What was refused, where something was: the user's code may have raised an error of its own for it."""
    refused = next((each for each in causes(error) if isinstance(each, RefusedError)), None)
    if refused is not None:
        return str(refused)
    if isinstance(error, SystemExit):
        return "it ends the program"
    return _shortened(f"it raises {type(error).__name__}: {error}".partition("\n")[0].removesuffix(": "))


def _shortened(said: str) -> str:
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


def _first(values: Any) -> Any:
    """What the first round of a loop is given."""
    for value in values:
        return value
    raise LookupError("there is nothing to loop over")


def _holds(statement: ast.stmt, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(statement))


def _may_fail(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and _ends_the_program(statement.value):
        return False
    if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
        return False
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return False
    decorated = bool(getattr(statement, "decorator_list", ()))
    return decorated or not isinstance(statement, _NEVER_FAIL)


def _ends_the_program(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("sys.exit", "exit", "quit")


def _guarded(statement: ast.stmt) -> ast.stmt:
    """`try: statement`, and what it would have bound is unknown where it raises."""
    rest = [_unknown(target) for target in _targets(statement)] or [_left_out(statement)]
    if owner := _changed_by(statement):
        value = [ast.Name(_ERROR, ast.Load()), ast.Constant(owner), ast.Name(owner, ast.Load())]
        call = ast.Call(ast.Name(_CHANGED, ast.Load()), list(value), [])
        rest = [ast.Assign([ast.Name(owner, ast.Store())], call)]
    handler = ast.ExceptHandler(ast.Name(_FAILURES, ast.Load()), _ERROR, rest)
    return _placed(ast.Try([statement], [handler], [], []), statement)


def _left_out(statement: ast.stmt) -> ast.stmt:
    """What notes that a statement failed which binds nothing: the rest runs without it."""
    said = _shortened(ast.unparse(statement).partition("\n")[0])
    given: list[ast.expr] = [ast.Name(_ERROR, ast.Load()), ast.Constant(said), ast.Constant(statement.lineno)]
    return ast.Expr(ast.Call(ast.Name(_LEFT_OUT, ast.Load()), given, []))


def _unknown(target: ast.expr) -> ast.stmt:
    given: list[ast.expr] = [ast.Name(_ERROR, ast.Load()), ast.Constant(ast.unparse(target))]
    return ast.Assign([target], ast.Call(ast.Name(_FAILED, ast.Load()), given, []))


def _targets(statement: ast.stmt) -> Iterator[ast.expr]:
    """What a statement binds: names, and attributes of `self`."""
    known = set()
    for node in _in_scope(statement):
        for name in _bound(node):
            if name not in known:
                known.add(name)
                yield _target(name)


def _target(name: str) -> ast.expr:
    owner, _, attribute = name.partition(".")
    if not attribute:
        return ast.Name(name, ast.Store())
    return ast.Attribute(ast.Name(owner, ast.Load()), attribute, ast.Store())


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
            yield f"self.{name}"
        case ast.Import() | ast.ImportFrom():
            yield from (each.asname or each.name.partition(".")[0] for each in node.names if each.name != "*")
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name


def _changed_by(statement: ast.stmt) -> str:
    """The name of what a statement changes without binding it."""
    target: ast.AST | None = None
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        function = statement.value.func
        if isinstance(function, ast.Attribute) and not _GIVES_WEIGHTS.fullmatch(function.attr):
            target = function
    elif isinstance(statement, (ast.Assign, ast.AugAssign)):
        one = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        target = one if isinstance(one, (ast.Attribute, ast.Subscript)) else None
    while isinstance(target, (ast.Attribute, ast.Subscript, ast.Call)):
        target = target.func if isinstance(target, ast.Call) else target.value
    return target.id if isinstance(target, ast.Name) and target.id != "self" else ""


def _in_scope(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, (*_SCOPES, ast.ClassDef)):
        return
    for child in ast.iter_child_nodes(node):
        yield from _in_scope(child)


def _placed(statement: ast.stmt, place: ast.stmt) -> ast.stmt:
    for node in ast.walk(statement):
        if isinstance(node, (ast.stmt, ast.expr, ast.ExceptHandler)) and not hasattr(node, "lineno"):
            ast.copy_location(node, place)
    return statement
