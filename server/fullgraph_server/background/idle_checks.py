"""Models that nobody opened, checked while nothing else is to be done: the one that matters most first.

The rule: it is bounded, and whatever a person waits for goes first. An edit ends such a trace, which is taken up
again when it has been quiet for a while.
"""

from __future__ import annotations

from collections.abc import Iterator

from fullgraph.model import Target

from ..session.models import FolderModels, subjects
from ..session.session import Folder, Session

QUIET = 2.0
"""Seconds without an edit before it begins."""

MOST_TARGETS = 40
"""Of one file."""

MOST_FILES = 60
"""For each scan: a folder of hundreds of models is checked when somebody asks for it."""


def is_wanted(session: Session, folder: Folder) -> bool:
    return (
        session.checks_models
        and folder.settings.check_models == "idle"
        and "open" in folder.settings.check_on
    )


def files_to_check(session: Session, models: FolderModels) -> tuple[str, ...]:
    """The files whose targets for models were not checked yet, as far as they are not open."""
    wanted = (target for target in _by_weight(models) if not _is_known(session, target))
    files = dict.fromkeys(target.found_in for target in wanted)
    return tuple(file for file in files if session.documents.module_at(file) is None)[:MOST_FILES]


def _by_weight(models: FolderModels) -> Iterator[Target]:
    """The targets of models, in the order of these; then those of classes that are not the project's."""
    own = subjects(models.targets)
    for each in models.models:
        if each.role == "model":
            yield from own.get(each.key, ())
    for key, targets in own.items():
        yield from targets if key not in models.by_key else ()


def _is_known(session: Session, target: Target) -> bool:
    traced = session.shown(target.found_in)
    said = traced.findings if traced else ()
    return traced is not None and (
        traced.of(target.name) is not None or any(finding.target == target.name for finding in said)
    )
