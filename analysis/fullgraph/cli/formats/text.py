"""The format for people, in the manner of rustc and ruff.

    error[data-dependent-branch]: the message
      --> models/gate.py:12:12
       |
    10 |         x = self.body(x)
       |             ------------ a related place
    ...
    12 |         if x.sum() > 0:
       |            ^^^^^^^^^^^
       |
      ::: models/body.py:9:13
       |
     9 |         return x.float()
       |                --------- a related place in another file
       |
       = help: the hint
       = fix (verified): what it does
         - the lines that it takes out
         + and puts in
       = see: the link

Lines and columns count from 1, columns in characters. Text of users is only ever put into `rich.text.Text`,
where square brackets are brackets, and passes through `visible` first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import shorten

from rich.cells import cell_len
from rich.text import Text

from ...check.coverage import coverage
from ...model import NOUNS, Edit, Finding, Place, Related, Report, Severity
from ...rules import inputs_note
from ..screen.snippet import GUTTER, Sheet, Underline, beside, snippet
from ..screen.terminal import painted
from ..screen.visible import visible, visible_lines
from .closing import closing, is_clean
from .coverage_text import parts_line, unchecked_lines
from .fix_text import leading_fix
from .noise import Shown, shown_of
from .paragraph import paragraph
from .target_lines import target_lines
from .view import View, lost_words, relative

STYLES: dict[Severity, str] = {"error": "bold red", "warning": "bold yellow", "information": "bold cyan"}

_WIDTH_WITHOUT_TERMINAL = 140
_NARROWEST = 40
_LONGEST_LABEL = 60
_LONGEST_REASON = 240
_MOST_TARGETS = 2
_MOST_WITHOUT_HEADLINE = 4


def render(report: Report, view: View) -> str:
    """The findings, a line for each target, what is not checked, and the counts; `quiet`: findings alone."""
    return painted(_report(report, view), view.color)


def _report(report: Report, view: View) -> Iterator[Text]:
    crowded = _crowded(report)
    every = sorted(shown_of(report, view), key=lambda each: each.finding.severity == "information")
    brief = [each for each in every if each.is_brief and not view.verbose]
    shown = [each for each in every if each not in brief]
    whole = not view.quiet and bool(report.targets or report.findings or report.models)
    if whole and len(shown) > _MOST_WITHOUT_HEADLINE:
        yield from paragraph(Text(), closing(report, view), view, "bold", hanging=2)
        yield Text()
    told: dict[tuple[Edit, ...], str] = {}
    for each in shown:
        yield from _finding(each, view, _Context(crowded, _made_up(each.finding, report), told))
        yield Text()
        for fix in each.finding.fixes[:1]:
            told.setdefault(fix.edits, _position(each.finding.place, view))
    if whole:
        yield from target_lines(report, view)
    yield from _in_brief(brief, view)
    if whole:
        yield from _unchecked(report, view)
        yield from _lost(report, view)
        style = "bold green" if is_clean(report) else "bold"
        yield from paragraph(Text(), closing(report, view), view, style, hanging=2)


def _made_up(finding: Finding, report: Report) -> frozenset[Related]:
    """With which inputs its targets were checked: their own lines say it."""
    own = (each for each in report.targets if each.target.name in finding.targets)
    notes = (inputs_note(each.target, each.facts) for each in own)
    return frozenset(note for note in notes if note)


# -- one finding -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Context:
    """What the report says elsewhere: names that need saying, notes of targets, and edits by where they are shown."""

    crowded: frozenset[str]
    notes: frozenset[Related]
    edits: Mapping[tuple[Edit, ...], str]


def _finding(shown: Shown, view: View, context: _Context) -> Iterator[Text]:
    finding = shown.finding
    places = [related for related in finding.related if related not in context.notes]
    sheet = _sheet(finding, view)
    label = Text.assemble(_label_of(finding, view), (": ", "bold"))
    yield from paragraph(label, finding.message, view, "bold", hanging=2)
    yield _arrow("-->", finding.place, sheet, view)
    near = [related for related in places if _is_near(related, finding, sheet, view)]
    drawing = _drawing(finding, near, sheet, view)
    yield from drawing
    for related in places:
        if related not in near:
            yield from _related(related, sheet, view, joined=bool(drawing))
    said = _notes(shown, view, context.crowded)
    notes = [line for name, text in said for line in _note(name, text, sheet, view)]
    notes += leading_fix(finding, sheet.gutter, view, context.edits)
    if drawing and notes:
        yield sheet.row()
    yield from notes


def _label_of(finding: Finding, view: View) -> Text:
    said = f"{NOUNS[finding.severity]}[{visible(finding.rule, view.encoding)}]"
    return Text(said, STYLES[finding.severity])


def _drawing(finding: Finding, near: list[Related], sheet: Sheet, view: View) -> list[Text]:
    """The finding's own lines, and those of the places that one drawing can hold with them."""
    own = Underline(finding.place.range, "^", STYLES[finding.severity])
    underlines = [own, *(_secondary(related, view) for related in near)]
    return snippet(view.sources.lines(finding.place.file), underlines, sheet)


def _is_near(related: Related, finding: Finding, sheet: Sheet, view: View) -> bool:
    if related.place.file != finding.place.file or not _label(related, view):
        return False
    lines = view.sources.lines(finding.place.file)
    return beside(lines, finding.place.range, related.place.range, sheet)


def _related(related: Related, sheet: Sheet, view: View, *, joined: bool) -> Iterator[Text]:
    """A place with a drawing of its own; the message is below it where it is too long for a label."""
    drawing = snippet(view.sources.lines(related.place.file), [_secondary(related, view)], sheet)
    if joined:
        yield sheet.row()
    yield _arrow(":::", related.place, sheet, view)
    yield from drawing
    if not (drawing and _label(related, view)):
        yield from _note("note", related.message, sheet, view)


def _secondary(related: Related, view: View) -> Underline:
    return Underline(related.place.range, "-", GUTTER, _label(related, view))


def _label(related: Related, view: View) -> str:
    """The message where it is short enough to stand beside the marks, else nothing."""
    first, *others = visible_lines(related.message, view.encoding)
    return "" if others or cell_len(first) > _LONGEST_LABEL else first


def _notes(shown: Shown, view: View, crowded: frozenset[str]) -> Iterator[tuple[str, str]]:
    finding = shown.finding
    if finding.hint:
        yield "help", finding.hint
    if shown.note:
        yield "note", shown.note
    if finding.target and (finding.also or finding.target in crowded):
        yield "targets" if finding.also else "target", _named(finding.targets, view)
    if finding.link:
        yield "see", finding.link
    if finding.by_hand:
        said = finding.by_hand.reason
        reason = said if view.verbose else shorten(said, _LONGEST_REASON, placeholder=" …")
        yield "no fix", f"{reason}; see: fullgraph explain {finding.by_hand.pattern}"


def _named(targets: tuple[str, ...], view: View) -> str:
    """`a, b and 5 more`."""
    most = len(targets) if view.verbose or len(targets) == _MOST_TARGETS + 1 else _MOST_TARGETS
    more = len(targets) - most
    return ", ".join(targets[:most]) + (f" and {more} more" if more > 0 else "")


def _crowded(report: Report) -> frozenset[str]:
    """Names of targets that share their file, or whose findings may lie elsewhere: they need saying."""
    files = [checked.target.found_in for checked in report.targets]
    homes = {checked.target.name: checked.target.found_in for checked in report.targets}
    strayed = {f.target for f in report.findings if f.target and homes.get(f.target) != f.place.file}
    return frozenset(name for name, file in homes.items() if files.count(file) > 1 or name in strayed)


def _arrow(arrow: str, place: Place, sheet: Sheet, view: View) -> Text:
    return Text.assemble(
        " " * sheet.gutter, (arrow, GUTTER), f" {visible(_position(place, view), view.encoding)}"
    )


def _position(place: Place, view: View) -> str:
    """`models/gate.py:12:12`."""
    start = place.range.start
    return f"{relative(place.file, view.base)}:{start.line + 1}:{start.character + 1}"


def _note(name: str, text: str, sheet: Sheet, view: View) -> Iterator[Text]:
    label = Text.assemble(" " * sheet.gutter, (" = ", GUTTER), (f"{name}: ", "bold"))
    yield from paragraph(label, text, view)


def _sheet(finding: Finding, view: View) -> Sheet:
    """With a gutter for the largest line number shown with this finding."""
    places = [finding.place, *(related.place for related in finding.related)]
    gutter = len(str(max(_last_line(place, view) for place in places)))
    width = (view.width or _WIDTH_WITHOUT_TERMINAL) - gutter - len(" | / ")
    return Sheet(gutter, max(_NARROWEST, width), view.encoding)


def _last_line(place: Place, view: View) -> int:
    return min(place.range.end.line + 1, max(1, len(view.sources.lines(place.file))))


def _in_brief(shown: list[Shown], view: View) -> Iterator[Text]:
    """A line for each: `note[legacy-export]: … is superseded by … (net.py:12:5; 1 more in this file: line 20)`."""
    for each in shown:
        where = "; ".join(filter(None, (_position(each.finding.place, view), each.note)))
        yield from paragraph(
            Text.assemble(_label_of(each.finding, view), ": "),
            f"{each.finding.message} ({where})",
            view,
            hanging=2,
        )
    if shown:
        yield Text()


# -- behind the findings -----------------------------------------------------------------------------


def _unchecked(report: Report, view: View) -> Iterator[Text]:
    known = coverage(report)
    lines = [] if view.static else list(unchecked_lines(known, view))
    if lines:
        yield Text("Not checked:", "bold")
    for line in lines:
        yield from paragraph(Text("  "), line, view, hanging=4)
    if not view.static and (parts := parts_line(known, view)):
        yield from paragraph(Text(), parts, view, "dim", hanging=2)
    if lines:
        yield Text()


def _lost(report: Report, view: View) -> Iterator[Text]:
    said = lost_words(report)
    for text in said:
        label = Text.assemble((NOUNS["information"], STYLES["information"]), (": ", "bold"))
        yield from paragraph(label, text, view, hanging=2)
    if said:
        yield Text()
