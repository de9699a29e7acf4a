"""Findings suppressed on their line by `# fullgraph: ignore` or `# fullgraph: ignore[rule, rule]`.

Such a comment speaks for the findings that begin on its own line, and, where it has the line for itself,
for those on the next line with code. It suppresses nothing by mistake: a name that no rule has, or words
where the brackets should be, are reported, and the rest of the comment holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import final

from ..model import Finding, Position, Range
from ..text.messages import unknown
from ..text.source import Comment, SourceText, comments

INVALID_IGNORE_COMMENT = "invalid-ignore-comment"
"""The rule of the findings about these comments."""

_IGNORE = re.compile(
    r"#\s*fullgraph\s*:\s*ignore\b(?!\s*=)\s*(?P<list>\[(?P<names>[^\]]*)\])?(?P<rest>[^#]*)"
)


@dataclass(frozen=True, slots=True)
class Suppressions:
    """What one file suppresses: the rules by line, None for all of them."""

    file: str
    by_line: Mapping[int, frozenset[str] | None] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@final
class IgnoreComments:
    """The ignore comments of the files that findings lie in, each file read once.

    `read` gives the text of a file, None where there is none; `rules` are all names that rules have.
    """

    def __init__(self, read: Callable[[str], SourceText | None], rules: Collection[str]) -> None:
        self._read = read
        self._rules = rules
        self._by_file: dict[str, Suppressions] = {}

    def suppress(self, finding: Finding) -> bool:
        return suppressed(finding, self._of(finding.place.file))

    def findings(self) -> Iterator[Finding]:
        """What is wrong with the comments of the files that were asked about."""
        for each in self._by_file.values():
            yield from each.findings

    def _of(self, file: str) -> Suppressions:
        if file not in self._by_file:
            source = self._read(file)
            self._by_file[file] = suppressions(source, self._rules) if source else Suppressions(file)
        return self._by_file[file]


def suppressions(source: SourceText, rules: Collection[str]) -> Suppressions:
    """The comments of a file that suppress; `rules` are all names that rules have."""
    if "fullgraph" not in source.text or not _IGNORE.search(source.text):
        return Suppressions(source.file)
    by_line: dict[int, frozenset[str] | None] = {}
    findings: list[Finding] = []
    found = comments(source)
    comment_lines = {comment.line for comment in found if comment.alone}
    for comment in found:
        for match in _IGNORE.finditer(comment.text):
            wrong = tuple(_mistakes(comment, match, source, rules))
            findings.extend(wrong)
            if match["list"] is None and wrong:
                continue
            for line in _lines(comment, match, source, comment_lines):
                by_line[line] = _both(by_line.get(line, frozenset()), _rules(match))
    return Suppressions(source.file, by_line, tuple(findings))


def suppressed(finding: Finding, here: Suppressions) -> bool:
    """Whether the file of the suppressions suppresses the finding; findings elsewhere are none of its business."""
    if finding.place.file != here.file or finding.rule == INVALID_IGNORE_COMMENT:
        return False
    rules = here.by_line.get(finding.place.range.start.line, frozenset())
    return rules is None or finding.rule in rules


def _rules(match: re.Match[str]) -> frozenset[str] | None:
    if match["list"] is None:
        return None
    return frozenset(name.strip() for name in match["names"].split(",")) - {""}


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one | other


def _lines(
    comment: Comment, match: re.Match[str], source: SourceText, comment_lines: set[int]
) -> Iterator[int]:
    yield comment.line
    if comment.alone and match.start() == 0:
        below = range(comment.line + 1, len(source.lines))
        yield from [line for line in below if source.lines[line].strip() and line not in comment_lines][:1]


def _mistakes(
    comment: Comment, match: re.Match[str], source: SourceText, rules: Collection[str]
) -> Iterator[Finding]:
    def finding(message: str, start: int, end: int, hint: str = "") -> Finding:
        where = Range(*(Position(comment.line, comment.character + edge) for edge in (start, end)))
        return Finding(INVALID_IGNORE_COMMENT, "warning", message, source.place(where), hint=hint)

    said = match["rest"].rstrip()
    if match["list"] is None and said:
        hint = "list the rules in brackets: `# fullgraph: ignore[data-dependent-branch]`"
        start = match.start("rest")
        yield finding("this comment suppresses nothing", start, start + len(said), hint)
    for name in re.finditer(r"[^,\s][^,]*(?<!\s)", match["names"] or ""):
        if name[0] not in rules:
            start = match.start("names") + name.start()
            yield finding(unknown("rule", name[0], rules), start, start + len(name[0]))
