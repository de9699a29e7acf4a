"""The rules: what the facts mean for the user. This table is the list of them, and their order.

A failure is explained by the first rule that claims it; `export_error` claims what is left, so that
none is without a place and a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..model import (
    DimContradicted,
    Facts,
    Failure,
    Finding,
    Frame,
    Place,
    Raised,
    Related,
    SizePinned,
    SizesExcluded,
    Status,
    Stopped,
    Target,
)
from . import (
    caught_export_error,
    control_flow_operator,
    data_dependent_assert,
    data_dependent_branch,
    data_dependent_guard,
    data_dependent_loop,
    data_dependent_output,
    dim_range,
    dim_relation,
    dim_specialized,
    export_error,
    graph_break,
    import_error,
    invalid_dynamic_shapes,
    invalid_ignore_comment,
    legacy_export,
    lost_state,
    mismatched_fake_kernel,
    missing_fake_kernel,
    silent_specialization,
    target_crash,
    target_error,
    target_skipped,
    target_timeout,
    tensor_to_python,
    traced_side_effect,
    training_mode,
    unregistered_type,
    unsupported_operator,
)
from .inferred import inputs_note, is_noise, softened
from .rule import Case, Rule
from .soundness import makes_unsound
from .target_skipped import is_skipped

__all__ = ["NAMES", "RULES", "Case", "Rule", "explain", "find", "inputs_note", "is_skipped", "status"]

RULES: tuple[Rule, ...] = (
    import_error.RULE,
    target_skipped.RULE,
    target_error.RULE,
    target_timeout.RULE,
    target_crash.RULE,
    invalid_dynamic_shapes.RULE,
    silent_specialization.RULE,
    dim_specialized.RULE,
    dim_relation.RULE,
    dim_range.RULE,
    missing_fake_kernel.RULE,
    mismatched_fake_kernel.RULE,
    lost_state.RULE,
    caught_export_error.RULE,
    traced_side_effect.RULE,
    training_mode.RULE,
    control_flow_operator.RULE,
    graph_break.RULE,
    unregistered_type.RULE,
    data_dependent_assert.RULE,
    data_dependent_loop.RULE,
    tensor_to_python.RULE,
    data_dependent_branch.RULE,
    data_dependent_output.RULE,
    data_dependent_guard.RULE,
    unsupported_operator.RULE,
    invalid_ignore_comment.RULE,
    legacy_export.RULE,
    export_error.RULE,
)

NAMES = frozenset(rule.name for rule in RULES)


def find(target: Target, facts: Facts) -> tuple[Finding, ...]:
    """The findings of one target, in the order of the text.

    One for each rule, place and subject: a user's call can lead to several lines of a library, and one
    expression can contradict several dimensions.
    """
    return tuple(finding for _, finding in explained(target, facts))


def explained(target: Target, facts: Facts) -> tuple[tuple[Failure, Finding], ...]:
    """The findings, each with the failure that it explains."""
    found: dict[tuple[str, Place, object], tuple[Failure, Finding]] = {}
    for failure, finding in (*_on_the_way(target, facts), *_on_other_sides(target, facts)):
        if not is_noise(failure, target, facts):
            key = (finding.rule, finding.place, _subject(failure))
            found.setdefault(key, (failure, softened(finding, failure, target, facts)))
    if not found and facts.exported is None:
        # Only a bug of Fullgraph leaves a trace without a result or a failure; it must not look clean.
        lost = Raised("export", None, "NoResult", "the trace ended without a result")
        return ((lost, explain(Case(lost, target, facts))),)
    return tuple(sorted(found.values(), key=lambda pair: pair[1].place))


def _subject(failure: Failure) -> object:
    frame: Frame | None = getattr(failure, "frame", None)
    dim = failure.dim if isinstance(failure, DimContradicted) else None
    return frame.library if frame else None, failure.text if isinstance(
        failure, SizePinned | SizesExcluded
    ) else dim


def _on_the_way(target: Target, facts: Facts) -> Iterator[tuple[Failure, Finding]]:
    for failure in _relevant(facts.failures):
        yield failure, explain(Case(failure, target, facts))


def _on_other_sides(target: Target, facts: Facts) -> Iterator[tuple[Failure, Finding]]:
    """What fails where the example inputs did not go; an exception that the user raises there does not."""
    for side in facts.sides:
        for failure in side.failures:
            frame = getattr(failure, "frame", None)
            if frame is None or frame.construct == "raise":
                continue
            finding = explain(Case(failure, target, facts))
            branch = Related("the example inputs take the other branch here", side.branch)
            yield failure, replace(finding, related=(*finding.related, branch))


def explain(case: Case) -> Finding:
    """What one failure means, by the first rule that claims it."""
    for rule in RULES:
        if (finding := rule.explain(case)) is not None:
            return finding
    raise AssertionError("export-error claims every failure")


def status(facts: Facts) -> Status:
    """What came of a target as a whole."""
    if any(isinstance(f, Raised) and f.step in ("load", "eager") for f in facts.failures):
        return "error"
    if facts.exported is None:
        return "error"
    if not facts.exported:
        return "fails"
    return "unsound" if any(map(makes_unsound, facts.failures)) else "exports"


def _relevant(failures: tuple[Failure, ...]) -> tuple[Failure, ...]:
    """A target that does not run at all has one problem, whatever export says of it."""
    eager = tuple(f for f in failures if isinstance(f, (Raised, Stopped)) and f.step in ("load", "eager"))
    late = any(
        isinstance(f, Stopped) and f.reason == "timeout" for f in eager
    )  # what was found by then counts
    return failures if late else eager or failures
