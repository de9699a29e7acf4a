"""Which sizes of a spec a changed one no longer declares.

Not what torch's rule takes that no size is 0 or 1, which gives a dimension a least size, nor what the model itself
raises at: who declared these was wrong. Whether the model raises is found out by running it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...model import DECIDING, DimContradicted, Failure
from ..rewrite import GivenUp, Span
from .dim_relations import SMALLEST, Affine, Bounds, Constant, Solution, bounds_of


def of_solution(solution: Solution, names: Iterable[str], failures: Iterable[Failure]) -> Iterator[GivenUp]:
    """What the named dimensions lose by a solution."""
    facts = _by_dim(failures)
    for name in names:
        form = solution.forms[name]
        if isinstance(form, Constant):
            yield GivenUp(name, facts[name].source if name in facts else name)
        elif name in facts:
            spans = (*_beside(facts[name], *_kept(form, solution.bounds)), *_between(facts[name], form))
            yield from (GivenUp(name, facts[name].source, spans),) if spans else ()


def of_facts(names: Iterable[str], failures: Iterable[Failure]) -> Iterator[GivenUp]:
    """What the named dimensions lose where torch may narrow them as it finds them."""
    facts = _by_dim(failures)
    for name in names:
        fact = facts.get(name)
        if fact is not None and fact.kind == "specialized":
            yield GivenUp(name, fact.source)
        elif fact is not None and fact.kind == "range":
            spans = _beside(fact, bounds_of(fact) or Bounds()) if fact.frame is not None else ()
            yield from (GivenUp(name, fact.source, spans),) if spans else ()


def _by_dim(failures: Iterable[Failure]) -> dict[str, DimContradicted]:
    """One fact for each dimension: that of its range, where there is one."""
    told = [each for each in failures if isinstance(each, DimContradicted) and each.asked != "auto"]
    return {each.dim: each for each in sorted(told, key=lambda fact: fact.kind == "range")}


def _kept(form: Affine, bounds: Mapping[str, Bounds]) -> tuple[Bounds, int]:
    """The range of a dimension, and how far apart its sizes are."""
    root = bounds.get(form.root, Bounds())
    lower, upper = (n if n is None else form.factor * n + form.offset for n in (root.lower, root.upper))
    return Bounds(lower, upper), form.factor


def _beside(fact: DimContradicted, kept: Bounds, step: int = 1) -> tuple[Span, ...]:
    """The declared sizes below and above those that are kept, which are `step` apart."""
    if fact.frame is not None and fact.frame.refuses:
        return ()
    least = max(fact.least or 0, SMALLEST)
    above: tuple[Span, ...] = ()
    below: tuple[Span, ...] = ()
    if kept.upper is not None and (fact.most is None or kept.upper + step <= fact.most):
        above = (Span(kept.upper + 1, fact.most, kept.upper + step),)
    if kept.lower is not None and kept.lower - step >= least and (above or _is_decided(fact)):
        below = (Span(least, kept.lower - 1, kept.lower - step),)
    return below + above


def _between(fact: DimContradicted, form: Affine) -> Iterator[Span]:
    """The declared sizes between those of a form; the one beside the example stands for all."""
    if not form.fresh or form.factor == 1 or fact.example is None:
        return
    if fact.frame is not None and fact.frame.refuses:
        return
    edge = fact.example - 1 if fact.most is not None and fact.example >= fact.most else fact.example + 1
    offset = f" {'-' if form.offset < 0 else '+'} {abs(form.offset)}" if form.offset else ""
    yield Span(max(fact.least or 0, SMALLEST), fact.most, edge, f"{form.factor}*k{offset}")


def _is_decided(fact: DimContradicted) -> bool:
    """Whether smaller sizes have a way of their own in the user's code, which the program does not have."""
    return fact.frame is not None and fact.frame.construct in DECIDING
