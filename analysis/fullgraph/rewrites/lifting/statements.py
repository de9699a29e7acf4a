"""The forms of statements: what is assigned, returned and looped over once values are lifted.

Statements are read in their order, as they run. A loop's body is read twice: what a round leaves in a name
is what the next one finds there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ...python.binding.api_tables import ADDING
from ...python.syntax.names import call_name, method_name
from ...python.syntax.statements import Definition, jumps_out
from ..branches.speaking import speaks
from ..edit.lines import has_own_lines, put_under
from .lists import tallies
from .lists.collected import collected
from .lists.containers import bind_target, entry_of, of_tensors
from .lists.sums import added_up
from .placing import put, put_needed
from .scalars import sharing, texts
from .scalars.arithmetic import combined
from .scalars.conditions import protects, truth
from .scope import Scope
from .value import CannotLiftError, Value
from .ways import outputs
from .ways.appending import appended
from .ways.branching import branch, skipped
from .ways.checks import asserted, checked, close, whole_numbers
from .ways.tries import tried


def block(scope: Scope, statements: Iterable[ast.stmt]) -> None:
    """Lifts statements that run one after the other."""
    statements = list(statements)
    for index, statement in enumerate(statements):
        above, scope.above = scope.above, {}
        begun, exits = len(scope.run.edits), list(scope.exits)
        with scope.checking() as checks:
            skips = _skips(scope, statements, index)
            if not skips:
                _statement(scope, statement)
        put_needed(scope, statement, checks, scope.run.edits[begun:], exits)
        scope.above = above
        if skips:
            return


def _statement(scope: Scope, statement: ast.stmt) -> None:
    form = _FORMS.get(type(statement))
    scope.finite.clear()
    if form is not None:
        form(scope, statement)
    elif isinstance(statement, Definition):
        _definition(scope, statement)
    else:
        _other(scope, statement)


def _skips(scope: Scope, statements: list[ast.stmt], index: int) -> bool:
    """Whether a round of a loop is left here where a lifted condition holds; all of the rest was read."""
    node = statements[index]
    in_loop = bool(scope.loops) and node in scope.loops[-1].body
    return in_loop and isinstance(node, ast.If) and skipped(scope, node, statements[index + 1 :])


# -- assignments -------------------------------------------------------------------------------------


def _assign(scope: Scope, node: ast.Assign) -> None:
    if tallies.begun(scope, node) or sharing.begun(scope, node):
        return
    value = scope.of(node.value)
    if value.kind == "text":
        _told(scope, node, node.targets, value)
        return
    if value.names_text:
        raise CannotLiftError
    whole_numbers(scope, node)
    for target in node.targets:
        value = _given(scope, target, node.value, value)
    scope.rewrite(node.value, value.text)


def _told(scope: Scope, node: ast.Assign | ast.AnnAssign, targets: list[ast.expr], value: Value) -> None:
    """`status = "good" if close else "bad"`: what is asked of it later is asked of the condition."""
    name = targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""
    if not name or not texts.is_compared(scope, name):
        _aside(scope, node)
        for each in targets:
            bind_target(scope, each, Value(value.text, "text", roots=value.roots))
        return
    if node.value is None or not has_own_lines(scope.code, node):
        raise CannotLiftError
    known, lines = texts.settled(scope, value)
    if not texts.is_only_compared(scope, name):
        exporting = f"{scope.torch}.compiler.is_exporting()"
        lines += [f"if not {exporting}:", f"    {name} = {scope.code.flat(node.value)}"]
    put(scope, node, lines)
    scope.bind(name, known)


def _annotated(scope: Scope, node: ast.AnnAssign) -> None:
    if node.value is None:
        return
    value = scope.of(node.value)
    if value.kind == "text":
        _told(scope, node, [node.target], value)
        return
    scope.rewrite(node.value, _given(scope, node.target, node.value, value).text)


def _given(scope: Scope, target: ast.expr, node: ast.expr, value: Value) -> Value:
    """Gives a target a value; what is written there is the result."""
    if isinstance(target, ast.Name):
        alike = of_tensors(scope, node, value) if scope.promotes(target.id) else value
        return named(scope, target.id, alike)
    if isinstance(target, ast.Tuple) and isinstance(node, ast.Tuple) and len(target.elts) == len(node.elts):
        values = [_given(scope, t, n, scope.of(n)) for t, n in zip(target.elts, node.elts, strict=True)]
        return scope.with_parts(node, list(zip(node.elts, map(_written, values), strict=True)))
    if isinstance(target, ast.Tuple | ast.List):
        bind_target(scope, target, value)
        return value
    if isinstance(target, ast.Subscript | ast.Attribute) and scope.of(target.value).joined:
        raise CannotLiftError  # what is written there would be written to the tensor
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
        return _entry(scope, target, value)
    if value.holds_lifted and not value.is_lifted:
        raise CannotLiftError
    return replace(value, text=value.plain)


def _written(value: Value) -> Value:
    """A value whose text is what is to be written, also where it is lifted."""
    return Value(value.text, "data" if value.asks_data else value.kind)


def named(scope: Scope, name: str, value: Value) -> Value:
    """Binds a name; what is written in place of the value is the result."""
    if value.is_lifted and scope.keeps(name):
        scope.names[name] = Value(name, python="")
        return Value(value.plain)
    if scope.promotes(name) and value.kind == "static" and value.python:
        value = scope.as_tensor(value)
    value = value.detached
    scope.bind(name, value)
    return value


def _entry(scope: Scope, target: ast.Subscript, value: Value) -> Value:
    """`results["close"] = flag`."""
    assert isinstance(target.value, ast.Name)
    owner, name = scope.names.get(target.value.id), target.value.id
    if owner is None or owner.kind != "fields":
        return replace(value, text=value.plain)
    if value.kind == "static" and value.python and scope.promotes(name):
        value = scope.as_tensor(value)
    value = value.detached
    key = ast.unparse(target.slice) if isinstance(target.slice, ast.Constant) and not scope.loops else "*"
    known = dict(zip(owner.keys, owner.parts, strict=True)) | {key: value.named(f"{name}[{key}]")}
    scope.names[name] = replace(
        owner, keys=tuple(known), parts=tuple(known.values()), roots=frozenset({name})
    )
    return value


def _augmented(scope: Scope, node: ast.AugAssign) -> None:
    value = scope.of(node.value)
    if not isinstance(node.target, ast.Name):
        scope.rewrite(node.value, value.plain)
        return
    name = node.target.id
    before = scope.names.get(name, Value(name))
    if before.joined or value.joined:
        raise CannotLiftError
    if not before.is_lifted and not value.is_lifted:
        data = "data" in (before.kind, value.kind)
        scope.rewrite(node.value, value.text)
        scope.bind(name, replace(before, kind="data") if data else replace(before, python=value.python))
        return
    if before.kind == "data":
        scope.rewrite(node.value, value.detached.text)
        return
    whole = combined(node.op, before, value)
    if scope.keeps(name):
        scope.rewrite(node.value, value.plain)
        scope.names[name] = Value(name)
        return
    scope.write(scope.code.replaced(node, f"{name} = {whole.text}"))
    scope.bind(name, whole)


# -- what leaves, and what is only said --------------------------------------------------------------


def _return(scope: Scope, node: ast.Return) -> None:
    if node.value is None:
        if scope.exits:
            raise CannotLiftError
        return
    scope.rewrite(node.value, outputs.returned(scope, node.value, scope.of(node.value)))


def _expression(scope: Scope, node: ast.Expr) -> None:
    if isinstance(node.value, ast.Call) and (test := close(scope, node.value)):
        asserted(scope, node, test, None)
        return
    if speaks(node):
        _spoken(scope, node)
        return
    if tallies.grown(scope, node):
        return
    call = node.value
    if isinstance(call, ast.Call) and method_name(call) in ADDING and isinstance(call.func.value, ast.Name):  # type: ignore[attr-defined]
        _added(scope, call)
        return
    value = scope.of(call)
    if value.holds_text or (value.holds_lifted and not value.is_lifted):
        raise CannotLiftError
    scope.rewrite(call, value.text)


def _spoken(scope: Scope, node: ast.Expr) -> None:
    """`print(f"{diff}")`: during export there is nothing to be said."""
    assert isinstance(node.value, ast.Call)
    values = [scope.of(each) for each in (*node.value.args, *(k.value for k in node.value.keywords))]
    if any(value.holds_text or value.holds_lifted for value in values):
        _aside(scope, node)


def _aside(scope: Scope, node: ast.stmt) -> None:
    edit = put_under(scope.code, [node], f"if not {scope.torch}.compiler.is_exporting():")
    if edit is None:
        raise CannotLiftError
    scope.write(edit)


def _added(scope: Scope, call: ast.Call) -> None:
    """`flags.append(flag)`."""
    name = call_name(call.func).partition(".")[0]
    owner = scope.names.get(name, Value(name))
    value = scope.of(call.args[-1]) if call.args else Value("")
    if value.names_text:
        raise CannotLiftError
    if owner.joined:
        raise CannotLiftError  # a tensor takes no further entries
    if call.func.attr != "append" or owner.kind not in ("parts", "many"):  # type: ignore[attr-defined]
        if value.holds_lifted and not value.is_lifted:
            raise CannotLiftError
        scope.rewrite(call.args[-1], value.plain) if call.args else None
        return
    scope.rewrite(call.args[-1], appended(scope, name, owner, value))


def _assert(scope: Scope, node: ast.Assert) -> None:
    test = checked(scope, node.test)
    if test.is_lifted:
        asserted(scope, node, test, node.msg)


# -- blocks ------------------------------------------------------------------------------------------


def _if(scope: Scope, node: ast.If) -> None:
    test = checked(scope, node.test) if isinstance(node.body[-1], ast.Raise) else truth(scope, node.test)
    if test.is_lifted:
        if protects(scope, node.test, (*node.body, *node.orelse)):
            raise CannotLiftError
        if not branch(scope, node, test, node.body, node.orelse):
            if jumps_out((*node.body, *node.orelse)):
                raise CannotLiftError  # no operator leaves a loop early
            scope.rewrite(node.test, test.text)
            _either(scope, node.body, node.orelse)
        return
    scope.rewrite(node.test, test.text)
    _either(scope, node.body, node.orelse)


def _either(scope: Scope, *blocks: list[ast.stmt]) -> None:
    """Blocks of which one runs: afterwards a name holds what any of them leaves in it."""
    before = dict(scope.names)
    after: list[dict[str, Value]] = []
    for each in blocks:
        scope.names = dict(before)
        _alone(scope, each)
        after.append(scope.names)
    merged = after[0]
    for other in after[1:]:
        merged = _merged(scope, merged, other)
    scope.names = merged


def _alone(scope: Scope, statements: list[ast.stmt]) -> None:
    """A block that may not run: what it returns early is asked for within, as nothing else knows of it.

    A loop around it is where an early return is noted, so that it is known further down as well.
    """
    if scope.loops:
        block(scope, statements)
        return
    exits = list(scope.exits)
    scope.enclosed.append(statements)
    block(scope, statements)
    scope.enclosed.pop()
    scope.exits = exits


def _merged(scope: Scope, first: Mapping[str, Value], second: Mapping[str, Value]) -> dict[str, Value]:
    both = {**second, **first}
    for name in first.keys() & second.keys():
        both[name] = _either_value(scope, name, first[name], second[name])
    return both


def _either_value(scope: Scope, name: str, first: Value, second: Value) -> Value:
    if first.joined != second.joined:
        raise CannotLiftError
    if "text" in (first.kind, second.kind) and first != second:
        return Value(name, "text")
    if first.string != second.string:
        first, second = replace(first, string=None), replace(second, string=None)
    if first.is_lifted != second.is_lifted:
        known = second if first.is_lifted else first
        if known.kind == "static":
            scope.promote(name)
        return first if first.is_lifted else second
    if "data" in (first.kind, second.kind):
        return first if first.kind == "data" else second
    return first if first.holds_lifted or len(first.parts) >= len(second.parts) else second


def _for(scope: Scope, node: ast.For) -> None:
    if added_up(scope, node, named) or collected(scope, node):
        return
    whole, entry = scope.of(node.iter), entry_of(scope, node.iter)
    scope.rewrite(node.iter, whole.text)
    scope.loops.append(node)
    with _silently(scope):
        before = dict(scope.names)
        bind_target(scope, node.target, entry)
        block(scope, node.body)
        joined = _merged(scope, scope.names, before)
    scope.names = joined
    bind_target(scope, node.target, entry)
    block(scope, node.body)
    scope.loops.pop()
    scope.names = _merged(scope, scope.names, joined)
    block(scope, node.orelse)


@contextmanager
def _silently(scope: Scope) -> Iterator[None]:
    """What is done here is not written."""
    before = (scope.silent, list(scope.exits), set(scope.taken), list(scope.results))
    scope.silent = True
    try:
        yield
    finally:
        scope.silent, scope.exits, scope.taken, scope.results = before


def _with(scope: Scope, node: ast.With) -> None:
    for item in node.items:
        if item.optional_vars is not None:
            bind_target(scope, item.optional_vars, Value(""))
    block(scope, node.body)


def _try(scope: Scope, node: ast.Try) -> None:
    with scope.unchecked():
        is_branch = tried(scope, node)
    if is_branch:
        return
    scope.catching += bool(node.handlers)
    _either(scope, [*node.body, *node.orelse], *(handler.body for handler in node.handlers))
    scope.catching -= bool(node.handlers)
    block(scope, node.finalbody)


def _while(scope: Scope, node: ast.While) -> None:
    if truth(scope, node.test).is_lifted:
        raise CannotLiftError
    _either(scope, node.body, node.orelse)


def _definition(scope: Scope, node: ast.stmt) -> None:
    """A function within: it may read names at any time."""
    read = [scope.names.get(n.id, Value("")) for n in ast.walk(node) if isinstance(n, ast.Name)]
    if any(value.holds_lifted or value.holds_text for value in read):
        raise CannotLiftError


def _other(scope: Scope, node: ast.stmt) -> None:
    if isinstance(node, ast.Pass | ast.Break | ast.Continue | ast.Import | ast.ImportFrom):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr) and (scope.of(child).holds_lifted or scope.of(child).holds_text):
            raise CannotLiftError


_FORMS: dict[type[ast.stmt], Callable[[Scope, Any], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Expr: _expression,
    ast.Assert: _assert,
    ast.If: _if,
    ast.For: _for,
    ast.With: _with,
    ast.Try: _try,
    ast.While: _while,
}
