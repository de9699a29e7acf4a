"""What a rewrite is: a function from one finding and the user's text to edits of that text, or to nothing.

A rewrite has no state, reads no file and runs nothing. It works on the text, so that formatting,
comments and names stay, and proposes nothing where it is not sure to have understood it: whether the
result exports and gives the same outputs is found out by tracing it, and is none of its business.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..model import Edit, Facts, Failure, Finding, Target
from ..text.source import SourceText


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text of the user's and its tree."""

    source: SourceText
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding, with what it was made of. `torch` is the version that the target runs on: (2, 13)."""

    finding: Finding
    failure: Failure
    target: Target
    facts: Facts
    parsed: Callable[[str], Parsed | None]
    """The text of a file as it was traced; None where it cannot be read or does not parse."""
    torch: tuple[int, int]


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Sizes of one dimension that an edit of the spec takes away; all but one where there are no `spans`."""

    dim: str
    source: str  # `x.shape[0]`
    spans: tuple[Span, ...] = ()

    @property
    def words(self) -> str:
        """`32…79 and 88…512`."""
        return " and ".join(span.words for span in self.spans) or "other sizes"


@dataclass(frozen=True, slots=True)
class Span:
    """Sizes from `least` to `most`, both included, beside those that are kept: `edge` is the next to them.

    Where it has a `form` (`16*k - 14`), sizes of this form among them are kept.
    """

    least: int
    most: int | None
    edge: int
    form: str = ""

    @property
    def words(self) -> str:
        if self.form:
            return f"sizes other than {self.form}"
        if self.most is None:
            return f"{self.least} and more"
        return str(self.least) if self.least == self.most else f"{self.least}…{self.most}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Edits that may mend a finding; they lie in one or more files and do not overlap.

    `title` says in the imperative what they do: `Rewrite as torch.cond`. Where `verify` is False they change
    nothing of the program. `gives_up` are sizes that the spec declares and the edits take away: such a proposal is
    taken only where nothing keeps them, and by nobody who did not ask for it. Where `guesses` is True they say of
    sizes what was seen at some: a spec that does not fit them afterwards speaks against them, and is not changed
    to fit. `checks`: the condition that was asked is asked as it was, by a check that fails where the original
    raises. `idle`: the rounds that a loop has more of do nothing, so that one without any round is like them.
    `unchecked`: a distribution's own check of values is left out, and what it refused is not refused any more.
    """

    title: str
    edits: tuple[Edit, ...]
    verify: bool = True
    gives_up: tuple[GivenUp, ...] = ()
    guesses: bool = False
    checks: bool = False
    idle: bool = False
    unchecked: bool = False


class NotOneLineError(Exception):
    """A text means something else on one line, or loses a comment there: what needs it is not offered."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """`page` is Markdown for the documentation; its first line is the summary."""

    name: str
    rules: frozenset[str]
    page: str
    find: Callable[[Problem], Iterable[Proposal]]

    @property
    def summary(self) -> str:
        return self.page.splitlines()[0]

    def propose(self, problem: Problem) -> tuple[Proposal, ...]:
        found: list[Proposal] = []
        if problem.finding.rule in self.rules:
            with contextlib.suppress(NotOneLineError):
                found.extend(self.find(problem))
        return tuple(found)


def page(module_doc: str | None) -> str:
    """A module's docstring as a page."""
    return inspect.cleandoc(module_doc or "")
