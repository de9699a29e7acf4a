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

from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from ...model import NOUNS, Checked, Finding, Place, Related, Report, Severity, Status
from ..screen.snippet import GUTTER, Sheet, Underline, beside, snippet
from ..screen.terminal import painted
from ..screen.visible import visible, visible_lines
from .fix_text import leading_fix
from .summary import closing, counted, duration
from .view import View, lost_words, relative

STYLES: dict[Severity, str] = {"error": "bold red", "warning": "bold yellow", "information": "bold cyan"}

_WIDTH_WITHOUT_TERMINAL = 140
_NARROWEST = 40
_LONGEST_LABEL = 60
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class _Mark:
    sign: str
    plain: str  # where the output's encoding lacks the sign
    style: str
    words: str


_MARKS: dict[Status, _Mark] = {
    "exports": _Mark("✓", "+", "green", "exports"),
    "fails": _Mark("✗", "x", "red", "fails"),
    "unsound": _Mark("!", "!", "yellow", "exports, but unsound"),
    "error": _Mark("?", "?", "magenta", "does not run"),
}


def render(report: Report, view: View) -> str:
    """The findings, then a line for each target, then the counts; `quiet` leaves the findings alone."""
    return painted(_report(report, view), view.color)


def _report(report: Report, view: View) -> Iterator[Text]:
    crowded = _crowded(report)
    for finding in report.findings:
        yield from _finding(finding, view, crowded)
        yield Text()
    if view.quiet or not (report.targets or report.findings):
        return
    yield from _targets(report, view)
    yield from _lost(report, view)
    yield Text(closing(report, view.seconds), "bold" if report.findings else "bold green")


# -- one finding -------------------------------------------------------------------------------------


def _finding(finding: Finding, view: View, crowded: frozenset[str]) -> Iterator[Text]:
    sheet = _sheet(finding, view)
    label = Text(
        f"{NOUNS[finding.severity]}[{visible(finding.rule, view.encoding)}]", STYLES[finding.severity]
    )
    yield from _paragraph(Text.assemble(label, (": ", "bold")), finding.message, view, "bold", hanging=2)
    yield _arrow("-->", finding.place, sheet, view)
    near = [related for related in finding.related if _is_near(related, finding, sheet, view)]
    drawing = _drawing(finding, near, sheet, view)
    yield from drawing
    for related in finding.related:
        if related not in near:
            yield from _related(related, sheet, view, joined=bool(drawing))
    notes = [line for name, text in _notes(finding, crowded) for line in _note(name, text, sheet, view)]
    notes += leading_fix(finding, sheet.gutter, view)
    if drawing and notes:
        yield sheet.row()
    yield from notes


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


def _notes(finding: Finding, crowded: frozenset[str]) -> Iterator[tuple[str, str]]:
    if finding.hint:
        yield "help", finding.hint
    if finding.target in crowded:
        yield "target", finding.target
    if finding.link:
        yield "see", finding.link


def _crowded(report: Report) -> frozenset[str]:
    """Names of targets that share their file, or whose findings may lie elsewhere: they need saying."""
    files = [checked.target.found_in for checked in report.targets]
    homes = {checked.target.name: checked.target.found_in for checked in report.targets}
    strayed = {f.target for f in report.findings if f.target and homes.get(f.target) != f.place.file}
    return frozenset(name for name, file in homes.items() if files.count(file) > 1 or name in strayed)


def _arrow(arrow: str, place: Place, sheet: Sheet, view: View) -> Text:
    start = place.range.start
    path = visible(str(relative(place.file, view.base)), view.encoding)
    return Text.assemble(
        " " * sheet.gutter, (arrow, GUTTER), f" {path}:{start.line + 1}:{start.character + 1}"
    )


def _note(name: str, text: str, sheet: Sheet, view: View) -> Iterator[Text]:
    label = Text.assemble(" " * sheet.gutter, (" = ", GUTTER), (f"{name}: ", "bold"))
    yield from _paragraph(label, text, view)


def _sheet(finding: Finding, view: View) -> Sheet:
    """With a gutter for the largest line number shown with this finding."""
    places = [finding.place, *(related.place for related in finding.related)]
    gutter = len(str(max(_last_line(place, view) for place in places)))
    width = (view.width or _WIDTH_WITHOUT_TERMINAL) - gutter - len(" | / ")
    return Sheet(gutter, max(_NARROWEST, width), view.encoding)


def _last_line(place: Place, view: View) -> int:
    return min(place.range.end.line + 1, max(1, len(view.sources.lines(place.file))))


# -- the targets -------------------------------------------------------------------------------------


def _targets(report: Report, view: View) -> Iterator[Text]:
    names = [visible(checked.target.name, view.encoding) for checked in report.targets]
    widest = min(_LONGEST_NAME, max(map(cell_len, names), default=0))
    for checked, name in zip(report.targets, names, strict=True):
        yield _target(checked, name + " " * (widest - cell_len(name)), _outcome(checked, report), view)
    if report.targets:
        yield Text()


def _lost(report: Report, view: View) -> Iterator[Text]:
    said = lost_words(report)
    for text in said:
        label = Text.assemble((NOUNS["information"], STYLES["information"]), (": ", "bold"))
        yield from _paragraph(label, text, view, hanging=2)
    if said:
        yield Text()


def _target(checked: Checked, name: str, outcome: str, view: View) -> Text:
    mark = _MARKS[checked.status]
    sign = mark.sign if visible(mark.sign, view.encoding) == mark.sign else mark.plain
    time = (f"  {duration(checked.facts.seconds)}", "dim") if checked.facts.seconds else ""
    return Text.assemble((sign, f"bold {mark.style}"), f" {name}  ", (outcome, mark.style), time)


def _outcome(checked: Checked, report: Report) -> str:
    own = counted(finding for finding in report.findings if finding.target == checked.target.name)
    return _MARKS[checked.status].words + (f" ({own})" if own else "")


# -- paragraphs --------------------------------------------------------------------------------------


def _paragraph(
    label: Text, text: str, view: View, style: str = "", hanging: int | None = None
) -> Iterator[Text]:
    """`text` after its label. Further lines hang under its first word, or are indented by `hanging`."""
    indent = label.cell_len if hanging is None else hanging
    head: Text | str = label
    for line in visible_lines(text, view.encoding):
        for piece in _wrapped(line, view.width, cell_len(str(head)), indent):
            yield Text.assemble(head, (piece, style))
            head = " " * indent


def _wrapped(line: str, width: int | None, used: int, indent: int) -> Iterator[str]:
    """`line` in pieces that fit a terminal; code in a message, which is indented, is left whole."""
    if width is None or line.startswith(" "):
        yield line
        return
    piece = ""
    for word in line.split(" "):
        longer = f"{piece} {word}" if piece else word
        if piece and used + cell_len(longer) > width:
            yield piece
            piece, used = word, indent
        else:
            piece = longer
    yield piece
