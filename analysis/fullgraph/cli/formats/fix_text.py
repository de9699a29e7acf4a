"""The leading fix of a finding, as the lines that it takes out and puts in.

= fix (verified): Rewrite as torch.cond
  - if x.sum() > 0:
  -     x = x + 1
  + x = torch.cond(x.sum() > 0, lambda x: x + 1, lambda x: x.clone(), (x,))
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from ...model import Edit, Finding, Fix, VerdictKind
from ...text.edits import applied, by_file, unified
from ...text.source import SourceText
from ..screen.snippet import GUTTER
from ..screen.visible import visible
from .view import View, relative

_SAYS: dict[VerdictKind, str] = {
    "verified": "verified",
    "verified-one-branch": "verified on one branch",
    "unverified-exports": "exports, not compared",
}
_MOST_LINES = 40


def leading_fix(
    finding: Finding, gutter: int, view: View, told: Mapping[tuple[Edit, ...], str]
) -> Iterator[Text]:
    """Nothing where no fix is good for anything. `told`: where the same edits are shown already."""
    fix = finding.fixes[0] if finding.fixes else None
    if fix is None or fix.verdict.kind not in _SAYS:
        return
    label = f"fix ({_SAYS[fix.verdict.kind]}): "
    yield Text.assemble(" " * gutter, (" = ", GUTTER), (label, "bold"), visible(fix.title, view.encoding))
    if said := _reason(fix):
        yield Text.assemble(" " * (gutter + 3), (visible(said, view.encoding), "dim"))
    if fix.edits in told:
        yield Text.assemble(" " * (gutter + 3), (f"the same edit as for {told[fix.edits]}", "dim"))
        return
    for line in _cut(list(_lines(fix, finding, view))):
        style = {"-": "red", "+": "green"}.get(line[:1], "dim")
        yield Text.assemble(" " * (gutter + 3), (visible(line, view.encoding), style))


def _reason(fix: Fix) -> str:
    """Of a verified one what it says beside the number of inputs: that no program was compared."""
    reason = fix.verdict.reason
    return reason.partition("; ")[2] if fix.verdict.kind == "verified" else reason


def _lines(fix: Fix, finding: Finding, view: View) -> Iterator[str]:
    for file, edits in by_file(fix.edits).items():
        before = SourceText(file, "\n".join(view.sources.lines(file)))
        after = applied(before, edits)
        if file != finding.place.file:
            yield f"in {relative(file, view.base)}"
        for line in unified(before.text, after or "", "", context=0)[2:]:
            if not line.startswith(("@@", "\\")):
                yield f"{line[0]} {line[1:]}"


def _cut(lines: Sequence[str]) -> Sequence[str]:
    """All of them, without the indentation that they share, and not more than a screen."""
    own = [line for line in lines if line[:2] in ("- ", "+ ") and line[2:].strip()]
    margin = min((len(line[2:]) - len(line[2:].lstrip()) for line in own), default=0)
    flush = [line[:2] + line[2 + margin :] if line[:2] in ("- ", "+ ") else line for line in lines]
    more = [f"… {len(flush) - _MOST_LINES} more lines"] if len(flush) > _MOST_LINES else []
    return [*flush[:_MOST_LINES], *more]
