"""From the session's findings to diagnostics, document by document."""

from __future__ import annotations

from fullgraph.model import Finding, Range, Related
from lsprotocol import types

from ..lsp import convert
from ..lsp.convert import Encoding
from ..session.documents import Part
from ..session.findings import present_findings
from ..session.results import Texts
from ..session.session import Session
from . import rule_pages


def by_document(session: Session, encoding: Encoding) -> dict[str, list[types.Diagnostic]]:
    """Each finding once, at its present place; those whose text was changed have none."""
    found: dict[str, list[types.Diagnostic]] = {uri: [] for uri in _open(session)}
    seen: set[tuple[str, str, int, int, str]] = set()
    for present in present_findings(session):
        finding, texts, spot = present.finding, present.texts, present.spot
        where = convert.range_out(spot.source, spot.range, encoding)
        key = (spot.uri, finding.rule, where.start.line, where.start.character, finding.message)
        if key not in seen:
            seen.add(key)
            diagnostic = _diagnostic(finding, where, session, texts, encoding)
            found.setdefault(spot.uri, []).append(diagnostic)
    return found


def diagnostic(
    session: Session, finding: Finding, texts: Texts, where: Range, part: Part, encoding: Encoding
) -> types.Diagnostic:
    """One finding, at a range of a document."""
    return _diagnostic(
        finding, convert.range_out(part.document.source, where, encoding), session, texts, encoding
    )


def _open(session: Session) -> list[str]:
    return [part.document.uri for module in session.documents.modules for part in module.parts]


def _diagnostic(
    finding: Finding, where: types.Range, session: Session, texts: Texts, encoding: Encoding
) -> types.Diagnostic:
    related = (*(_related(each, session, texts, encoding) for each in finding.related), _pattern(finding))
    # With the fixes: a client asks for actions anew when its diagnostics are others.
    data = {"rule": finding.rule, "target": finding.target, "fixes": [fix.title for fix in finding.fixes]}
    page = rule_pages.href(finding.rule)
    return convert.diagnostic(finding, where, [each for each in related if each], page, data)


def _pattern(finding: Finding) -> types.DiagnosticRelatedInformation | None:
    """The page of what people write by hand, where no fix was verified."""
    href = rule_pages.pattern_href(finding.by_hand.pattern) if finding.by_hand else None
    if finding.by_hand is None or href is None:
        return None
    start = types.Range(types.Position(0, 0), types.Position(0, 0))
    return types.DiagnosticRelatedInformation(
        types.Location(href, start),
        f"no fix: {finding.by_hand.reason}; see this page: {finding.by_hand.pattern}",
    )


def _related(
    related: Related, session: Session, texts: Texts, encoding: Encoding
) -> types.DiagnosticRelatedInformation | None:
    spot = session.spot(related.place, texts)
    if spot is None:
        return None
    where = convert.range_out(spot.source, spot.range, encoding)
    return types.DiagnosticRelatedInformation(types.Location(spot.uri, where), related.message)
