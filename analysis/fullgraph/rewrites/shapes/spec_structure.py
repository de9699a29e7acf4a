"""Makes `dynamic_shapes` match the structure of the inputs.

A misspelled key gets the parameter's name; what is passed through `*args` or `**kwargs` goes below their names;
a missing parameter gets None (no dynamic dimensions), as does what is no tensor; the entry of a list is repeated
for each of its tensors; a tuple that is to be a list becomes one; dimension indices that start at 1 start at 0.

## Before

```python
dynamic_shapes = {"inputs": {0: Dim("batch")}}    # def forward(self, x, mask)
```

## After

```python
dynamic_shapes = {"x": {0: Dim("batch")}, "mask": None}
```
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...model import Edit, Position, SpecFault, SpecMismatch, SpecPath
from ...python.syntax.names import call_name
from ..rewrite import Problem, Proposal, Rewrite, page
from .spec import Part, Spec, quote_in
from .spec_containers import contained, counted, dim_in, elements, in_place, is_dict_call, items_of


def _find(problem: Problem) -> Iterator[Proposal]:
    failure = problem.failure
    if not isinstance(failure, SpecMismatch):
        return
    spec = Spec(problem)
    root = spec.root()
    if root is None:
        return
    for kind, faults in _by_kind(failure.faults).items():
        edits = spec.settled(_EDITING[kind](_Change(spec, root, faults)))
        yield from _proposal(_TITLES[kind], edits)


def _by_kind(faults: tuple[SpecFault, ...]) -> dict[str, tuple[SpecFault, ...]]:
    """The first fault with the others that are mended in the same way: keys that are wrong and missing ones."""
    if not faults:
        return {}
    first = faults[0]
    together = _KEYS if first.kind in _KEYS else (first.kind,)
    holder = first.at[:-1]
    return {
        first.kind: tuple(
            each
            for each in faults
            if each.kind in together and (each.kind not in _KEYS or each.at[:-1] == holder)
        )
    }


def _proposal(title: str, edits: tuple[Edit, ...]) -> Iterator[Proposal]:
    if edits:
        yield Proposal(title, edits)


@dataclass(frozen=True)
class _Change:
    """What is to be changed: faults of one kind in a spec."""

    spec: Spec
    root: Part
    faults: tuple[SpecFault, ...]

    def at(self, path: SpecPath) -> Part | None:
        found = self.spec.entry(path)
        return found.part if found else None

    def holder(self, path: SpecPath) -> Part | None:
        """What the entry at a path stands for."""
        found = self.spec.entry(path)
        return self.spec.followed(found) if found else None


# -- keys --------------------------------------------------------------------------------------------

_KEYS = ("unknown", "missing")


def _keys(change: _Change) -> tuple[Edit, ...]:
    holder = change.holder(change.faults[0].at[:-1])
    if holder is None or not _is_keyed(holder.node):
        return ()
    unknown = {fault.at[-1]: fault for fault in change.faults if fault.kind == "unknown"}
    missing = [fault for fault in change.faults if fault.kind == "missing"]
    if isinstance(holder.node, ast.Dict) and all(len(fault.belongs) == 1 for fault in unknown.values()):
        keys = {key.value: key for key in holder.node.keys if isinstance(key, ast.Constant)}
        renamed = [
            _renamed(Part(keys[old], holder.written), str(fault.belongs[0])) for old, fault in unknown.items()
        ]
        return (*renamed, *(_added(holder, str(fault.at[-1]), fault.fits) for fault in missing))
    entries = list(_rearranged(holder, unknown))
    entries += [(str(fault.at[-1]), fault.fits) for fault in missing]
    return (holder.replaced(_dict(holder, entries)),)


def _is_keyed(node: ast.expr) -> bool:
    """Whether it is a dict whose entries all stand there: `{"x": …}`, `dict(x=…)`."""
    return is_dict_call(node) or (isinstance(node, ast.Dict) and None not in node.keys)


def _rearranged(holder: Part, unknown: dict[str | int, SpecFault]) -> Iterator[tuple[str, str]]:
    """The entries with those that no input has where they belong, or left out."""
    nested: set[str] = set()
    for key, value in items_of(holder).items():
        fault = unknown.get(key)
        if fault is None:
            yield str(key), value.text
        elif len(fault.belongs) == 1:
            yield str(fault.belongs[0]), value.text
        elif fault.belongs and (name := str(fault.belongs[0])) not in nested:
            nested.add(name)
            yield name, _nested(holder, name, fault, unknown)


def _nested(holder: Part, name: str, fault: SpecFault, unknown: dict[str | int, SpecFault]) -> str:
    """`({…},)` with the user's own entries."""
    own = items_of(holder)
    said = {each.belongs[1]: own[key].text for key, each in unknown.items() if each.belongs[:1] == (name,)}
    parts = [said.get(step, empty) for step, empty in elements(fault.fits).items()]
    return in_place(fault.fits, parts, quote_in(holder.text))


def _dict(holder: Part, entries: list[tuple[str, str]]) -> str:
    """A dict's new text, with an entry on each line where it was so."""
    quote = quote_in(holder.text)
    called = isinstance(holder.node, ast.Call) and all(key.isidentifier() for key, _ in entries)
    opening, closing = (f"{call_name(holder.node)}(", ")") if called else ("{", "}")
    texts = [f"{key}={value}" if called else f"{quote}{key}{quote}: {value}" for key, value in entries]
    margin = _margin(holder)
    if margin is None or not texts:
        return f"{opening}{', '.join(texts)}{closing}"
    inner, outer = " " * margin, " " * holder.written.range(holder.node).end.character
    return f"{opening}\n" + "".join(f"{inner}{text},\n" for text in texts) + outer[:-1] + closing


def _margin(holder: Part) -> int | None:
    """The column of a dict's keys, where each stands on a line of its own."""
    keys = holder.node.keywords if isinstance(holder.node, ast.Call) else getattr(holder.node, "keys", ())
    key = next((key for key in keys if key is not None), None)
    plain = holder.written.file.endswith(".py") and holder.written.start == Position(0, 0)
    if key is None or not plain:
        return None
    start = holder.written.range(key).start
    return start.character if start.line > holder.written.range(holder.node).start.line else None


def _renamed(key: Part, name: str) -> Edit:
    quote = key.text[0] if key.text[0] in "\"'" else '"'
    return key.replaced(f"{quote}{name}{quote}")


def _added(root: Part, name: str, value: str) -> Edit:
    """One more entry, on a line of its own where the others are."""
    assert isinstance(root.node, ast.Dict)
    quote = quote_in(root.text)
    text = f"{quote}{name}{quote}: {value}"
    if not root.node.values:
        return root.replaced(f"{{{text}}}")
    end = root.written.range(root.node.values[-1]).end
    margin = _margin(root)
    return root.written.between(end, end, f", {text}" if margin is None else f",\n{' ' * margin}{text}")


# -- elements ----------------------------------------------------------------------------------------


def _lengths(change: _Change) -> tuple[Edit, ...]:
    fault = change.faults[0]
    holder = change.holder(fault.at)
    return counted(holder, fault) if holder else ()


def _containers(change: _Change) -> tuple[Edit, ...]:
    edits = []
    for fault in change.faults:
        entry, written = change.at(fault.at), change.holder(fault.at)
        text = contained(entry, written, fault) if entry and written else None
        if entry is None or text is None:
            return ()
        edits.append(entry.replaced(text))
    return tuple(edits)


# -- dimensions --------------------------------------------------------------------------------------


def _values(change: _Change) -> tuple[Edit, ...]:
    entries = [change.at(fault.at) for fault in change.faults]
    return tuple(entry.replaced("None") for entry in entries if entry is not None)


def _ranks(change: _Change) -> tuple[Edit, ...]:
    """One less for each dimension of an input, where all of them are then dimensions that it has."""
    fault = change.faults[0]
    rank, dim = int(fault.wanted), fault.at[-1] if fault.at else ""
    own = change.holder(fault.at)
    if own is not None and isinstance(own.node, (ast.Tuple, ast.List)):
        return _padded(own, rank)
    holder = change.holder(fault.at[:-1])
    if holder is None or not isinstance(holder.node, ast.Dict) or dim != rank:
        return ()
    keys = [key for key in holder.node.keys if isinstance(key, ast.Constant) and isinstance(key.value, int)]
    if len(keys) != len(holder.node.keys) or not all(1 <= int(str(key.value)) <= rank for key in keys):
        return ()
    return tuple(Part(key, holder.written).replaced(str(int(str(key.value)) - 1)) for key in keys)


def _padded(own: Part, rank: int) -> tuple[Edit, ...]:
    elements = list(getattr(own.node, "elts", []))
    if not elements or len(elements) > rank:
        return ()
    return counted(own, SpecFault("length", (), wanted=str(rank), fits=f"[{', '.join(['None'] * rank)}]"))


_FIRST = ("batch", "b", "bs", "n", "batch_size")
"""Names of a first dimension."""


def _dimensions(change: _Change) -> tuple[Edit, ...]:
    """Numbers for names, where there is one for each dimension, or the one is that of the batch."""
    fault = change.faults[0]
    holder = change.holder(fault.at[:-1])
    if holder is None or not isinstance(holder.node, ast.Dict):
        return ()
    keys = [key for key in holder.node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    if len(keys) != len(holder.node.keys):
        return ()
    names = [str(key.value) for key in keys]
    if all(name.isdecimal() for name in names):
        numbers = [int(name) for name in names]
    elif len(names) == int(fault.wanted) or (len(names) == 1 and names[0].lower() in _FIRST):
        numbers = list(range(len(names)))
    else:
        return ()
    return tuple(Part(k, holder.written).replaced(str(n)) for k, n in zip(keys, numbers, strict=True))


def _entries(change: _Change) -> tuple[Edit, ...]:
    """`{0: batch}` for `batch`."""
    edits = []
    for fault in change.faults:
        entry = change.spec.entry(fault.at)
        if entry is None or not change.spec.is_dim(entry):
            return ()
        edits.append(entry.part.replaced(f"{{0: {entry.part.text}}}"))
    return tuple(edits)


def _names(change: _Change) -> tuple[Edit, ...]:
    """`Dim("batch")` for `"batch"`."""
    spelling = next(filter(None, map(dim_in, ast.walk(change.root.node))), "Dim")
    entries = [change.at(fault.at) for fault in change.faults]
    plain = [entry for entry in entries if entry and isinstance(entry.node, ast.Constant)]
    return tuple(dict.fromkeys(entry.replaced(f"{spelling}({entry.text})") for entry in plain))


def _keywords(change: _Change) -> tuple[Edit, ...]:
    """The call without the keywords, and the spec without their entry."""
    target, fault = change.spec.problem.target, change.faults[0]
    given = change.spec.given(target.kwargs)
    names = fault.input.split(", ")
    if given is None or not _is_keyed(given.node) or not _is_keyed(change.root.node):
        return ()
    values = items_of(given)
    if not all(isinstance(values[name].node, ast.Constant) for name in names if name in values):
        return ()
    kept = [(str(key), part.text) for key, part in values.items() if key not in names]
    spec = [(str(key), part.text) for key, part in items_of(change.root).items() if key != fault.at[0]]
    return (given.replaced(_dict(given, kept)), change.root.replaced(_dict(change.root, spec)))


_EDITING: dict[str, Callable[[_Change], tuple[Edit, ...]]] = {
    "unknown": _keys,
    "missing": _keys,
    "container": _containers,
    "length": _lengths,
    "value": _values,
    "rank": _ranks,
    "dimension": _dimensions,
    "name": _names,
    "entry": _entries,
    "keywords": _keywords,
}

_TITLES = {
    "unknown": "Use the parameter names of forward in dynamic_shapes",
    "missing": "Add the missing inputs to dynamic_shapes",
    "container": "Mirror the structure of the input in dynamic_shapes",
    "length": "Make dynamic_shapes as long as the inputs",
    "value": "Use None for an input without dimensions",
    "rank": "Use dimension indices that the input has",
    "dimension": "Key dimensions by their number",
    "name": "Use a `Dim` for each name in dynamic_shapes",
    "entry": "Say which dimension of the input it is",
    "keywords": "Leave out keywords that `dynamic_shapes` cannot be applied to",
}

REWRITE = Rewrite("spec-structure", frozenset({"invalid-dynamic-shapes"}), page(__doc__), _find)
