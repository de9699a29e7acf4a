"""The statements that register a class as a pytree node, by what its text says that its objects hold.

Parts are what an export may take: tensors, numbers, and containers of them. What is none of these (an enum, a
dtype) is in the context, which is compared and kept as it is. An object is built again by its `__init__` where
that does nothing but keep its arguments, and else without it: what it computes is among its attributes.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...python.binding.scopes import given
from ...python.syntax.assignments import target_of
from ...python.syntax.names import is_name, last_name
from ..edit.module import Code

_HARMLESS = ("object", "Generic", "Protocol", "ABC")
_DICTS = ("dict", "OrderedDict", "Dict")
_ATTRS = ("define", "frozen", "mutable", "attrs", "attrib", "s")


@dataclass(frozen=True)
class _Held:
    """What the objects of a class hold; `plain` where `__init__` keeps its arguments and does nothing else."""

    parts: tuple[str, ...]
    constants: tuple[str, ...]
    plain: bool
    keywords: frozenset[str] = frozenset()


def registration(code: Code, owners: Sequence[ast.ClassDef]) -> list[str]:
    """The lines, to stand below the outermost of the classes that the last one is in; none where it is unclear."""
    owner, torch = owners[-1], code.torch
    name = ".".join(each.name for each in owners)
    if torch is None:
        return []
    if any(last_name(decorator) == "dataclass" for decorator in owner.decorator_list):
        return [f"{torch}.export.register_dataclass({name})"]
    pytree = f"{torch}.utils._pytree"
    value = _snake_case(owner.name)
    bases = [_base(base) for base in owner.bases]
    if len(bases) == 1 and bases[0] in (*_DICTS, "list", "List") and _adds_nothing(owner):
        return _container(name, value, pytree, is_dict=bases[0] in _DICTS)
    held = _held(code, owner)
    if held is None or not held.parts:
        return []
    return _by_constructor(name, value, pytree, held) if held.plain else _by_parts(name, value, pytree, held)


def _snake_case(name: str) -> str:
    """`layer_cache` of `LayerCache`, `kv_cache` of `KVCache`; with an underscore more where it is a word of Python's."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower().strip("_")
    return f"{words}_" if keyword.iskeyword(words) or words in ("torch", "parts", "constants") else words


def _base(node: ast.expr) -> str:
    return last_name(node.value if isinstance(node, ast.Subscript) else node)


def _adds_nothing(owner: ast.ClassDef) -> bool:
    """Whether objects hold nothing but their items."""
    stores = (n for n in ast.walk(owner) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))
    return _init(owner) is None and not any(stores)


# -- what objects hold -------------------------------------------------------------------------------


def _held(code: Code, owner: ast.ClassDef) -> _Held | None:
    family = _family(code, owner)
    if family is None:
        return None
    if any(last_name(decorator) in _ATTRS for decorator in owner.decorator_list):
        return _Held(tuple(_fields(owner)), (), plain=True) if len(family) == 1 else None
    inits = [own for own in map(_init, family) if own is not None]
    if not inits:
        return None
    init = inits[0]
    attributes = tuple(dict.fromkeys(name for each in reversed(family) for name in _assigned(each)))
    constants = tuple(name for name in attributes if any(name in _constants(code, own) for own in inits))
    parts = tuple(name for name in attributes if name not in constants)
    named = [argument.arg for argument, _ in given(init.args)][1:]
    kept = [_kept(statement) for statement in init.body if not _is_document(statement)]
    variadic = init.args.vararg or init.args.kwarg
    plain = (
        not variadic and not constants and all(kept) and sorted(named) == sorted(attributes) == sorted(kept)
    )
    parts = tuple(named) if plain else parts
    return _Held(parts, constants, plain, frozenset(each.arg for each in init.args.kwonlyargs))


def _fields(owner: ast.ClassDef) -> Iterator[str]:
    for each in owner.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            yield each.target.id


def _family(code: Code, owner: ast.ClassDef) -> list[ast.ClassDef] | None:
    """A class and what it inherits from; None where that is not all in this text."""
    found = [owner]
    for base in owner.bases:
        name = _base(base)
        if name in _HARMLESS:
            continue
        known = next((n for n in code.tree.body if isinstance(n, ast.ClassDef) and n.name == name), None)
        above = _family(code, known) if known is not None and known is not owner else None
        if above is None:
            return None
        found += above
    return found


def _init(owner: ast.ClassDef) -> ast.FunctionDef | None:
    return next((n for n in owner.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)


def _assigned(owner: ast.ClassDef) -> Iterator[str]:
    """The attributes that `__init__` gives an object, wherever in it."""
    init = _init(owner)
    if init is None or not init.args.args:
        return
    own = init.args.args[0].arg
    stores = [n for n in ast.walk(init) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)]
    stores.sort(key=lambda each: (each.lineno, each.col_offset))
    yield from (each.attr for each in stores if is_name(each.value, own))


def _constants(code: Code, init: ast.FunctionDef) -> frozenset[str]:
    """Attributes that get what an export cannot take, as the parameter says: an enum, a dtype, a device; or a word."""
    enums = {
        n.name
        for n in ast.walk(code.tree)
        if isinstance(n, ast.ClassDef) and any(last_name(base).endswith(("Enum", "Flag")) for base in n.bases)
    }
    kinds = enums | {"dtype", "device"}
    parameters = {
        argument.arg
        for argument, default in given(init.args)
        if isinstance(default, ast.Attribute)
        or (argument.annotation is not None and last_name(argument.annotation) in kinds)
    }
    kept = {_kept_as(statement)[0] for statement in init.body if _kept_as(statement)[1] in parameters}
    return frozenset(kept | set(filter(None, map(_word, init.body))))


def _word(statement: ast.stmt) -> str:
    """`name` of `self.name = "layer"`."""
    target, value = target_of(statement), getattr(statement, "value", None)
    is_word = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return target.attr if is_word and isinstance(target, ast.Attribute) else ""


def _kept_as(statement: ast.stmt) -> tuple[str, str]:
    """(`size`, `shape`) of `self.size = shape`."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    target, value = targets[0], getattr(statement, "value", None)
    if len(targets) == 1 and isinstance(target, ast.Attribute) and isinstance(value, ast.Name):
        return target.attr, value.id
    return "", ""


def _kept(statement: ast.stmt) -> str:
    """`size` of `self.size = size`."""
    attribute, name = _kept_as(statement)
    return name if attribute == name else ""


def _is_document(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


# -- statements --------------------------------------------------------------------------------------


def _by_constructor(name: str, value: str, pytree: str, held: _Held) -> list[str]:
    built = f"{name}(*parts)"
    if held.keywords:
        given = (
            f"{part}=parts[{index}]" if part in held.keywords else f"parts[{index}]"
            for index, part in enumerate(held.parts)
        )
        built = f"{name}({', '.join(given)})"
    parts = ", ".join(f"{value}.{part}" for part in held.parts)
    return [
        f"{pytree}.register_pytree_node(",
        f"    {name},",
        f"    lambda {value}: ([{parts}], None),",
        f"    lambda parts, _: {built},",
        *_keyed(value, pytree, held, "None"),
        ")",
    ]


def _keyed(value: str, pytree: str, held: _Held, context: str) -> list[str]:
    keyed = [f'            ({pytree}.GetAttrKey("{part}"), {value}.{part}),' for part in held.parts]
    return [
        f"    flatten_with_keys_fn=lambda {value}: (",
        "        [",
        *keyed,
        "        ],",
        f"        {context},",
        "    ),",
    ]


def _by_parts(name: str, value: str, pytree: str, held: _Held) -> list[str]:
    """With a function that builds an object without its `__init__`."""
    function = "_unflatten_" + "_".join(map(_snake_case, name.split(".")))
    context = f"({_row(held.constants, value)})" if held.constants else "None"
    parts = ", ".join(f"{value}.{part}" for part in held.parts)
    kept = [f"    {_row(held.constants, value)} = constants"] if held.constants else []
    return [
        f"def {function}(parts, constants):",
        f"    {value} = {name}.__new__({name})",
        f"    {_row(held.parts, value)} = parts",
        *kept,
        f"    return {value}",
        "",
        "",
        f"{pytree}.register_pytree_node(",
        f"    {name},",
        f"    lambda {value}: ([{parts}], {context}),",
        f"    {function},",
        *_keyed(value, pytree, held, context),
        ")",
    ]


def _row(names: Sequence[str], value: str) -> str:
    return ", ".join(f"{value}.{name}" for name in names) + ("," if len(names) == 1 else "")


def _container(name: str, value: str, pytree: str, *, is_dict: bool) -> list[str]:
    """A dict or list of a class of its own."""
    items, context = (f"list({value}.values())", f"list({value})") if is_dict else (f"list({value})", "None")
    key, each = ("MappingKey", f"{value}.items()") if is_dict else ("SequenceKey", f"enumerate({value})")
    built = f"{name}(zip(keys, parts))" if is_dict else f"{name}(parts)"
    return [
        f"{pytree}.register_pytree_node(",
        f"    {name},",
        f"    lambda {value}: ({items}, {context}),",
        f"    lambda parts, {'keys' if is_dict else '_'}: {built},",
        f"    flatten_with_keys_fn=lambda {value}: (",
        f"        [({pytree}.{key}(key), part) for key, part in {each}],",
        f"        {context},",
        "    ),",
        ")",
    ]
