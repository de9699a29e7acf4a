"""What static analysis sees in a repository that is checked: what concerns a model, and no part or training code."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from ..discovery.repository.parsed import ParsedFile
from ..model import Finding, FoundModel


def of_models(
    found: Iterable[Finding], models: Sequence[FoundModel], home: ParsedFile | None
) -> tuple[Finding, ...]:
    """The findings in a file's models and in what is no class; none where the file has no model."""
    own = [each for each in models if home is not None and each.place.file == home.file]
    if home is None or not any(each.role == "model" for each in own):
        return ()
    names = {each.key[1] for each in own if each.role == "model"}
    others = [
        each
        for each in home.definitions.values()
        if isinstance(each, ast.ClassDef) and each.name not in names
    ]
    return tuple(each for each in found if not any(_is_in(each, node) for node in others))


def _is_in(finding: Finding, node: ast.ClassDef) -> bool:
    return node.lineno <= finding.place.range.start.line + 1 <= (node.end_lineno or node.lineno)
