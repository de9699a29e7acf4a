"""Which of several targets for one model counts: explicit targets take precedence.

`finder.Tier` is the order. Of targets for one class, those of the first tier stay, all of them: a class
may well have two comments. Of calls that a program makes anyway one stays: a training loop and ten tests say
nothing that the first of them does not.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import get_args

from ..model import Expression, Finding, Origin, Target
from ..python.binding import scopes
from ..text.messages import TARGET_ERROR
from ..text.source import SyntaxProblem, parse_expression
from .finder import Tier
from .finders import FINDERS, converters, eager

PRECEDENCE: Mapping[Origin, int] = {finder.origin: get_args(Tier).index(finder.tier) for finder in FINDERS}

WRITTEN: frozenset[Origin] = frozenset(each.origin for each in FINDERS if each.tier == "declared")
"""Somebody wrote these for Fullgraph, and means the module as it is imported."""

CALLED: frozenset[Origin] = frozenset(each.origin for each in FINDERS if each.tier == "eager") | {
    converters.FINDER.origin
}
"""Calls that the program makes anyway: of those of one class the one that most likely runs counts."""

EXPORTED: frozenset[Origin] = frozenset(each.origin for each in FINDERS if each.tier == "call") - CALLED
"""Calls that export a model: each is a target, and is told of where it cannot be run."""

ASKED_FOR: frozenset[Origin] = WRITTEN | {
    each.origin for each in FINDERS if each.tier in ("call", "convention")
}
"""Somebody means that very class, be it a part of others or not."""


def resolve_precedence(targets: Sequence[Target]) -> tuple[Target, ...]:
    """The targets that count; one whose class nothing tells always does."""
    best: dict[tuple[str, str], int] = {}
    for target in targets:
        rank = PRECEDENCE[target.origin]
        best[target.subject] = min(best.get(target.subject, rank), rank)
    first = tuple(t for t in targets if not t.model_class or PRECEDENCE[t.origin] == best[t.subject])
    chosen = _chosen(first)
    return tuple(t for t in first if t.origin not in CALLED or chosen[t.subject] is t)


def spares_of(target: Target, targets: Iterable[Target]) -> tuple[Target, ...]:
    """What stands in for a call that cannot be loaded, because a file it reads is not there, say.

    One other call of the same model, and what its class alone is a target by. Of several calls that export
    it, each of which is a target of its own, the first gives way.
    """
    same = [each for each in targets if each.subject == target.subject]
    rank = PRECEDENCE[target.origin]
    later = sorted((e for e in same if PRECEDENCE[e.origin] > rank), key=lambda e: PRECEDENCE[e.origin])
    if target.origin in EXPORTED:
        is_first = next(each for each in same if each.origin in EXPORTED) == target
        return tuple(later[:1]) if target.model_class and is_first else ()
    if target.origin not in CALLED:
        return ()
    others = [each for each in same if each.place != target.place]
    calls = sorted((each for each in others if PRECEDENCE[each.origin] == rank), key=eager.likely_to_run)
    return (*calls[:1], *[each for each in later if each in others][:1])


def with_inputs_of(call: Target, spare: Target) -> Target | None:
    """The class as it is built elsewhere, with the inputs of a call that it stands in for, if torch alone makes them."""
    known = [part for part in (call.args, call.kwargs, call.dynamic_shapes) if part]
    if spare.origin != "inferred" or spare.made_up or not known or not all(map(_needs_torch_alone, known)):
        return None
    inputs = replace(spare, args=call.args, kwargs=call.kwargs, single=call.single)
    return replace(inputs, dynamic_shapes=call.dynamic_shapes)


def _needs_torch_alone(expression: Expression) -> bool:
    tree = parse_expression(expression.text)
    return not isinstance(tree, SyntaxProblem) and scopes.used(tree) - set(dir(builtins)) <= {"torch"}


def _chosen(targets: Iterable[Target]) -> Mapping[tuple[str, str], Target]:
    """By class, the call that most likely runs."""
    found: dict[tuple[str, str], Target] = {}
    for target in targets:
        if target.origin in CALLED:
            best = found.setdefault(target.subject, target)
            found[target.subject] = min(best, target, key=eager.likely_to_run)
    return found


def contradictions(targets: Iterable[Target]) -> tuple[Finding, ...]:
    """A finding at each of two targets of one name that say different inputs in different places.

    Two comments above one class are two targets; a comment and a table for the same model are one target
    that was written twice, and one of them is out of date.
    """
    found: list[Finding] = []
    named: dict[tuple[str, str], Target] = {}
    for target in targets:
        if target.origin not in ("pyproject", "comment"):
            continue
        first = named.setdefault((target.file, target.name.partition("#")[0]), target)
        if first.origin != target.origin and _says(first) != _says(target):
            found += [_contradiction(first, target), _contradiction(target, first)]
    return tuple(found)


def _contradiction(target: Target, other: Target) -> Finding:
    where = {"pyproject": "pyproject.toml", "comment": "the comment above the class"}[other.origin]
    message = f"{where} declares different inputs for `{target.model.text}`; both are checked"
    hint = "remove one of them"
    return Finding(TARGET_ERROR, "warning", message, target.model.place, target.name, hint)


def _says(target: Target) -> tuple[str, ...]:
    parts = (target.args, target.kwargs, target.dynamic_shapes)
    return tuple(_plain(part) for part in parts)


def _plain(part: Expression | None) -> str:
    if part is None:
        return ""
    tree = parse_expression(part.text)
    return part.text if isinstance(tree, SyntaxProblem) else ast.dump(tree)
