"""Lists, tuples and dicts of what is lifted, and what Python makes of a whole list: `all`, `any`, `sum`, `max`.

A list that becomes one tensor is stacked, so that each of its entries is a tensor of one dtype.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from ....python.syntax.names import call_name
from ....python.syntax.precedence import Binds, operand, owner
from ..scalars.conditions import truth
from ..scope import Scope
from ..value import CannotLiftError, Kind, Value, wider
from . import joined
from .joined import spread

_OF_A_LIST = ("all", "any", "sum", "max", "min")


def display(scope: Scope, node: ast.expr) -> Value:
    """`[a, b]`, `(a, b)`."""
    assert isinstance(node, ast.List | ast.Tuple)
    if any(isinstance(each, ast.Starred) for each in node.elts):
        return scope.composed(node)
    values = tuple(scope.of(each).detached for each in node.elts)
    return entries(scope, node, dict(zip(node.elts, values, strict=True)), "parts")


def entries(scope: Scope, node: ast.expr, values: dict[ast.expr, Value], kind: Kind) -> Value:
    """A display with its entries as they become."""
    texts = {child: value.text for child, value in values.items()}
    instead = {child: text for child, text in texts.items() if text != scope.code.flat(child)}
    text = scope.code.flat_with(node, instead)
    roots = frozenset().union(*(value.roots for value in values.values()))
    cheap = all(value.cheap for value in values.values())
    listed = isinstance(node, ast.List)
    return Value(text, kind, bool(instead), roots, parts=tuple(values.values()), listed=listed, cheap=cheap)


def of_tensors(scope: Scope, node: ast.expr, value: Value) -> Value:
    """A display whose entries that Python knows are tensors, too, for all of them to be stacked."""
    if not isinstance(node, ast.List | ast.Tuple | ast.Dict) or not value.holds_lifted:
        return value
    children = node.values if isinstance(node, ast.Dict) else node.elts
    parts = [_as_tensor(scope, part) for part in value.parts]
    whole = entries(scope, node, dict(zip(children, parts, strict=True)), value.kind)
    return replace(whole, keys=value.keys)


def _as_tensor(scope: Scope, value: Value) -> Value:
    if value.kind != "static" or not value.python:
        return value
    return Value(f"{scope.torch}.tensor({value.text})", value.python, changed=True)


def dictionary(scope: Scope, node: ast.expr) -> Value:
    """`{"close": a}`."""
    assert isinstance(node, ast.Dict)
    if any(key is None for key in node.keys):
        return scope.composed(node)
    values = {each: scope.of(each).detached for each in node.values}
    keys = tuple(ast.unparse(key) for key in node.keys if key is not None)
    return replace(entries(scope, node, values, "fields"), keys=keys)


# -- comprehensions ----------------------------------------------------------------------------------


def comprehension(scope: Scope, node: ast.expr) -> Value:
    """`[torch.allclose(a, b) for a, b in zip(x, y)]`: a list whose entries are alike."""
    assert isinstance(node, ast.ListComp | ast.GeneratorExp)
    before = dict(scope.names)
    tests: list[Value] = []
    sources = joined.sources_of(scope, node.generators[0]) if len(node.generators) == 1 else {}
    try:
        with scope.checking() as checks, joined.going_over(scope, sources):
            for each in node.generators:
                bind_target(scope, each.target, entry_of(scope, each.iter))
                tests += [asked for test in each.ifs if (asked := truth(scope, test)).is_lifted]
            value = scope.of(node.elt)
        whole = joined.of_all(scope, node, sources, value, tests, checks)
        iterated = _iterated(scope, node)
        roots = value.roots
    finally:
        scope.names = before
    if whole is not None:
        return whole
    if tests or checks:
        raise CannotLiftError
    if not value.is_lifted:
        kind = "data" if value.kind == "data" else "static"
        changed = value.changed or bool(iterated)
        text = scope.code.flat_with(node, {**iterated, **({node.elt: value.text} if value.changed else {})})
        return Value(text, kind, changed, roots)  # type: ignore[arg-type]
    text = scope.code.flat_with(node, {**iterated, node.elt: value.detached.text})
    return Value(text, "many", changed=True, roots=roots, parts=(value,))


def _iterated(scope: Scope, node: ast.ListComp | ast.GeneratorExp) -> dict[ast.expr, str]:
    """What a comprehension goes over, where that is another text now."""
    values = ((each.iter, scope.of(each.iter)) for each in node.generators)
    return {over: value.text for over, value in values if value.changed}


def dictionary_of_alike(scope: Scope, node: ast.expr) -> Value:
    """`{name: torch.equal(a, b) for …}`: a dict whose entries are alike."""
    assert isinstance(node, ast.DictComp)
    before = dict(scope.names)
    try:
        for each in node.generators:
            bind_target(scope, each.target, entry_of(scope, each.iter))
            if any(truth(scope, test).is_lifted for test in each.ifs):
                raise CannotLiftError
        value = scope.of(node.value)
    finally:
        scope.names = before
    whole = entries(scope, node, {node.value: value.detached}, "fields")
    return replace(whole, keys=("*",)) if value.is_lifted else scope.composed(node)


def entry_of(scope: Scope, iterated: ast.expr) -> Value:
    """What a loop over something is given each time."""
    name = call_name(iterated) if isinstance(iterated, ast.Call) else ""
    arguments = iterated.args if isinstance(iterated, ast.Call) else []
    if name == "zip":
        return Value("", "parts", parts=tuple(entry_of(scope, each) for each in arguments))
    if name == "enumerate" and arguments:
        return Value("", "parts", parts=(Value("", "static"), entry_of(scope, arguments[0])))
    if isinstance(iterated, ast.Call) and isinstance(iterated.func, ast.Attribute) and not arguments:
        if iterated.func.attr == "items":
            return Value(
                "", "parts", parts=(Value("", "static"), _any_entry(scope, scope.of(iterated.func.value)))
            )
        if iterated.func.attr == "values":
            return _any_entry(scope, scope.of(iterated.func.value))
        if iterated.func.attr == "tolist":
            return _listed(scope.of(iterated.func.value))
    return _any_entry(scope, scope.of(iterated))


def _listed(tensor: Value) -> Value:
    return Value("", "number" if tensor.kind == "data" else "static")


def _any_entry(scope: Scope, value: Value) -> Value:
    if value.kind == "many":
        return value.parts[0]
    if value.kind in ("parts", "fields") and value.parts:
        kinds = {part.kind for part in value.parts}
        if value.holds_lifted and "static" in kinds and value.text.isidentifier():
            scope.promote(value.text)  # what is asked of each entry is asked of tensors
        if len(kinds) == 1 or value.holds_lifted:
            return value.parts[0] if len(kinds) == 1 else Value("", wider(*(p.type for p in value.parts)))
        return Value("", "data" if "data" in kinds else "static")
    return Value("", "data" if value.kind == "data" else "static")


def bind_target(scope: Scope, target: ast.expr, value: Value) -> None:
    """Gives the names of a target what a loop or an assignment gives them."""
    if isinstance(target, ast.Name):
        scope.bind(target.id, value)
    elif isinstance(target, ast.Tuple | ast.List):
        known = value.kind == "parts" and len(value.parts) == len(target.elts)
        rest = Value("", "data" if value.kind == "data" else "static", sized=value.sized)
        rest = value.parts[0] if value.kind == "many" and value.parts else rest
        parts = value.parts if known else (rest,) * len(target.elts)
        for each, part in zip(target.elts, parts, strict=True):
            bind_target(scope, each, part)
    elif isinstance(target, ast.Starred):
        bind_target(scope, target.value, Value("", "data" if value.kind == "data" else "static"))


# -- what Python makes of a list ---------------------------------------------------------------------


def reduced(scope: Scope, call: ast.Call) -> Value | None:
    """`all(flags)`, `sum(torch.equal(a, b) for …)`."""
    name = call_name(call.func)
    if name not in _OF_A_LIST or len(call.args) != 1 or call.keywords:
        return None
    counted = _filtered(scope, call.args[0]) if name == "sum" else None
    values = counted or scope.of(call.args[0])
    if name in ("all", "any") and not values.holds_lifted:
        values = _truths(scope, call.args[0]) or values
    if not values.holds_lifted or not values.parts:  # `any(x > 0)` asks for the rows of one tensor
        return None
    scope.demand(values)
    kind = wider(*(part.type for part in values.parts))
    if name in ("all", "any"):
        kind = "bool"
    elif name == "sum" or kind == "bool":
        kind = wider(kind, "int") if name == "sum" else kind
    text = f"{owner(stacked(scope, call.args[0], values))}.{name}()"
    of_sizes = any(part.counted for part in values.parts)
    fraction = kind != "bool" and any(part.fraction for part in values.parts)
    whole = Value(text, kind, changed=True, roots=values.roots, counted=of_sizes, fraction=fraction)
    return replace(whole, computed=fraction and name == "sum")


def _truths(scope: Scope, node: ast.expr) -> Value | None:
    """What `all` and `any` ask of each: `any(torch.isnan(o).any() for o in outs)`."""
    if not isinstance(node, ast.ListComp | ast.GeneratorExp) or any(each.ifs for each in node.generators):
        return None
    before = dict(scope.names)
    for each in node.generators:
        bind_target(scope, each.target, entry_of(scope, each.iter))
    sources = joined.sources_of(scope, node.generators[0]) if len(node.generators) == 1 else {}
    with scope.checking() as checks, joined.going_over(scope, sources):
        asked = truth(scope, node.elt)
    whole = joined.of_all(scope, node, sources, asked, [], checks) if asked.is_lifted else None
    scope.names = before
    if not asked.is_lifted or whole is not None:
        return whole
    if checks:
        raise CannotLiftError
    iterated = _iterated(scope, node)
    own = {node.elt: asked.text} if asked.text != scope.code.flat(node.elt) else {}
    text = scope.code.flat_with(node, {**iterated, **own})
    return Value(text, "many", changed=True, roots=asked.roots, parts=(asked,))


def _filtered(scope: Scope, node: ast.expr) -> Value | None:
    """What `sum` adds up of `1 for flag in flags if flag`: one where the filter holds."""
    if not isinstance(node, ast.ListComp | ast.GeneratorExp):
        return None
    one = isinstance(node.elt, ast.Constant) and node.elt.value == 1
    return filtered(scope, node) if one else None


def filtered(scope: Scope, node: ast.ListComp | ast.GeneratorExp) -> Value | None:
    """For each entry, whether the one filter of a comprehension takes it."""
    if len(node.generators) != 1 or len(node.generators[0].ifs) != 1:
        return None
    (each,) = node.generators
    before = dict(scope.names)
    bind_target(scope, each.target, entry_of(scope, each.iter))
    sources = joined.sources_of(scope, each)
    with scope.checking() as checks, joined.going_over(scope, sources):
        asked, iterated = truth(scope, each.ifs[0]), scope.of(each.iter).text
    whole = spread(scope, asked.text, sources) if asked.is_lifted else None
    scope.names = before
    if not asked.is_lifted:
        return None
    if checks:
        raise CannotLiftError
    if whole is not None:
        return joined.joined(whole, asked, asked.roots)
    text = f"[{asked.text} for {scope.code.flat(each.target)} in {operand(iterated, Binds.OR)}]"
    return Value(text, "many", changed=True, roots=asked.roots, parts=(asked,))


def stacked(scope: Scope, node: ast.expr, values: Value, dtype: str = "") -> str:
    """A list as one tensor."""
    if values.joined:
        return values.text
    if values.kind == "many":
        return f"{scope.torch}.stack({_as_list(node, values.text)})"
    if not isinstance(node, ast.List | ast.Tuple):
        if any(part.kind == "static" and part.python for part in values.parts) and values.text.isidentifier():
            scope.promote(values.text)
        elif not _are_alike(values):
            raise CannotLiftError
        inner = f"list({values.owner}.values())" if values.kind == "fields" else values.text
        return f"{scope.torch}.stack({inner})"
    kind = wider(*(part.type for part in values.parts))
    texts = [_alike(scope, part.detached, kind, dtype) for part in values.parts]
    return f"{scope.torch}.stack([{', '.join(texts)}])"


def _are_alike(values: Value) -> bool:
    """Whether entries are all truths, or all numbers, of one dtype as far as anybody knows."""
    truths = {part.kind == "bool" for part in values.parts}
    return len(truths) == 1 and all(part.is_lifted for part in values.parts)


def _alike(scope: Scope, value: Value, kind: Kind, dtype: str) -> str:
    if not value.asks_data:
        return f"{scope.torch}.tensor({value.text}{f', dtype={dtype}' if dtype else ''})"
    if dtype and value.type != "bool":
        return f"{value.owner}.to({dtype})"
    if kind != value.type and kind in ("int", "float"):
        return f"{value.owner}.{'long' if kind == 'int' else 'float'}()"
    return value.text


def _as_list(node: ast.expr, text: str) -> str:
    if isinstance(node, ast.GeneratorExp) and text.startswith("("):
        return f"[{text.removeprefix('(').removesuffix(')')}]"
    return text
