"""The end of a trace that refuses a rewrite: at the first failure that the original does not have.

What a trace goes on to after that (other branches, placeholders, values) tells nothing of the rewrite, and takes
most of its time. The rule: failures are compared as they come, without what only the end of a trace tells of
them, and where a trace may have to be made anew it is not ended early.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import final

from .. import rules
from ..model import Checked, DataDependent, Facts, Failure, Finding, Target

_MADE_ANEW = frozenset({"sizes", "device"})
"""What is assumed after a first trace that does not count."""


_NUMBERED = re.compile(r"\b(z?u[a-z]?)\d+\b")
"""A symbol of the trace's own: which number it has depends on how many came before it."""

Words = tuple[str, str]


def words_of(finding: Finding) -> Words:
    """What a finding says, wherever it stands: not how the sides of a branch differ, which follows from the rest."""
    return finding.rule, _NUMBERED.sub(r"\1", finding.message.partition("\n")[0])


def counted(findings: Iterable[Finding]) -> Counter[Words]:
    """Errors and warnings by what they say; their places change with each rewrite."""
    return Counter(words_of(each) for each in findings if each.severity != "information")


class RefusedEarlyError(Exception):
    """The rewrite is refused; `facts` are what was heard by then, with the failures so far."""

    def __init__(self, facts: Facts) -> None:
        super().__init__("another finding has come up")
        self.facts = facts


@final
class EarlyEnd:
    """Hears of the parts of one trace, of a text that is to be without some findings of the original."""

    def __init__(self, original: Checked, mended: Sequence[Finding]) -> None:
        target, facts = original.target, original.facts
        own = [failure for failure, finding in rules.explained(target, facts) if finding in mended]
        plain = rules.explained(target, _plain(facts))
        gone = counted(finding for failure, finding in plain if failure in own)
        self._allowed = counted(finding for _, finding in plain) - gone
        self._told = Facts()
        again = any(each.kind in _MADE_ANEW for each in facts.assumed)
        self._ends = facts.inferred is None and not again

    def heard(self, target: Target, part: Facts) -> None:
        """Of the rewritten target.

        Raises:
            RefusedEarlyError: there is a failure that may not be.
        """
        self._told = self._told.merged(part)
        if not (self._ends and part.preliminary):
            return
        facts = replace(self._told, exported=False, failures=part.preliminary, preliminary=())
        if counted(rules.find(target, _plain(facts))) - self._allowed:
            raise RefusedEarlyError(facts)


def _plain(facts: Facts) -> Facts:
    """The failures alone that are known for good when they come."""
    sides = tuple(replace(each, failures=_known(each.failures), differences=()) for each in facts.sides)
    return replace(facts, exported=False, failures=_known(facts.failures), sides=sides)


def _known(failures: tuple[Failure, ...]) -> tuple[Failure, ...]:
    return tuple(each for each in failures if isinstance(each, DataDependent))
