"""Lists of numbers that stay one tensor: `ids.tolist()`, and what comprehensions make of it.

What is computed of one entry is computed of all at once where it goes by each entry alone: `[t != 0 for t in
ids.tolist()]` is `ids != 0`. What an `if` keeps is picked by a mask.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ....python.syntax.names import call_name, is_name, method_name, names_in
from ....python.syntax.operators import COMPARISONS
from ....python.syntax.precedence import Binds, operand, owner
from ....text.source import SourceText
from ...branches.condition import is_whole
from ...edit.module import Code, as_python_counts
from ...loops.steps import size_of
from ..reading.holding import is_written_later
from ..reading.sources import is_boolean, is_float, is_scalar, lifted
from ..scope import Scope
from ..value import CannotLiftError, Value, inverted

Comprehension = ast.ListComp | ast.GeneratorExp

_FUNCTIONS = frozenset(
    {"where", "isin", "sqrt", "exp", "log", "log2", "log10", "log1p", "expm1", "sin", "cos", "tan", "tanh"}
    | {"atan", "abs", "isnan", "isinf", "isfinite", "fmax", "fmin", "pow"}
)
_METHODS = frozenset(
    {"long", "float", "double", "abs", "round", "floor", "ceil", "trunc", "clamp", "detach"}
    | {"isnan", "isinf", "isfinite"}
)
_OF_LAST = frozenset({"unsqueeze", "argmax", "any"})
"""Methods that work on a dimension behind those of the entries, where they are given -1."""


def listed(scope: Scope, node: ast.Call) -> Value | None:
    """`t.tolist()` of a tensor with a dimension."""
    if method_name(node) != "tolist" or node.args:
        return None
    tensor = node.func.value  # type: ignore[attr-defined]
    inner = scope.of(tensor)
    if inner.kind != "data":
        return None
    if inner.scalar or is_scalar(tensor):
        return lifted(scope, node, tensor, inner)
    if is_written_later(scope, tensor, node):
        raise CannotLiftError  # the list has what was there before
    has_fraction = is_float(tensor) or scope.is_float(node)
    kind = "bool" if is_boolean(scope, tensor, inner) else "float" if has_fraction else "number"
    text = as_python_counts(scope.code, tensor, inner.text)
    counts = kind == "bool" or is_whole(scope.code, tensor) or scope.code.dtypes_in(tensor)
    entry = Value("", kind, fraction=kind == "float" or scope.was_float(node))  # type: ignore[arg-type]
    precise = ".double()" if scope.run.double and kind == "float" else ""
    return joined(text if counts else f"{owner(text)}.detach(){precise}", entry, inner.roots)


def joined(text: str, entry: Value, roots: frozenset[str], *, picked: bool = False) -> Value:
    """A tensor in place of a list of numbers."""
    part = replace(entry, text="", source="", python="", differentiable=False)
    return Value(text, "many", changed=True, roots=roots, parts=(part,), joined=True, picked=picked)


# -- comprehensions ----------------------------------------------------------------------------------


def sources_of(scope: Scope, header: ast.comprehension | ast.For) -> dict[str, str]:
    """The names that a header gives, each with the tensor of all that it is given; none if there is no such."""
    target, over = header.target, header.iter
    if not isinstance(over, ast.Call) or call_name(over) not in ("enumerate", "range"):
        if isinstance(over, ast.Call) and call_name(over) == "zip":
            return _zipped(scope, target, over)
        rows = _tensor(scope, over)
        return {target.id: rows} if rows and isinstance(target, ast.Name) else {}
    if len(over.args) != 1 or over.keywords:
        return {}
    if call_name(over) == "range":
        size = size_of(scope.function, over.args[0])
        known = size is not None and isinstance(target, ast.Name) and scope.of(over.args[0]).kind == "static"
        if not known or size is None or not isinstance(target, ast.Name):
            return {}
        return {target.id: _counted(scope, scope.code.flat(over.args[0]), size[0])}
    pair = target.elts if isinstance(target, ast.Tuple) and len(target.elts) == 2 else ()
    names, rows = [each.id for each in pair if isinstance(each, ast.Name)], _tensor(scope, over.args[0])
    if not rows or len(names) != 2:
        return {}
    return {names[0]: _counted(scope, f"{owner(rows)}.shape[0]", rows), names[1]: rows}


def _zipped(scope: Scope, target: ast.expr, over: ast.Call) -> dict[str, str]:
    """Two tensors, of which the longer one is cut."""
    names = [each.id for each in getattr(target, "elts", ()) if isinstance(each, ast.Name)]
    rows = [owner(each) for each in (_tensor(scope, arg) for arg in over.args) if each]
    if len(names) != 2 or len(rows) != 2 or len(over.args) != 2 or over.keywords:
        return {}
    return {names[0]: f"{rows[0]}[:{rows[1]}.shape[0]]", names[1]: f"{rows[1]}[:{rows[0]}.shape[0]]"}


def _counted(scope: Scope, size: str, tensor: str) -> str:
    return f"{scope.torch}.arange({size}, device={owner(tensor)}.device)"


@contextmanager
def going_over(scope: Scope, sources: Mapping[str, str]) -> Iterator[None]:
    """What is computed in here is of one entry."""
    before, scope.over = scope.over, {**scope.over, **sources}
    try:
        yield
    finally:
        scope.over = before


def _tensor(scope: Scope, over: ast.expr) -> str:
    value = scope.of(over)
    return value.text if value.joined or value.kind == "data" else ""


def of_all(
    scope: Scope,
    node: Comprehension,
    sources: Mapping[str, str],
    value: Value,
    tests: Sequence[Value],
    checks: Iterable[str],
) -> Value | None:
    """What a comprehension makes of all entries; None where it does more than compute each by itself.

    `value` is what it makes of one, `tests` are its conditions that ask for the data, `checks` what has to hold.
    """
    masks, checked = (
        [spread(scope, text, sources) for text in texts] for texts in ([t.text for t in tests], checks)
    )
    known = all(masks) and all(checked) and len(tests) == len(node.generators[0].ifs)
    if not sources or not known or (masks and checked):
        return None
    roots = value.roots.union(*(test.roots for test in tests))
    mask = (
        " & ".join(operand(each, Binds.SIGN) for each in masks if each)
        if len(masks) > 1
        else "".join(map(str, masks))
    )
    counts = isinstance(node.elt, ast.Name) and _is_counted(scope, sources.get(node.elt.id, ""))
    if counts and mask:
        return joined(f"{owner(mask)}.nonzero().flatten()", Value("", "int", exact=True), roots, picked=True)
    text = spread(scope, value.detached.text, sources) if value.is_lifted else None
    if text is None:
        return None
    for each in checked:
        scope.check(f"{owner(each or '')}.all()")
    return joined(f"{owner(text)}[{mask}]" if mask else text, value, roots, picked=bool(mask))


def spread(scope: Scope, text: str, sources: Mapping[str, str]) -> str | None:
    """An expression of one entry for all of them; None where it does not go by each alone."""
    code = Code(ast.parse(text), SourceText("", text))
    statement = code.tree.body[0]
    assert isinstance(statement, ast.Expr)
    node, names = statement.value, frozenset(sources)
    if not names & names_in(node) or not _is_of_each(scope, node, names):
        return None
    instead: dict[ast.expr, str] = {}
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id in sources:
            up = code.parents.get(each)
            if isinstance(up, ast.Subscript) and up.slice is each and _is_counted(scope, sources[each.id]):
                instead[up] = _rows(scope, code.flat(up.value), sources[each.id])
            else:
                instead[each] = sources[each.id]
    return _flattened(code.flat_with(node, instead))


def counts_of(scope: Scope, text: str, sources: Mapping[str, str]) -> bool:
    """Whether a text is that of the count of all rounds."""
    return text in sources.values() and _is_counted(scope, text)


def _is_counted(scope: Scope, source: str) -> bool:
    return source.startswith(f"{scope.torch}.arange(")


def _rows(scope: Scope, tensor: str, counted: str) -> str:
    """All rows of a tensor that a count goes through: it may have more of them."""
    size = counted.removeprefix(f"{scope.torch}.arange(").rpartition(", device=")[0]
    whole = size in (f"{tensor}.shape[0]", f"{tensor}.size(0)", f"len({tensor})")
    named = size_of(scope.function, ast.parse(size, mode="eval").body) == (tensor, 0)
    return tensor if whole or named else f"{tensor}[:{size}]"


def _flattened(text: str) -> str:
    """`x.flatten()` of `x.squeeze()`: where each entry has one number, all of them have one dimension."""
    code = Code(ast.parse(text), SourceText("", text))
    for each in ast.walk(code.tree):
        if isinstance(each, ast.Call) and method_name(each) == "squeeze" and not each.args:
            tensor = each.func.value  # type: ignore[attr-defined]
            statement = code.tree.body[0]
            assert isinstance(statement, ast.Expr)
            return _flattened(
                code.flat_with(statement.value, {each: f"{owner(code.flat(tensor))}.flatten()"})
            )
    return text


def _is_of_each(scope: Scope, node: ast.expr, names: frozenset[str]) -> bool:
    if not names & names_in(node):
        return all(_has_no_dimension(scope, each) for each in ast.walk(node) if isinstance(each, ast.Name))
    if isinstance(node, ast.Name):
        return True
    if isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
        return not isinstance(node.op, ast.MatMult) and all(_is_of_each(scope, each, names) for each in parts)
    if isinstance(node, ast.UnaryOp):
        return not isinstance(node.op, ast.Not) and _is_of_each(scope, node.operand, names)
    if isinstance(node, ast.Compare):
        known = len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS
        return known and all(_is_of_each(scope, each, names) for each in (node.left, node.comparators[0]))
    if isinstance(node, ast.Subscript):
        return not names & names_in(node.value) and _is_of_each(scope, node.slice, names)
    return isinstance(node, ast.Call) and _is_call_of_each(scope, node, names)


def _is_call_of_each(scope: Scope, call: ast.Call, names: frozenset[str]) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    method, tensor = call.func.attr, call.func.value
    if is_name(tensor, scope.torch):
        first = 1 if method == "isin" else len(call.args)
        told = any(names & names_in(each) for each in (*call.args[first:], *call.keywords))
        return (
            method in _FUNCTIONS
            and not told
            and all(_is_of_each(scope, each, names) for each in call.args[:first])
        )
    if any(names & names_in(each) for each in (*call.args, *call.keywords)):
        return False
    last = method in _OF_LAST and [ast.unparse(each) for each in call.args] == ["-1"]
    alone = method == "squeeze" and not call.args
    return (last or alone or method in _METHODS) and _is_of_each(scope, tensor, names)


def _has_no_dimension(scope: Scope, name: ast.Name) -> bool:
    value = scope.names.get(name.id)
    return value is None or value.kind == "static" or value.is_lifted or value.scalar


# -- what is asked of one ----------------------------------------------------------------------------


def part(scope: Scope, node: ast.Subscript, whole: Value) -> Value:
    """`values[1]`, `values[:3]`."""
    if isinstance(node.slice, ast.Slice):
        step = node.slice.step
        if step is not None and not (isinstance(step, ast.Constant) and isinstance(step.value, int)):
            raise CannotLiftError
        text = scope.code.flat_with(node, {node.value: whole.owner})
        return replace(whole, text=text, changed=True)
    index = scope.of(node.slice)
    text = scope.code.flat_with(node, {node.value: whole.owner, node.slice: index.text})
    cheap = not index.is_lifted  # a place that is not there raises
    return replace(whole.parts[0], text=text, changed=True, roots=whole.roots | index.roots, cheap=cheap)


def numbered(scope: Scope, call: ast.Call) -> Value | None:
    """`values.count(2)`, and `values.index(2)`, which is checked to be there."""
    name = method_name(call)
    if name not in ("count", "index") or len(call.args) != 1 or call.keywords:
        return None
    whole, wanted = scope.of(call.func.value), scope.of(call.args[0])  # type: ignore[attr-defined]
    if not whole.joined or wanted.kind == "data" or wanted.string is not None:
        return None
    scope.demand(whole, wanted)
    if wanted.python == "bool" and whole.parts[0].kind == "bool":
        same = whole.text if wanted.text == "True" else inverted(whole.text)
    else:
        same = f"{whole.operand} == {wanted.detached.operand}"
    roots = whole.roots | wanted.roots
    if name == "count":
        return Value(f"{owner(same)}.sum()", "int", True, roots, exact=True)
    scope.check(f"{owner(same)}.any()")
    return Value(f"{owner(same)}.long().argmax()", "int", True, roots, exact=True)
