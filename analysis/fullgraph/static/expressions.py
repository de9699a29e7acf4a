"""Expressions: what comes of them, as far as the text says, and where they need a tensor's data."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from . import calls
from .conditions import ask, condition, narrowed
from .context import AnalysisContext
from .domain import (
    DERIVED,
    FALSE,
    HOST,
    MASK,
    NONE,
    NUMBER,
    SIZE,
    TENSOR,
    TENSORS,
    TRUE,
    UNKNOWN,
    Each,
    Host,
    Items,
    Method,
    Named,
    Number,
    RaggedShape,
    Record,
    Tensor,
    Value,
    constant,
    element_of,
    has_data,
    join,
    tensor,
)
from .frames import Frame
from .scopes import Class, Function, Instance
from .state import attribute
from .statements import bind, element_when_iterated, iterate
from .torch_names import TENSOR_PROPERTIES


def evaluate(node: ast.expr, frame: Frame, context: AnalysisContext) -> Value:
    kind = type(node)
    if kind is ast.Name:  # more than a third of all expressions
        found = frame.names.get(node.id)  # type: ignore[attr-defined]
        if found is not None:
            return found
    handler = _EXPRESSIONS.get(kind)
    return UNKNOWN if handler is None else handler(node, frame, context)


# -- names and literals ------------------------------------------------------------------------------


def _constant(node: ast.Constant, frame: Frame, context: AnalysisContext) -> Value:
    return constant(node.value)


def _name(node: ast.Name, frame: Frame, context: AnalysisContext) -> Value:
    """A name that is none of the function's own."""
    found = frame.scope.value(node.id)
    return _BUILTINS.get(node.id, UNKNOWN) if found is None else found


_BUILTINS: dict[str, Value] = {name: Named(f"builtins.{name}") for name in calls.BUILTINS}


def _tuple(node: ast.Tuple, frame: Frame, context: AnalysisContext) -> Value:
    values = tuple(evaluate(each, frame, context) for each in node.elts)
    if any(isinstance(each, ast.Starred) for each in node.elts):
        return DERIVED if any(map(has_data, values)) else UNKNOWN
    return Items(values)


def _list(node: ast.List, frame: Frame, context: AnalysisContext) -> Value:
    return _sequence(_tuple(ast.Tuple(node.elts), frame, context))


def _sequence(value: Value) -> Value:
    return Each(element_of(value)) if isinstance(value, Items) else value


def _dict(node: ast.Dict, frame: Frame, context: AnalysisContext) -> Value:
    entries = []
    known = True
    for key, each in zip(node.keys, node.values, strict=True):
        value = evaluate(each, frame, context)
        known &= isinstance(key, ast.Constant)
        entries.append((key.value if isinstance(key, ast.Constant) else None, value))
    if known:
        return Record(tuple({key: (key, value) for key, value in entries}.values()))
    return DERIVED if any(has_data(value) for _, value in entries) else UNKNOWN


def _set(node: ast.Set, frame: Frame, context: AnalysisContext) -> Value:
    for each in node.elts:
        evaluate(each, frame, context)
    return UNKNOWN


def _lambda(node: ast.Lambda, frame: Frame, context: AnalysisContext) -> Value:
    return Function(node, frame.scope, None, frame.names, frame.owner)


def _walrus(node: ast.NamedExpr, frame: Frame, context: AnalysisContext) -> Value:
    value = evaluate(node.value, frame, context)
    bind(node.target, value, frame, context)
    return value


def _inner(node: Any, frame: Frame, context: AnalysisContext) -> Value:
    return evaluate(node.value, frame, context)


def _yield(node: ast.Yield | ast.YieldFrom | ast.Await, frame: Frame, context: AnalysisContext) -> Value:
    frame.generator = True
    if node.value is not None:
        evaluate(node.value, frame, context)
    return UNKNOWN


# -- operators ---------------------------------------------------------------------------------------


def _binary(node: ast.BinOp, frame: Frame, context: AnalysisContext) -> Value:
    one, other = evaluate(node.left, frame, context), evaluate(node.right, frame, context)
    if isinstance(one, Tensor) or isinstance(other, Tensor):
        return _of_tensors(one, other, node.op)
    if isinstance(one, Number) and isinstance(other, Number | Host):
        return NUMBER if not one.size else UNKNOWN
    if isinstance(one, Host) and isinstance(other, Number):
        return NUMBER if not other.size and not _is_text(one) else UNKNOWN
    if isinstance(one, Host) and isinstance(other, Host):
        return HOST
    if isinstance(one, Each | Items) and isinstance(other, Each | Items) and isinstance(node.op, ast.Add):
        return join(_sequence(one), _sequence(other))
    return DERIVED if has_data(one) or has_data(other) else UNKNOWN


def _of_tensors(one: Value, other: Value, op: ast.operator) -> Value:
    if isinstance(op, ast.Mod) and _is_text(one):
        return UNKNOWN
    if isinstance(one, Each | Items | Record) or isinstance(other, Each | Items | Record):
        return DERIVED  # `[0] * n` is a list
    constant = all(each.constant for each in (one, other) if isinstance(each, Tensor))
    if not constant and not isinstance(op, _BITWISE):
        return TENSOR
    boolean = isinstance(op, _BITWISE) and all(
        each.boolean for each in (one, other) if isinstance(each, Tensor)
    )
    return tensor(constant, boolean)


_BITWISE = (ast.BitAnd, ast.BitOr, ast.BitXor)


def _is_text(value: Value) -> bool:
    return isinstance(value, Host) and bool(value.constant) and isinstance(value.constant[0], str)


def _unary(node: ast.UnaryOp, frame: Frame, context: AnalysisContext) -> Value:
    if isinstance(node.op, ast.Not):
        known = condition(node.operand, frame, context, "not")
        return HOST if known is None else Host((not known,))
    value = evaluate(node.operand, frame, context)
    if isinstance(value, Host):
        return HOST
    return value if isinstance(value, Tensor | Number) else DERIVED if has_data(value) else UNKNOWN


def _bool_op(node: ast.BoolOp, frame: Frame, context: AnalysisContext) -> Value:
    """A value, not a test: the last operand is not asked."""
    names = dict(frame.names)
    ends = isinstance(node.op, ast.Or)
    results: list[Value] = []
    for index, operand in enumerate(node.values):
        value = evaluate(operand, frame, context)
        results.append(value)
        if index < len(node.values) - 1:
            ask(value, operand, frame, context, "boolop")
            frame.names.update(narrowed(operand, frame.names, not ends))
    frame.names = {**frame.names, **names}
    return HOST if all(isinstance(each, Host) for each in results) else UNKNOWN


def _ternary(node: ast.IfExp, frame: Frame, context: AnalysisContext) -> Value:
    known = condition(node.test, frame, context, "ternary")
    if known is not None:
        return evaluate(node.body if known else node.orelse, frame, context)
    before = frame.names
    values = []
    frame.conditional += 1
    for side, holds in ((node.body, True), (node.orelse, False)):
        frame.names = {**before, **narrowed(node.test, before, holds)}
        values.append(evaluate(side, frame, context))
    frame.conditional -= 1
    frame.names = before
    return join(*values)


def _compare(node: ast.Compare, frame: Frame, context: AnalysisContext) -> Value:
    values = [evaluate(each, frame, context) for each in (node.left, *node.comparators)]
    results = [_compared(*pair) for pair in zip(values, node.ops, values[1:], strict=False)]
    if len(results) > 1:
        # `0 < x < 1` is `0 < x and x < 1`.
        if all(isinstance(each, Tensor) and not each.constant for each in results[:-1]):
            ask(results[0], node, frame, context, "boolop")
        return UNKNOWN
    return results[0]


def _compared(one: Value, op: ast.cmpop, other: Value) -> Value:
    if isinstance(op, ast.Is | ast.IsNot):
        if one == NONE and other == NONE:
            return TRUE if isinstance(op, ast.Is) else FALSE
        return HOST
    if isinstance(op, ast.In | ast.NotIn):
        return HOST if not has_data(one) and not has_data(other) else UNKNOWN
    if isinstance(one, Tensor) or isinstance(other, Tensor):
        return _mask(one, op, other)
    if isinstance(one, Number) and isinstance(other, Host):
        return one if _is_open(one, op, other) else UNKNOWN
    if isinstance(one, Host) and isinstance(other, Host):
        return HOST
    return DERIVED if has_data(one) or has_data(other) else UNKNOWN


def _mask(one: Value, op: ast.cmpop, other: Value) -> Value:
    equality = isinstance(op, ast.Eq | ast.NotEq)
    for each in (one, other):
        if (
            isinstance(each, Host)
            and each.constant
            and (each.constant[0] is None or isinstance(each.constant[0], str))
        ):
            return HOST
        if isinstance(each, Tensor) and each.constant:
            return tensor(constant=True, boolean=True)
        if equality and not isinstance(each, Tensor | Host | Number):
            return DERIVED  # None, perhaps
    return MASK


def _is_open(number: Number, op: ast.cmpop, other: Host) -> bool:
    """Whether the range of a number leaves open what comes of the comparison."""
    value = other.constant[0] if other.constant else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return not other.constant and not number.size
    if value < 0 or (value == 0 and isinstance(op, ast.GtE | ast.Lt)):
        return False
    return not isinstance(op, ast.GtE | ast.Lt) or not number.size


# -- parts of values ---------------------------------------------------------------------------------


def _attribute(node: ast.Attribute, frame: Frame, context: AnalysisContext) -> Value:
    value = evaluate(node.value, frame, context)
    if isinstance(value, Tensor):
        return _of_tensor(value, node.attr)
    if isinstance(value, Instance):
        found = attribute(value, node.attr, frame, context)
        return Method(value, node.attr) if found is UNKNOWN and node.attr in calls.REGISTERS else found
    if isinstance(value, Named):
        return frame.scope.attribute(value, node.attr)
    match value:
        case Class():
            found_method = value.scope.method(node.attr)
            return Function(found_method[0], found_method[1].scope) if found_method else UNKNOWN
        case Each() if node.attr in ("values", "indices"):
            return TENSOR if value == TENSORS else Method(value, node.attr)
    if value is DERIVED and node.attr in TENSOR_PROPERTIES:
        if isinstance(node.value, ast.Name) and node.attr in ("shape", "ndim"):
            frame.set(node.value.id, TENSOR)
        return HOST
    return Method(value, node.attr)


def _of_tensor(value: Tensor, name: str) -> Value:
    if name == "shape":
        return RaggedShape() if value.ragged else HOST
    if name in ("T", "mT", "H", "mH", "data", "real", "imag"):
        return tensor(value.constant, value.boolean)
    return HOST if name in TENSOR_PROPERTIES else Method(value, name)


def _subscript(node: ast.Subscript, frame: Frame, context: AnalysisContext) -> Value:
    value, index = evaluate(node.value, frame, context), evaluate(node.slice, frame, context)
    match value:
        case Tensor():
            ragged = isinstance(index, Tensor) and index.boolean and not index.constant
            return tensor(value.constant and not has_data(index), value.boolean, ragged)
        case RaggedShape():
            return SIZE if index == Host((0,)) else HOST
        case Items(elements) if isinstance(index, Host) and index.constant:
            position = index.constant[0]
            if isinstance(position, int) and -len(elements) <= position < len(elements):
                return elements[position]
        case Record() if isinstance(index, Host) and index.constant:
            return value.get(index.constant[0])
        case Host():
            return HOST if not has_data(index) else UNKNOWN
    if isinstance(value, Each | Items):
        element = element_of(value)
        return value if isinstance(node.slice, ast.Slice) else UNKNOWN if element is None else element
    return DERIVED if has_data(value) else UNKNOWN


def _slice(node: ast.Slice, frame: Frame, context: AnalysisContext) -> Value:
    for part in (node.lower, node.upper, node.step):
        if part is not None:
            evaluate(part, frame, context)
    return UNKNOWN


# -- texts and comprehensions ------------------------------------------------------------------------


def _f_string(node: ast.JoinedStr, frame: Frame, context: AnalysisContext) -> Value:
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            value = evaluate(part.value, frame, context)
            is_data = isinstance(value, Number) or (isinstance(value, Tensor) and not value.constant)
            if is_data and part.format_spec is not None and part.conversion == -1:
                hint = "skip the formatting during export: `if not torch.compiler.is_exporting():`"
                calls.leaves(node, "a string", hint, frame, context)
    return HOST


def _comprehension(
    node: ast.ListComp | ast.GeneratorExp | ast.SetComp, frame: Frame, context: AnalysisContext
) -> Value:
    outer = frame.names
    frame.names = dict(outer)
    _generators(node.generators, frame, context)
    element = evaluate(node.elt, frame, context)
    frame.names = outer
    return Each(element)


def _dict_comprehension(node: ast.DictComp, frame: Frame, context: AnalysisContext) -> Value:
    outer = frame.names
    frame.names = dict(outer)
    _generators(node.generators, frame, context)
    evaluate(node.key, frame, context)
    value = evaluate(node.value, frame, context)
    frame.names = outer
    return DERIVED if has_data(value) else UNKNOWN


def _generators(generators: list[ast.comprehension], frame: Frame, context: AnalysisContext) -> None:
    for each in generators:
        over = evaluate(each.iter, frame, context)
        iterate(over, each.iter, frame, context)
        bind(each.target, element_when_iterated(over), frame, context)
        for test in each.ifs:
            condition(test, frame, context, "comprehension")
            frame.names.update(narrowed(test, frame.names, True))


_EXPRESSIONS: dict[type[ast.expr], Callable[[Any, Frame, AnalysisContext], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.Dict: _dict,
    ast.Set: _set,
    ast.Lambda: _lambda,
    ast.NamedExpr: _walrus,
    ast.Starred: _inner,
    ast.Await: _yield,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _bool_op,
    ast.IfExp: _ternary,
    ast.Compare: _compare,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.JoinedStr: _f_string,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _dict_comprehension,
    ast.Call: calls.call,
}
