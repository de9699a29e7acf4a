"""All that changes: the documents, what is known of each, the folders with their settings.

The rule: everything here is touched on the event loop alone; what leaves for a thread is a frozen value
(`snapshot`), and what comes back is stored as one. What was found in a former text is looked up through
the changes since, so that no place that is shown is a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fullgraph.model import Finding, Place, Range
from fullgraph.project import files
from fullgraph.text.source import SourceText
from pygls import uris

from ..lsp.settings import Settings
from .documents import Change, Document, Module, Part, changed, notebook, plain
from .position_mapping import Moves, between
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


@dataclass(frozen=True)
class Present:
    """A finding, the texts that its places count in, and where it is now."""

    finding: Finding
    texts: Texts
    spot: Spot


class Session:
    """The state of one client's session."""

    def __init__(self) -> None:
        self.trusted = True
        self.settings = Settings()
        self.folders: dict[str, Folder] = {}
        self.outlines: dict[str, Outline] = {}
        self.latest: dict[str, Traced] = {}
        """What the newest trace said, also while it runs."""
        self.settled: dict[str, Traced] = {}
        """What the last trace said that came to its end."""
        self.visible: str | None = None
        """The file that the user looked at last, as far as their requests tell."""
        self._modules: dict[str, Module] = {}
        self._files: dict[str, str] = {}
        """The file of each document's URI, a notebook's and its cells' too."""
        self._moves: dict[str, dict[str, Moves]] = {}
        """By file and former text: how it became the present one."""
        self._taken: list[Snapshot] = []

    # -- documents -----------------------------------------------------------------------------------

    @property
    def modules(self) -> tuple[Module, ...]:
        return tuple(self._modules.values())

    def open(self, document: Document) -> Module:
        file = self.file_of(document.uri)
        return self._store(plain(document, file))

    def open_notebook(self, uri: str, cells: tuple[Document, ...]) -> Module:
        return self._store(notebook(uri, _module_file(self._path(uri)), cells))

    def change(self, uri: str, changes: Iterable[Change], version: int) -> Module | None:
        """The module after changes to one of its documents; None for a document that is not open."""
        module = self.module(uri)
        part = module.part_of(uri) if module else None
        if module is None or part is None:
            return None
        document = part.document
        for change in changes:
            document, stretch = changed(document, change, version)
            if not module.is_notebook:
                module = self._follow(plain(document, module.file), stretch)
        if module.is_notebook:
            cells = (document if p is part else p.document for p in module.parts)
            module = self._store(notebook(module.uri, module.file, tuple(cells)))
        return module

    def close(self, uri: str) -> str | None:
        """The file whose document is not open any more."""
        file = self._files.get(uri)
        module = self._modules.pop(file, None) if file else None
        for each in (uri, *(part.document.uri for part in module.parts)) if module else ():
            self._files.pop(each, None)
        if file:
            self._moves.pop(file, None)
        return file if module else None

    def module(self, uri: str) -> Module | None:
        """The module of an open document, notebook or cell."""
        file = self._files.get(uri)
        return self._modules.get(file) if file else None

    def module_at(self, file: str) -> Module | None:
        return self._modules.get(file)

    def part(self, uri: str) -> tuple[Module, Part] | None:
        """An open document, with the module that it is or is a cell of."""
        module = self.module(uri)
        part = module.part_of(uri) if module else None
        return (module, part) if module and part else None

    def file_of(self, uri: str) -> str:
        """The absolute path of a document; one that was never saved lies in the first folder."""
        return self._files.get(uri) or self._path(uri)

    def _path(self, uri: str) -> str:
        path = uris.to_fs_path(uri) if uri.startswith("file:") else None
        if path:
            return path
        name = uri.rpartition(":")[2].rpartition("/")[2] or "untitled"
        top = next(iter(self.folders.values()), None)
        return str(Path(top.path if top else Path.cwd(), name if name.endswith(".py") else f"{name}.py"))

    def _store(self, module: Module) -> Module:
        """A module's new text, of which is not known how it came to be."""
        self._register(module)
        known = self._moves.setdefault(module.file, {})
        for text, moves in known.items():
            known[text] = between(moves.old, module.source)
        return module

    def _follow(self, module: Module, stretch: tuple[int, int]) -> Module:
        """A module's new text after one change."""
        self._register(module)
        known = self._moves.setdefault(module.file, {})
        for text, moves in known.items():
            known[text] = moves.then(*stretch, module.source)
        return module

    def _register(self, module: Module) -> None:
        self._modules[module.file] = module
        for uri in (module.uri, *(part.document.uri for part in module.parts)):
            self._files[uri] = module.file

    # -- folders -------------------------------------------------------------------------------------

    def folder_of(self, file: str) -> Folder:
        """The innermost folder of the workspace around a file."""
        around = [f for f in self.folders.values() if Path(f.path) in (Path(file), *Path(file).parents)]
        if around:
            return max(around, key=lambda folder: len(folder.path))
        own = str(Path(file).parent)
        return Folder(uris.from_fs_path(own) or "", own, self.settings)

    def snapshot(self, file: str) -> Snapshot:
        """What a thread may know; results made from it can be placed from now on."""
        folder = self.folder_of(file)
        texts = {module.file: module.source for module in self._modules.values()}
        for each, source in texts.items():
            self.moves(each, source)
        snapshot = Snapshot(file, folder.path, folder.settings, texts)
        self._taken.append(snapshot)
        return snapshot

    def done_with(self, snapshot: Snapshot) -> None:
        """Nothing more will come of it: former texts in which nothing was found can go."""
        self._taken = [each for each in self._taken if each is not snapshot]
        layers = (self.outlines, self.latest, self.settled)
        texts = [layer.texts for known in layers for layer in known.values()]
        used = {(file, source.normal) for each in texts for file, source in each.items()}
        used |= {(file, source.normal) for taken in self._taken for file, source in taken.open.items()}
        for file, known in self._moves.items():
            for text in [text for text in known if (file, text) not in used]:
                del known[text]

    # -- results -------------------------------------------------------------------------------------

    def forget(self, file: str) -> None:
        for layer in (self.outlines, self.latest, self.settled):
            layer.pop(file, None)

    def present(self) -> Iterator[Present]:
        """Every finding that holds, where it is now; what a trace says of a place counts there alone."""
        taken: set[tuple[str, Range]] = set()
        for finding, texts in self._layers():
            spot = self.spot(finding.place, texts)
            if spot is not None:
                taken.add((spot.uri, spot.range))
                yield Present(finding, texts, spot)
        for outline in self.outlines.values():
            for finding in outline.suspicions:
                spot = self.spot(finding.place, outline.texts)
                if spot is None or (spot.uri, spot.range) in taken:
                    continue
                if not self._is_settled(finding.place, outline.texts):
                    yield Present(finding, outline.texts, spot)

    def _layers(self) -> Iterator[tuple[Finding, Texts]]:
        """What is certain. A target whose turn has not come yet keeps what was said of it before."""
        for outline in self.outlines.values():
            yield from ((finding, outline.texts) for finding in outline.findings)
        for file, latest in self.latest.items():
            yield from ((finding, latest.texts) for finding in latest.findings)
            settled = self.settled.get(file)
            if latest.done or settled is None:
                continue
            again = {checked.target.name for checked in latest.checked}
            yield from ((f, settled.texts) for f in settled.findings if f.target not in again)

    def _is_settled(self, place: Place, texts: Texts) -> bool:
        """Whether a trace went over a line whose text is still the same: then what it says counts."""
        source = texts.get(place.file)
        for traced in self.settled.values() if source else ():
            lines, former = traced.lines.get(place.file), traced.texts.get(place.file)
            if source and lines and former:
                was = self._between(former, source).back().moved(place.range)
                if was and was.start.line in lines:
                    return True
        return False

    def _between(self, former: SourceText, source: SourceText) -> Moves:
        """From a former text to the one of an outline, which is the present one as a rule."""
        module = self._modules.get(former.file)
        if module and module.source.normal == source.normal:
            return self.moves(former.file, former)
        return between(former, source)

    def shown(self, file: str) -> Traced | None:
        """What there is to say of a module: the newest trace, and the one before while that has no target."""
        latest = self.latest.get(file)
        return latest if latest and (latest.done or latest.checked) else self.settled.get(file)

    def known(self) -> list[str]:
        """The files that something is known of, or that are open."""
        return list({**self.outlines, **self.latest, **self._modules})

    def speaks_for_disk(self, file: str) -> bool:
        """Whether what is known of a file that is not open was found in the text that it has."""
        traced = self.settled.get(file)
        if traced is None or not any(Path(f.path) in Path(file).parents for f in self.folders.values()):
            return False
        saved = files.read_source(file)
        known = traced.texts.get(file)
        return isinstance(saved, SourceText) and known is not None and saved.normal == known.normal

    def dependents(self, file: str) -> list[str]:
        """The modules whose traces loaded a file."""
        return [each for each, traced in self.latest.items() if file in traced.loaded]

    # -- places --------------------------------------------------------------------------------------

    def moves(self, file: str, former: SourceText) -> Moves:
        """How a former text of an open file became its present one."""
        known = self._moves.setdefault(file, {})
        if former.normal not in known:
            known[former.normal] = between(former, self._modules[file].source)
        return known[former.normal]

    def spot(self, place: Place, texts: Texts) -> Spot | None:
        """Where a place of a former text is now; None where its text was changed since."""
        former = texts.get(place.file)
        module = self._modules.get(place.file)
        if module is None:
            source = former or SourceText(place.file, "")
            return Spot(uris.from_fs_path(place.file) or "", source, place.range)
        moved = self.moves(place.file, former).moved(place.range) if former else place.range
        outward = module.outward(moved) if moved else None
        if outward is None:
            return None
        part, where = outward
        return Spot(part.document.uri, part.document.source, where)


def _module_file(path: str) -> str:
    """A notebook is imported as a module of its own beside it, which never is on disk."""
    given = Path(path)
    return str(given.with_name(f"{given.stem}_ipynb.py")) if given.suffix == ".ipynb" else path
