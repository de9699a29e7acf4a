"""What a spec says, entry by entry: one for each dimension of an input that it names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...model import Edit
from ...python.syntax.names import call_name, dotted_name, last_part
from . import scopes
from .containers import Item, items, of_call
from .following import Follower
from .scopes import Binding, Found, Scope
from .written import Part

_CONTAINERS = (ast.Dict, ast.Tuple, ast.List, ast.DictComp, ast.ListComp)


@dataclass(frozen=True)
class Entry:
    """One dimension of the spec. `holder` is the container that it is the `index`-th part of."""

    source: str  # `x.shape[0]`
    value: Part
    holder: Part
    index: int
    dim: Part
    """The expression that makes the Dim, here or where its name is bound."""
    binding: Binding | None = None
    spelling: str = ""
    """How the user says `Dim` there; "" where the entry is none."""
    given_name: str = ""
    """What the Dim is called."""

    @property
    def is_reference(self) -> bool:
        """Whether it names a Dim that is made elsewhere."""
        elsewhere = self.dim.place != self.value.place and not self.dim.written.is_spelled_out
        return elsewhere or self.binding is not None

    @property
    def is_free(self) -> bool:
        """Whether it says no more than that torch may decide, or that the size is constant."""
        return self.dim.text.endswith(("AUTO", "STATIC"))


def entries(root: Found, parameters: tuple[str, ...], follower: Follower) -> Iterator[Entry]:
    """The entries of a spec, whose first level is forward's parameters by name or in their order."""
    for item in items(root, follower):
        if isinstance(item.key, str):
            yield from _of_input(item.key, item.value, follower)
        elif isinstance(item.key, int) and item.key < len(parameters):
            yield from _of_input(parameters[item.key], item.value, follower)


def _of_input(path: str, found: Found, follower: Follower) -> Iterator[Entry]:
    for item in items(found, follower):
        inner = follower.followed(item.value)
        if isinstance(item.key, int) and not _is_container(inner, follower):
            yield _entry(f"{path}.shape[{item.key}]", item, inner, follower)
        else:
            yield from _of_input(item.path(path), item.value, follower)


def _is_container(found: Found, follower: Follower) -> bool:
    if isinstance(found.node, _CONTAINERS):
        return True
    return isinstance(found.node, ast.Call) and bool(of_call(found.node, found, follower))


def _entry(source: str, item: Item, inner: Found, follower: Follower) -> Entry:
    binding = inner.hops[0] if len(inner.hops) == 1 and inner.part == inner.hops[0].value else None
    spelling = dim_spelling(inner, follower)
    name = _given_name(inner, follower) if spelling else ""
    return Entry(source, item.value.part, item.holder, item.index, inner.part, binding, spelling, name)


# -- Dims --------------------------------------------------------------------------------------------


def dim_spelling(found: Found, follower: Follower) -> str:
    """How an expression that makes a Dim says `Dim`: `torch.export.Dim`, or the name that the file has for it."""
    name = call_name(found.node)
    maker, _, hint = name.rpartition(".")
    if hint not in ("AUTO", "DYNAMIC", "STATIC"):
        maker = name
    return maker if maker and _is_dim(maker, found.scope, follower) else ""


def _is_dim(name: str, scope: Scope, follower: Follower) -> bool:
    if last_part(name) == "Dim":
        return True
    if "." in name:
        return False
    origin = scopes.imported(name, scope.code)
    if origin is not None:
        return origin[2] == "Dim"
    bound = follower.bound(name, scope)
    return bound is not None and last_part(dotted_name(bound.node)) == "Dim"


def _given_name(found: Found, follower: Follower) -> str:
    node = found.node
    if not isinstance(node, ast.Call):
        return ""
    named = next((each.value for each in node.keywords if each.arg == "name"), None)
    value = node.args[0] if node.args else named
    told = follower.followed(found.of(value)).node if value is not None else None
    return str(told.value) if isinstance(told, ast.Constant) and isinstance(told.value, str) else ""


# -- taking out --------------------------------------------------------------------------------------


def removed(entries: tuple[Entry, ...]) -> tuple[Edit, ...]:
    """Takes entries out of their dicts, each with a comma; a dict that is then empty becomes None."""
    edits: list[Edit] = []
    for holder in dict.fromkeys(entry.holder.place for entry in entries):
        own = [entry for entry in entries if entry.holder.place == holder]
        edits += _without(own)
    return tuple(edits)


def _without(entries: list[Entry]) -> list[Edit]:
    holder, indexes = entries[0].holder, sorted({entry.index for entry in entries})
    node, written = holder.node, holder.written
    if not isinstance(node, ast.Dict) or None in node.keys:
        return [entry.value.replaced("None") for entry in entries]
    if len(indexes) == len(node.values):
        return [holder.replaced("None")]
    starts = [written.range(key).start for key in node.keys if key is not None]
    ends = [written.range(value).end for value in node.values]
    kept = max(index for index in range(len(ends)) if index not in indexes)
    edits = [written.between(starts[i], starts[i + 1], "") for i in indexes if i < kept]
    # Behind the last one that stays there is no entry to begin the next with.
    return [*edits, *([written.between(ends[kept], ends[-1], "")] if indexes[-1] > kept else [])]
