"""The present findings, with their ranges in the present texts.

The rule: a range of a former text is mapped through the edits since, and dropped where they touch it. Where a trace
has a finding, or went over the line without one, static findings are dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fullgraph.model import Finding, Place, Range
from fullgraph.text.source import SourceText

from .position_mapping import Moves, between
from .results import Texts
from .session import Session, Spot


@dataclass(frozen=True)
class Present:
    """A finding, the texts that its places count in, and where it is now."""

    finding: Finding
    texts: Texts
    spot: Spot


def present_findings(session: Session) -> Iterator[Present]:
    taken: set[tuple[str, Range]] = set()
    for finding, texts in _certain(session):
        spot = session.spot(finding.place, texts)
        if spot is not None:
            taken.add((spot.uri, spot.range))
            yield Present(finding, texts, spot)
    for outline in session.outlines.values():
        for finding in outline.static_findings:
            spot = session.spot(finding.place, outline.texts)
            if spot is None or (spot.uri, spot.range) in taken:
                continue
            if not _was_traced(session, finding.place, outline.texts):
                yield Present(finding, outline.texts, spot)


def _certain(session: Session) -> Iterator[tuple[Finding, Texts]]:
    """A target whose turn has not come yet keeps what was said of it before."""
    for outline in session.outlines.values():
        yield from ((finding, outline.texts) for finding in outline.findings)
    for file, latest in session.latest.items():
        yield from ((finding, latest.texts) for finding in latest.findings)
        finished = session.finished.get(file)
        if latest.done or finished is None:
            continue
        again = {checked.target.name for checked in latest.checked}
        yield from ((f, finished.texts) for f in finished.findings if f.target not in again)


def _was_traced(session: Session, place: Place, texts: Texts) -> bool:
    """Whether a trace went over a line whose text is still the same: then what it says counts."""
    source = texts.get(place.file)
    for traced in session.finished.values() if source else ():
        lines, former = traced.lines.get(place.file), traced.texts.get(place.file)
        if source and lines and former:
            was = _moves(session, former, source).back().moved(place.range)
            if was and was.start.line in lines:
                return True
    return False


def _moves(session: Session, former: SourceText, source: SourceText) -> Moves:
    """From a former text to the one of an outline, which is the present one as a rule."""
    module = session.documents.module_at(former.file)
    if module and module.source.normal == source.normal:
        return session.documents.moves(former.file, former)
    return between(former, source)
