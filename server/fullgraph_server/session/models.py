"""The models of a folder of the workspace, and which of them targets are known for. Frozen values.

The rule: they are those of the last scan. What is typed since moves their places, and the next scan finds others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from fullgraph.check.plan import Plan
from fullgraph.model import FoundModel, Target

from .results import Texts

Key = tuple[str, str]
"""A class's file and name, as `FoundModel.key`."""


@dataclass(frozen=True)
class FolderModels:
    """`targets` are those of all files; `texts` what the places of the models count in."""

    models: tuple[FoundModel, ...] = ()
    targets: tuple[Target, ...] = ()
    texts: Texts = field(default_factory=dict)

    @cached_property
    def by_key(self) -> Mapping[Key, FoundModel]:
        return {each.key: each for each in self.models}

    @cached_property
    def in_file(self) -> Mapping[str, tuple[FoundModel, ...]]:
        found: dict[str, list[FoundModel]] = defaultdict(list)
        for each in self.models:
            found[each.place.file].append(each)
        return {file: tuple(each) for file, each in found.items()}

    @cached_property
    def _said_in(self) -> Mapping[Key, frozenset[str]]:
        """By class, the files in which somebody says how to export it, or a model that is made of it."""
        found: dict[Key, set[str]] = defaultdict(set)
        for target in self.targets:
            if target.origin != "inferred":
                for key in self._within(target.subject):
                    found[key].add(target.file)
        return {key: frozenset(each) for key, each in found.items()}

    def _within(self, key: Key) -> Iterator[Key]:
        """A model, and all that it is made of."""
        seen, waiting = {key}, [key]
        while waiting:
            each = waiting.pop()
            yield each
            found = self.by_key.get(each)
            new = [part for part in (found.made_of if found else ()) if part not in seen]
            seen.update(new)
            waiting += new

    def elsewhere(self, file: str) -> tuple[str, ...]:
        """The other files whose targets go through the classes of a file."""
        found = (self._said_in.get(each.key, frozenset()) for each in self.in_file.get(file, ()))
        return tuple(sorted(frozenset().union(*found) - {file}))

    def without_guesses(self, plan: Plan) -> Plan:
        """A plan for one file: what somebody says in another one makes guesses for its classes pointless."""
        kept = tuple(task for task in plan.tasks if not self._is_pointless(task.request.target))
        return plan if len(kept) == len(plan.tasks) else replace(plan, tasks=kept)

    def _is_pointless(self, target: Target) -> bool:
        said = self._said_in.get(target.subject, frozenset())
        return target.origin == "inferred" and bool(said - {target.file})


def subjects(targets: Iterable[Target]) -> Mapping[Key, tuple[Target, ...]]:
    """Targets by the class that they are for."""
    found: dict[Key, list[Target]] = defaultdict(list)
    for target in targets:
        found[target.subject].append(target)
    return {key: tuple(each) for key, each in found.items()}
