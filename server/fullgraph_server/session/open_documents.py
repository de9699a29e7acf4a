"""The open documents and notebooks, by file and by URI."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from fullgraph.text.source import SourceText
from pygls import uris

from .documents import Change, Document, Module, Part, changed, notebook, plain
from .position_mapping import Moves
from .text_history import TextHistory


class OpenDocuments:
    """`home` is the folder of documents that were never saved."""

    def __init__(self, home: Callable[[], str]) -> None:
        self._home = home
        self._modules: dict[str, Module] = {}
        self._files: dict[str, str] = {}
        """The file of each document's URI, a notebook's and its cells' too."""
        self.history = TextHistory()

    # -- what happens to them ------------------------------------------------------------------------

    def open(self, document: Document) -> Module:
        return self._replace(plain(document, self.file_of(document.uri)))

    def open_notebook(self, uri: str, cells: tuple[Document, ...]) -> Module:
        return self._replace(notebook(uri, _module_file(self._path(uri)), cells))

    def change(self, uri: str, changes: Iterable[Change], version: int) -> Module | None:
        """The module after changes to one of its documents; None for a document that is not open."""
        found = self.part(uri)
        if found is None:
            return None
        module, part = found
        document = part.document
        for change in changes:
            document, stretch = changed(document, change, version)
            if not module.is_notebook:
                module = self._follow(plain(document, module.file), stretch)
        if module.is_notebook:
            cells = (document if p is part else p.document for p in module.parts)
            module = self._replace(notebook(module.uri, module.file, tuple(cells)))
        return module

    def close(self, uri: str) -> str | None:
        """The file whose document is not open any more."""
        file = self._files.get(uri)
        module = self._modules.pop(file, None) if file else None
        for each in (uri, *(part.document.uri for part in module.parts)) if module else ():
            self._files.pop(each, None)
        if file:
            self.history.forget(file)
        return file if module else None

    # -- which there are -----------------------------------------------------------------------------

    @property
    def modules(self) -> tuple[Module, ...]:
        return tuple(self._modules.values())

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

    def version_of(self, uri: str) -> int | None:
        found = self.part(uri)
        return found[1].document.version if found else None

    def file_of(self, uri: str) -> str:
        """The absolute path of a document; one that was never saved lies in the first folder."""
        return self._files.get(uri) or self._path(uri)

    def moves(self, file: str, former: SourceText) -> Moves:
        """How a former text of an open file became its present one."""
        return self.history.moves(file, former, self._modules[file].source)

    def _path(self, uri: str) -> str:
        path = uris.to_fs_path(uri) if uri.startswith("file:") else None
        if path:
            return path
        name = uri.rpartition(":")[2].rpartition("/")[2] or "untitled"
        return str(Path(self._home(), name if name.endswith(".py") else f"{name}.py"))

    def _replace(self, module: Module) -> Module:
        """A module's new text, of which is not known how it came to be."""
        self._register(module)
        self.history.replace(module.file, module.source)
        return module

    def _follow(self, module: Module, stretch: tuple[int, int]) -> Module:
        """A module's new text after one change."""
        self._register(module)
        self.history.follow(module.file, stretch, module.source)
        return module

    def _register(self, module: Module) -> None:
        self._modules[module.file] = module
        for uri in (module.uri, *(part.document.uri for part in module.parts)):
            self._files[uri] = module.file


def _module_file(path: str) -> str:
    """A notebook is imported as a module of its own beside it, which never is on disk."""
    given = Path(path)
    return str(given.with_name(f"{given.stem}_ipynb.py")) if given.suffix == ".ipynb" else path
