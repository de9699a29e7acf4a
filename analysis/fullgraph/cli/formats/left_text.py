"""What `fix` leaves: a line for each target that does not export yet, and why each candidate was refused.

    ✗ pool:Pool()  fails  pool.py:15 data-dependent-branch: Rewrite as torch.cond: the outputs differ (2 refused)

The rule: targets that export are counted alone. All findings and candidates are told to whoever asks for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from rich.text import Text

from ...fix.fixpoint import Mended
from ...fix.standing import kind_of
from ...model import Checked, Finding, Fix, Report, Status
from ..screen.visible import visible
from .summary import ENDED_BY, counted, plural
from .target_lines import MARKS
from .view import View, relative

_LONGEST = 160
"""Characters of a reason, where nobody asks for all."""

_WORDS: dict[Status, tuple[str, str]] = {
    "exports": ("exports", "export"),
    "unsound": ("exports but is unsound", "export but are unsound"),
    "fails": ("fails", "fail"),
    "error": ("does not run", "do not run"),
}


def left_lines(mended: Mended, view: View) -> Iterator[Text]:
    """One line for each target that something is left of, and with `verbose` all that was tried below it."""
    report = mended.report
    for checked in report.targets:
        own = [each for each in grave(report) if checked.target.name in each.targets]
        if own or checked.status != "exports":
            yield _line(checked, own, view, mended)
            if view.verbose:
                yield from _details(checked, own, view, mended)


def grave(report: Report) -> list[Finding]:
    """The findings that count."""
    return [finding for finding in report.findings if finding.severity != "information"]


def statuses(report: Report) -> str:
    """`12 of 15 targets export, 1 exports but is unsound, 2 fail`; `1 target: 1 exports but is unsound`."""
    counts = Counter(checked.status for checked in report.targets)
    good = counts.pop("exports", 0)
    said = [
        f"{counts[status]} {words[counts[status] != 1]}" for status, words in _WORDS.items() if counts[status]
    ]
    said += [f"{len(report.skipped)} not checked"] if report.skipped else []
    whole = plural(len(report.targets) + len(report.skipped), "target")
    if good:
        return ", ".join((f"{good} of {whole} {_WORDS['exports'][good != 1]}", *said))
    return f"{whole}: {', '.join(said)}" if said else whole


def _line(checked: Checked, own: Sequence[Finding], view: View, mended: Mended) -> Text:
    mark = MARKS[checked.status]
    line = Text.assemble(
        (mark.in_(view.encoding), f"bold {mark.style}"),
        f" {visible(checked.target.name, view.encoding)}  ",
        (mark.words, mark.style),
    )
    if checked.target.name in mended.unfinished:
        line.append("  not finished", "dim")
    if own and not view.verbose:
        said = f"{_where(own[0], view)}: {_outcome(checked, own[0], mended)}"
        line.append(f"  {visible(_cut(said), view.encoding)}", "dim")
        if more := len(own) - 1:
            line.append(f"; {plural(more, 'more finding')}", "dim")
    return line


def _outcome(checked: Checked, finding: Finding, mended: Mended) -> str:
    """What came of the likeliest candidate, and how many there were."""
    if finding.target != checked.target.name:
        return f"as for {finding.target}"
    tried = _candidates(finding)
    if not tried and (finding.target, kind_of(finding)) in mended.unsearched:
        return f"fixes were not looked for yet: {_why(mended)}"
    if not tried:
        return "no fix is known"
    rest = f" (and {plural(len(tried) - 1, 'other fix')} not applied)" if tried[1:] else ""
    return f"{_refused(tried[0])}{rest}"


def _details(checked: Checked, own: Sequence[Finding], view: View, mended: Mended) -> Iterator[Text]:
    """Each finding, and below it each candidate with the reason why it was not taken."""
    for finding in own:
        said = f"{_where(finding, view)}: {finding.message}"
        yield Text(f"    {visible(said, view.encoding)}")
        tried = _candidates(finding) if finding.target == checked.target.name else []
        lines = [_refused(fix) for fix in tried] or [_outcome(checked, finding, mended)]
        yield from (Text(f"        {visible(line, view.encoding)}", "dim") for line in lines)


def _candidates(finding: Finding) -> list[Fix]:
    return [fix for fix in finding.fixes if fix.verdict.kind != "suppresses"]


def _refused(fix: Fix) -> str:
    kind = fix.verdict.kind
    if fix.gives_up and kind != "not-verified":
        return f"{fix.title}: {kind}, applied with --accept narrowing"
    said = fix.verdict.reason if kind == "not-verified" else f"{kind}, {fix.verdict.reason}".rstrip(", ")
    return f"{fix.title}: {said or kind}"


def _where(finding: Finding, view: View) -> str:
    file = relative(finding.place.file, view.base).as_posix()
    return f"{file}:{finding.place.range.start.line + 1} {finding.rule}"


def _cut(text: str) -> str:
    first = text.splitlines()[0]
    return first if len(first) <= _LONGEST else f"{first[:_LONGEST]}…"


def summed_up(mended: Mended, *, diff: bool, higher: str, unwritten: Collection[str] = ()) -> str:
    """The last line; `higher` is what is said of fixes that another level would take.

    `unwritten` are files that keep their texts, whose targets would be as is said.
    """
    left = grave(mended.report)
    lost = sum(not each.files.isdisjoint(unwritten) for each in mended.applied)
    sentences = [
        f"{plural(len(mended.applied) - lost, 'fix')} {'found' if diff else 'applied'}",
        f"{plural(lost, 'fix')} not written, though counted in what follows" if lost else "",
        statuses(mended.report),
        f"{counted(left)} left" if left else "",
        "fixes are offered for Python files alone" if any(map(_is_elsewhere, left)) else "",
        higher,
        _ended(mended),
    ]
    return "; ".join(filter(None, sentences))


def _why(mended: Mended) -> str:
    return f"stopped by {ENDED_BY[mended.report.ended.reason]}" if mended.report.ended else ""


def _is_elsewhere(finding: Finding) -> bool:
    return not finding.place.file.endswith((".py", ".toml"))


def _ended(mended: Mended) -> str:
    if mended.report.ended is None:
        return ""
    return f"{_why(mended)} before {plural(len(mended.unfinished), 'target')} had been finished"
