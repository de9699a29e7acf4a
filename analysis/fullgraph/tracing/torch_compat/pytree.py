"""Inputs and outputs as leaves and a structure, by torch's own rules: user classes may be registered with them.

Where torch lacks one of the functions, tuples, lists and dicts are taken apart here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from .names import Private

_LOST = "classes registered as containers, in inputs and outputs"
_FLATTEN = Private("torch.utils._pytree.tree_flatten", _LOST)
_UNFLATTEN = Private("torch.utils._pytree.tree_unflatten", _LOST)
_FLATTEN_WITH_PATH = Private("torch.utils._pytree.tree_flatten_with_path", _LOST)
_KEYSTR = Private("torch.utils._pytree.keystr", "the names of parts of inputs and outputs")

Path: TypeAlias = Any


@dataclass(frozen=True)
class _Plain:
    """A structure of ours: what kind of container, its keys, the structures in it; None is a leaf."""

    kind: type | None = None
    keys: tuple[Any, ...] = ()
    parts: tuple[_Plain, ...] = ()

    def build(self, leaves: Iterator[Any]) -> Any:
        if self.kind is None:
            return next(leaves)
        parts = [part.build(leaves) for part in self.parts]
        return dict(zip(self.keys, parts, strict=True)) if self.kind is dict else self.kind(parts)


def flatten(value: Any) -> tuple[list[Any], Any]:
    """The leaves, and the structure that `unflatten` takes."""
    known, back = _FLATTEN.get(), _UNFLATTEN.get()
    if known is not None and back is not None:
        leaves, structure = known(value)
        return list(leaves), structure
    found = list(_plain_leaves(value, ()))
    return [leaf for _, leaf in found], _plain_structure(value)


def unflatten(leaves: list[Any], structure: Any) -> Any:
    if isinstance(structure, _Plain):
        return structure.build(iter(leaves))
    back = _UNFLATTEN.get()
    if back is None:
        raise LookupError("torch has no tree_unflatten")
    return back(leaves, structure)


def leaves_of(value: Any) -> list[Any]:
    return flatten(value)[0]


def children_of(value: Any) -> list[Any] | None:
    """The parts of a container or of an object of a registered class; None of a leaf."""
    known = _FLATTEN.get()
    if known is None:
        items = _plain_items(value)
        return None if items is None else [part for _, part in items]
    parts = list(known(value, is_leaf=lambda each: each is not value)[0])
    return None if len(parts) == 1 and parts[0] is value else parts


def names_of(value: Any) -> tuple[str, ...]:
    """What a registered class calls the parts of an object, in their order; () where it does not say."""
    known = _FLATTEN_WITH_PATH.get()
    paths = [] if known is None else known(value, is_leaf=lambda each: each is not value)[0]
    names = [getattr(path[0], "name", None) if len(path) == 1 else None for path, _ in paths]
    return tuple(map(str, names)) if all(isinstance(name, str) for name in names) else ()


def leaves_with_path(value: Any) -> list[tuple[Path, Any]]:
    """(path, leaf); `text_of` writes a path as the user would: `['logits'][0]`."""
    known = _FLATTEN_WITH_PATH.get()
    return list(_plain_leaves(value, ())) if known is None else list(known(value)[0])


def text_of(path: Path) -> str:
    known = _KEYSTR.get()
    plain = known is None or any(isinstance(key, _Key) for key in path)
    return "".join(map(_key_text, path)) if plain else str(known(path))


def map_leaves(change: Callable[[Any], Any], value: Any) -> Any:
    leaves, structure = flatten(value)
    return unflatten([change(leaf) for leaf in leaves], structure)


def size_of(structure: Any) -> int:
    """How many leaves a structure of torch's has."""
    return int(structure.num_leaves)


@dataclass(frozen=True)
class _Key:
    key: Any


def _key_text(key: Any) -> str:
    return f"[{getattr(key, 'key', getattr(key, 'idx', key))!r}]"


def _plain_items(value: Any) -> list[tuple[Any, Any]] | None:
    """The parts of a container; None of a leaf."""
    if type(value) is dict:
        return list(value.items())
    return list(enumerate(value)) if type(value) in (list, tuple) else None


def _plain_leaves(value: Any, path: tuple[_Key, ...]) -> Iterator[tuple[tuple[_Key, ...], Any]]:
    items = _plain_items(value)
    if items is None:
        yield path, value
        return
    for key, part in items:
        yield from _plain_leaves(part, (*path, _Key(key)))


def _plain_structure(value: Any) -> _Plain:
    items = _plain_items(value)
    if items is None:
        return _Plain()
    keys, parts = tuple(key for key, _ in items), tuple(_plain_structure(part) for _, part in items)
    return _Plain(type(value), keys, parts)
