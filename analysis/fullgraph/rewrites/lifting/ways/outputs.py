"""What a function returns once values are lifted.

The rule: what leaves the model is of the kind that it was. A bool or number that is returned by the function
that is exported is taken out of its tensor at the end; a helper of the project returns the tensor.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from ....python.syntax.precedence import Binds, operand
from ..scalars.conditions import chosen
from ..scope import Scope
from ..value import CannotLiftError, Value


def returned(scope: Scope, node: ast.expr, value: Value) -> str:
    """The text of what is returned, the early returns before it included."""
    if value.holds_text:
        raise CannotLiftError
    value = _promoted(scope, value)
    given = value
    for each in reversed(scope.exits):
        test = Value(each.test, "bool", changed=True)
        # The rest is computed as it would be where nothing returns early.
        value = chosen(scope, test, each.value, replace(value, cheap=True))
    scope.results.append(value)
    if not scope.is_entry:
        scope.demand(value)
        return value.detached.text
    return outward(scope, node, value) if value is given else _text(value)


def _promoted(scope: Scope, value: Value) -> Value:
    """True and False as tensors, where a helper returns tensors elsewhere."""
    if scope.is_entry or value.kind != "static" or not value.python or not scope.promotes("return"):
        return value
    return scope.as_tensor(value)


def outward(scope: Scope, node: ast.expr, value: Value) -> str:
    """A value as the caller of the model had it."""
    if value.is_lifted:
        return value.plain
    if not value.holds_lifted:
        return value.text
    if isinstance(node, ast.Tuple | ast.List | ast.Dict):
        children = node.values if isinstance(node, ast.Dict) else node.elts
        texts = {child: outward(scope, child, scope.of(child)) for child in children}
        return scope.code.flat_with(node, {c: t for c, t in texts.items() if t != scope.code.flat(c)})
    if value.joined:
        return f"{value.owner}.tolist()"
    if value.kind == "many":
        return f"[{scope.fresh('each')}.item() for {_last(scope)} in {operand(value.text, Binds.OR)}]"
    if value.kind == "fields" and all(part.is_lifted for part in value.parts):
        return f"{{key: {scope.fresh('each')}.item() for key, {_last(scope)} in {value.owner}.items()}}"
    if value.kind == "fields" and "*" not in value.keys:
        inner = zip(value.keys, value.parts, strict=True)
        return f"{{{', '.join(f'{key}: {_text(part)}' for key, part in inner)}}}"
    raise CannotLiftError


def _last(scope: Scope) -> str:
    return max((name for name in scope.taken if name.startswith("each")), key=len)


def _text(value: Value) -> str:
    if value.kind == "parts":
        return value.enclosing([_text(part) for part in value.parts])
    if value.kind in ("many", "fields") and value.holds_lifted:
        raise CannotLiftError
    return value.plain


def result(scope: Scope) -> Value:
    """What a helper returns, whichever way it goes."""
    if not scope.results:
        return Value("", "static")
    lifted = [value for value in scope.results if value.holds_lifted]
    if not lifted:
        widest = max(scope.results, key=lambda value: value.kind == "data")
        alike = all(value.python == widest.python for value in scope.results)
        return widest if alike else replace(widest, python="")
    if any(not value.holds_lifted for value in scope.results):
        scope.promote("return")
    return lifted[0]
