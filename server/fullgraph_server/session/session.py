"""The state of one client's session: documents, their results, folders with their settings.

The rule: it is used on the event loop alone. Threads get a frozen snapshot, and their results are stored as frozen
values. Ranges of a former text are mapped through the edits since, so that none that is shown is wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fullgraph.check.repository import Repositories
from fullgraph.model import Place, Range
from fullgraph.project import files
from fullgraph.text.source import SourceText
from pygls import uris

from ..lsp.settings import Settings
from .models import FolderModels
from .open_documents import OpenDocuments
from .results import Outline, Texts, Traced
from .snapshot import Snapshot


@dataclass(frozen=True)
class Folder:
    """A folder of the workspace. Files outside of all have one that ends with their own folder."""

    uri: str
    path: str
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Spot:
    """A range of a document that may or may not be open; `source` is what to count its units in."""

    uri: str
    source: SourceText
    range: Range


class Session:
    """The state of one client's session."""

    def __init__(self) -> None:
        self.trusted = True
        self.settings = Settings()
        self.folders: dict[str, Folder] = {}
        self.outlines: dict[str, Outline] = {}
        self.latest: dict[str, Traced] = {}
        """The results of the newest trace, also while it runs."""
        self.finished: dict[str, Traced] = {}
        """The results of the last trace that finished."""
        self.models: dict[str, FolderModels] = {}
        """By the URI of a folder of the workspace."""
        self.changed: dict[str, float] = {}
        """When the text of a file became another one, by the clock of files."""
        self.checks_models = False
        """The client shows which models there are, and so those that nobody opened are checked."""
        self.repositories: Callable[[str], Repositories] | None = None
        """What indexes the files below a folder."""
        self.visible: str | None = None
        """The file that was opened or edited last."""
        self.documents = OpenDocuments(self._home)
        self._taken: list[Snapshot] = []

    # -- folders -------------------------------------------------------------------------------------

    def folder_of(self, file: str) -> Folder:
        """The innermost folder of the workspace around a file."""
        around = [f for f in self.folders.values() if Path(f.path) in (Path(file), *Path(file).parents)]
        if around:
            return max(around, key=lambda folder: len(folder.path))
        own = str(Path(file).parent)
        return Folder(uris.from_fs_path(own) or "", own, self.settings)

    def open_in(self, folder: Folder) -> list[str]:
        """The files that are open in a folder."""
        files = [module.file for module in self.documents.modules]
        return [file for file in files if self.folder_of(file).uri == folder.uri]

    def _home(self) -> str:
        top = next(iter(self.folders.values()), None)
        return top.path if top else str(Path.cwd())

    def snapshot(self, file: str) -> Snapshot:
        """The input of a thread; ranges in its texts can be mapped from now on."""
        folder = self.folder_of(file)
        texts = {module.file: module.source for module in self.documents.modules}
        for each, source in texts.items():
            self.documents.moves(each, source)
        repositories = self.repositories(folder.path) if self.repositories else None
        models = self.models_around(file)
        snapshot = Snapshot(file, folder.path, folder.settings, texts, models, repositories)
        self._taken.append(snapshot)
        return snapshot

    def done_with(self, snapshot: Snapshot) -> None:
        """Nothing more will come of it: former texts in which nothing was found can go."""
        self._taken = [each for each in self._taken if each is not snapshot]
        layers = (self.outlines, self.latest, self.finished)
        texts = [layer.texts for known in layers for layer in known.values()]
        used = {(file, source.normal) for each in texts for file, source in each.items()}
        used |= {(file, source.normal) for taken in self._taken for file, source in taken.open.items()}
        for module in self.documents.modules:
            source = self.models_around(module.file).texts.get(module.file)
            used |= {(module.file, source.normal)} if source else set()
        self.documents.history.keep(used)

    # -- models --------------------------------------------------------------------------------------

    def models_around(self, file: str) -> FolderModels:
        """Those of the folder of the workspace that a file lies in."""
        return self.models.get(self.folder_of(file).uri, FolderModels())

    def touched(self, file: str) -> None:
        """Its text is another now."""
        self.changed[file] = time.time()

    def is_stale(self, traced: Traced) -> bool:
        """Whether something that a trace loaded is another now."""
        return any(self.changed.get(file, 0.0) > traced.begun for file in traced.loaded)

    # -- results -------------------------------------------------------------------------------------

    def forget(self, file: str) -> None:
        for layer in (self.outlines, self.latest, self.finished):
            layer.pop(file, None)

    def forget_below(self, folder: str) -> None:
        """Nothing is known any more of what lies in a folder and is not open."""
        for file in self.known():
            if Path(folder) in Path(file).parents and self.documents.module_at(file) is None:
                self.forget(file)

    def shown(self, file: str) -> Traced | None:
        """What there is to say of a module: the newest trace, and the one before while that has no target."""
        latest = self.latest.get(file)
        return latest if latest and (latest.done or latest.checked) else self.finished.get(file)

    def known(self) -> list[str]:
        """The files that something is known of, or that are open."""
        open_files = (module.file for module in self.documents.modules)
        return list(dict.fromkeys((*self.outlines, *self.latest, *open_files)))

    def speaks_for_disk(self, file: str) -> bool:
        """Whether what is known of a file that is not open was found in the text that it has."""
        traced = self.finished.get(file)
        if traced is None or not any(Path(f.path) in Path(file).parents for f in self.folders.values()):
            return False
        saved = files.read_source(file)
        known = traced.texts.get(file)
        return isinstance(saved, SourceText) and known is not None and saved.normal == known.normal

    def dependents(self, file: str) -> list[str]:
        """The modules whose traces loaded a file."""
        return [each for each, traced in self.latest.items() if file in traced.loaded]

    # -- places --------------------------------------------------------------------------------------

    def spot(self, place: Place, texts: Texts) -> Spot | None:
        """Where a place of a former text is now; None where its text was changed since."""
        former = texts.get(place.file)
        module = self.documents.module_at(place.file)
        if module is None:
            source = former or SourceText(place.file, "")
            return Spot(uris.from_fs_path(place.file) or "", source, place.range)
        moved = self.documents.moves(place.file, former).moved(place.range) if former else place.range
        outward = module.outward(moved) if moved else None
        if outward is None:
            return None
        part, where = outward
        return Spot(part.document.uri, part.document.source, where)
