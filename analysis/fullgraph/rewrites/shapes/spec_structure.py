"""Makes `dynamic_shapes` match the structure of the inputs.

A misspelled key gets the parameter's name; a missing parameter gets None (no dynamic dimensions); the entry of
a list is repeated for each of its tensors; dimension indices that start at 1 start at 0.

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
from collections.abc import Iterator

from ...model import Edit, Position, SpecMismatch
from ..rewrite import Problem, Proposal, Rewrite, page
from .spec import Entry, Part, Spec, quote_in


def _find(problem: Problem) -> Iterator[Proposal]:
    failure = problem.failure
    if not isinstance(failure, SpecMismatch):
        return
    spec = Spec(problem)
    root = spec.root()
    if root is None:
        return
    if keys := failure.said("keys"):
        wanted, said = (ast.literal_eval(keys.part(part)) for part in ("wanted", "said"))
        edits = _keys(root, wanted, said)
        yield from _proposal("Use the parameter names of forward in dynamic_shapes", edits)
    elif count := failure.said("count"):
        edits = _count(root, int(count.part("wanted")))
        yield from _proposal("Add the missing inputs to dynamic_shapes", edits)
    elif container := failure.said("container"):
        edits = _spread(spec, root, container.part("name"))
        yield from _proposal("Repeat the entry for each tensor in the container", edits)
    elif beyond := failure.said("rank"):
        edits = _from_zero(spec, beyond.part("name"), int(beyond.part("rank")))
        yield from _proposal("Use dimension indices that start at 0", edits)


def _proposal(title: str, edits: tuple[Edit, ...]) -> Iterator[Proposal]:
    if edits:
        yield Proposal(title, edits)


# -- keys --------------------------------------------------------------------------------------------


def _keys(root: Part, wanted: list[str], said: list[str]) -> tuple[Edit, ...]:
    if not isinstance(root.node, ast.Dict):
        return ()
    keys = {key.value: key for key in root.node.keys if isinstance(key, ast.Constant)}
    unknown = [name for name in said if name not in wanted and name in keys]
    missing = [name for name in wanted if name not in said]
    renamed = dict(zip(unknown, missing, strict=False)) if len(unknown) == 1 else {}
    if len(unknown) != len(renamed):
        return ()
    edits = tuple(_renamed(Part(keys[old], root.written), new) for old, new in renamed.items())
    return edits + tuple(_added(root, name) for name in missing if name not in renamed.values())


def _renamed(key: Part, name: str) -> Edit:
    quote = key.text[0]
    return key.replaced(f"{quote}{name}{quote}")


def _added(root: Part, name: str) -> Edit:
    """One more entry, on a line of its own where the others are."""
    assert isinstance(root.node, ast.Dict)
    quote = quote_in(root.text)
    text = f"{quote}{name}{quote}: None"
    if not root.node.values:
        return root.replaced(f"{{{text}}}")
    key, value = root.node.keys[-1], root.node.values[-1]
    end = root.written.range(value).end
    if key is not None and root.written.file.endswith(".py") and root.written.start == Position(0, 0):
        where = root.written.range(key).start
        if where.line > root.written.range(root.node).start.line:
            return root.written.between(end, end, f",\n{' ' * where.character}{text}")
    return root.written.between(end, end, f", {text}")


# -- elements ----------------------------------------------------------------------------------------


def _count(root: Part, wanted: int) -> tuple[Edit, ...]:
    node = root.node
    if not isinstance(node, (ast.Tuple, ast.List)) or not node.elts:
        return ()
    if len(node.elts) > wanted > 0:
        start = root.written.range(node.elts[wanted - 1]).end
        end = root.written.range(node.elts[-1]).end
        keep = (
            ","
            if wanted == 1 and isinstance(node, ast.Tuple) and not root.written.trailing_comma(node)
            else ""
        )
        return (root.written.between(start, end, keep),)
    end = root.written.range(node.elts[-1]).end
    more = ", None" * (wanted - len(node.elts))
    comma = root.written.trailing_comma(node) if len(node.elts) == 1 else None
    if comma is not None and isinstance(node, ast.Tuple):  # a tuple of more than one needs none
        return (root.written.between(end, comma, more),)
    return (root.written.between(end, end, more),)


def _spread(spec: Spec, root: Part, name: str) -> tuple[Edit, ...]:
    said, given = _of(root, name), spec.arguments().get(name)
    if said is None or given is None or "\n" in said.text:
        return ()
    if isinstance(given.node, (ast.List, ast.Tuple)) and given.node.elts:
        each = ", ".join([said.text] * len(given.node.elts))
        if isinstance(given.node, ast.List):
            return (said.replaced(f"[{each}]"),)
        return (said.replaced(f"({each}{',' if len(given.node.elts) == 1 else ''})"),)
    if isinstance(given.node, ast.Dict):
        keys = [Part(key, given.written).text for key in given.node.keys if isinstance(key, ast.Constant)]
        if keys and len(keys) == len(given.node.keys):
            return (said.replaced("{" + ", ".join(f"{key}: {said.text}" for key in keys) + "}"),)
    return ()


def _of(root: Part, name: str) -> Part | None:
    if not isinstance(root.node, ast.Dict):
        return None
    for key, value in zip(root.node.keys, root.node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == name:
            return Part(value, root.written)
    return None


def _from_zero(spec: Spec, name: str, rank: int) -> tuple[Edit, ...]:
    """One less for each dimension of an input, where all of them are then dimensions that it has."""
    holders = {e.holder.written.range(e.holder.node): e.holder for e in _entries(spec, name)}
    if len(holders) != 1:
        return ()
    holder = next(iter(holders.values()))
    if not isinstance(holder.node, ast.Dict):
        return ()
    keys = [key for key in holder.node.keys if isinstance(key, ast.Constant) and isinstance(key.value, int)]
    if len(keys) != len(holder.node.keys) or not all(1 <= int(str(key.value)) <= rank for key in keys):
        return ()
    return tuple(Part(key, holder.written).replaced(str(int(str(key.value)) - 1)) for key in keys)


def _entries(spec: Spec, name: str) -> Iterator[Entry]:
    return (entry for entry in spec.entries() if entry.source.startswith(f"{name}.shape["))


REWRITE = Rewrite("spec-structure", frozenset({"invalid-dynamic-shapes"}), page(__doc__), _find)
