"""The answer to `fullgraph/models`: the models of each folder, what came of them, and how many were checked.

The rule: a verdict is that of a target. A model with several has the worst of theirs, and one without any says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fullgraph.check.plan import HOW_FOUND
from fullgraph.discovery.precedence import WRITTEN
from fullgraph.model import WORST_FIRST, Assumed, Finding, FoundModel, Status, Target
from pygls import uris

from ..lsp.convert import Encoding
from ..session.models import FolderModels, Key, subjects
from ..session.results import Outline, Traced
from ..session.session import Folder, Session
from .responses import Reporting, tensor

Json = dict[str, Any]

Verdict = Status | Literal["checking", "notChecked"]

IsChecking = Callable[[str, str], bool]

_NOT_CHECKED = "not checked: "


@dataclass(frozen=True)
class _Known:
    """A target, and what is known of it."""

    target: Target
    outline: Outline
    traced: Traced | None
    is_checking: bool

    @property
    def findings(self) -> tuple[Finding, ...]:
        found = self.traced.findings if self.traced else ()
        return tuple(each for each in found if each.target == self.target.name)

    @property
    def verdict(self) -> Verdict:
        return "checking" if self.is_checking else self.last_verdict

    @property
    def last_verdict(self) -> Verdict:
        """Also while it is checked again: how many models were checked does not go up and down with each edit."""
        checked = self.traced.of(self.target.name) if self.traced else None
        return checked.status if checked else "notChecked"

    @property
    def reason(self) -> str:
        """Why it is not checked; empty where nobody tried."""
        if self.verdict != "notChecked":
            return ""
        said = next((each.message for each in self.findings if each.rule == "target-skipped"), "")
        return said.removeprefix(_NOT_CHECKED)


def folders(session: Session, is_checking: IsChecking, encoding: Encoding) -> list[Json]:
    """The folders of the workspace, in its order."""
    return [_Folder(session, folder, is_checking, encoding).json() for folder in session.folders.values()]


class _Folder:
    def __init__(self, session: Session, folder: Folder, is_checking: IsChecking, encoding: Encoding) -> None:
        self._session = session
        self._folder = folder
        self._reporting = Reporting(session, encoding)
        self._models = session.models.get(folder.uri, FolderModels())
        self._known = {each.target: each for each in self._targets(is_checking)}
        self._own: Mapping[Key, tuple[Target, ...]] = subjects(self._known)

    def json(self) -> Json:
        outside = list(self._outside())
        models = [(each, self._own.get(each.key, ())) for each in self._models.models]
        counted = [own for each, own in models if each.role == "model"] + outside
        return {
            "folder": self._folder.uri,
            "scanned": self._folder.uri in self._session.models,
            "models": [*(self._model(*each) for each in models), *map(self._model_outside, outside)],
            "coverage": coverage(_worst(self._known[t].last_verdict for t in own) for own in counted),
        }

    def _targets(self, is_checking: IsChecking) -> Iterator[_Known]:
        for file, outline in self._session.outlines.items():
            if self._session.folder_of(file).uri == self._folder.uri:
                traced = self._session.shown(file)
                for target in outline.targets:
                    yield _Known(target, outline, traced, is_checking(file, target.name))

    def _model(self, model: FoundModel, targets: tuple[Target, ...]) -> Json:
        module, _, name = model.name.rpartition(".")
        return {
            **self._reporting.place(model.place, self._models.texts),
            "id": _id(model.key),
            "name": name,
            "module": module,
            "role": model.role,
            "evidence": model.evidence,
            "needs": list(model.needs),
            "parts": [_id(key) for key in model.made_of if key in self._models.by_key],
            **self._verdict(targets, model.needs),
        }

    def _outside(self) -> Iterator[tuple[Target, ...]]:
        """The targets whose classes are no models of the project: a library's, or those of a text being typed."""
        for key, targets in self._own.items():
            if key not in self._models.by_key:
                yield from [targets] if key[1] else [(each,) for each in targets]

    def _model_outside(self, targets: tuple[Target, ...]) -> Json:
        first = targets[0]
        return {
            **self._reporting.place(first.place, self._known[first].outline.texts),
            "id": f"{first.file}#{first.name}",
            "name": first.model_class.rpartition(".")[2] or first.name.partition(":")[2] or first.name,
            "module": first.module,
            "role": "model",
            "evidence": "used",
            "needs": [],
            "parts": [],
            **self._verdict(targets, ()),
        }

    def _verdict(self, targets: Iterable[Target], needs: tuple[str, ...]) -> Json:
        known = [self._known[target] for target in targets]
        status = _worst(each.verdict for each in known)
        reasons = [each.reason for each in known if each.reason]
        return {
            "status": status,
            "reason": (reasons[0] if reasons else "") if status == "notChecked" else "",
            "missing": list(needs) if status == "notChecked" and not known else [],
            "targets": [self._target(each) for each in known],
        }

    def _target(self, known: _Known) -> Json:
        target, traced = known.target, known.traced
        checked = traced.of(target.name) if traced else None
        texts = traced.texts if traced else {}
        return {
            **self._reporting.place(target.place, known.outline.texts),
            "document": self._document(target.found_in),
            "name": target.name,
            "origin": target.origin,
            "described": HOW_FOUND.get(target.origin, target.origin),
            "declared": target.origin in WRITTEN,
            "status": known.verdict,
            "stale": traced is not None and checked is not None and self._session.is_stale(traced),
            "reason": known.reason,
            "inputs": [tensor(each) for each in checked.facts.inputs] if checked else [],
            "context": [" ".join(each.text.split()) for each in target.context],
            "replaced": [_replaced(each) for each in checked.facts.assumed] if checked else [],
            "seconds": checked.facts.seconds if checked else None,
            "findings": [self._reporting.finding(each, texts) for each in known.findings],
        }

    def _document(self, file: str) -> str:
        module = self._session.documents.module_at(file)
        return module.uri if module else uris.from_fs_path(file) or ""


def _replaced(assumed: Assumed) -> Json:
    return {"kind": assumed.kind, "what": assumed.what, "by": assumed.by}


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    """That of a model with several targets, or none."""
    every = set(verdicts)
    ranked: tuple[Verdict, ...] = ("checking", *WORST_FIRST)
    return next((each for each in ranked if each in every), "notChecked")


def coverage(statuses: Iterable[Verdict]) -> Json:
    """How many models there are, and how many of each verdict; `checked` have any."""
    counted = Counter(statuses)
    fails = counted["fails"] + counted["error"] + counted["unsound"]
    return {
        "models": sum(counted.values()),
        "checked": fails + counted["exports"],
        "exports": counted["exports"],
        "fails": fails,
    }


def _id(key: Key) -> str:
    file, name = key
    return f"{uris.from_fs_path(file) or Path(file).as_posix()}#{name}"
