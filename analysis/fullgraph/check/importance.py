"""Which models matter most: they are checked first, and what is said of the others stands behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..discovery import ASKED_FOR, CALLED, PRECEDENCE
from ..model import FoundModel, Target

Key = tuple[str, str]


def key_of(target: Target) -> Key:
    """Which model a target is for, as `FoundModel.key`; one that nothing tells is a model of its own."""
    return target.subject if target.subject[1] else (target.file, target.name)


def asked_for(targets: Iterable[Target]) -> frozenset[Key]:
    """The models that somebody wrote a target for: a part among them counts as a model."""
    return frozenset(key_of(target) for target in targets if target.origin in ASKED_FOR)


def main_first(models: Iterable[FoundModel], targets: Iterable[Target]) -> tuple[FoundModel, ...]:
    """First the models that somebody wrote a target for, then the others by evidence; parts at the end.

    Of the former the most explicit come first: declared targets, export calls, models that are converted.
    """
    explicit: dict[Key, tuple[int, bool]] = {}
    for target in targets:
        if target.origin in ASKED_FOR:
            rank = PRECEDENCE[target.origin], target.origin in CALLED
            explicit[key_of(target)] = min(explicit.get(key_of(target), rank), rank)
    last = len(PRECEDENCE), False
    return tuple(sorted(models, key=lambda each: (explicit.get(each.key, last), each.role == "part")))


def of_models_first(targets: Sequence[Target], models: Sequence[FoundModel]) -> tuple[Target, ...]:
    """The targets in the order of their models; what is no known model stands between models and parts."""
    asked = asked_for(targets)
    ranks = {each.key: rank for rank, each in enumerate(models)}
    parts = {each.key for each in models if each.role == "part"} - asked

    def importance(target: Target) -> tuple[bool, bool, int]:
        key = key_of(target)
        return key in parts, key not in asked, ranks.get(key, len(ranks))

    return tuple(sorted(targets, key=importance))
