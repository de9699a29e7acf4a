"""The input of a thread: one module, and the texts of the editor at that moment. Frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fullgraph.check.repository import Repositories
from fullgraph.project import files
from fullgraph.text.source import SourceText

from ..lsp.settings import Settings
from .models import FolderModels


@dataclass(frozen=True)
class Snapshot:
    """What is asked about one module. `open` are the editor's texts at that moment, by file.

    `models` are those of the folder, as far as they are known, and `repositories` indexes its files.
    """

    file: str
    folder: str
    settings: Settings
    open: Mapping[str, SourceText] = field(default_factory=dict)
    models: FolderModels = field(default_factory=FolderModels)
    repositories: Repositories | None = None

    def source(self, file: str) -> SourceText | None:
        """A file as it is in the editor, else as it is on disk."""
        if file in self.open:
            return self.open[file]
        source = files.read_source(file)
        return source if isinstance(source, SourceText) else None

    @property
    def texts(self) -> dict[str, str]:
        """What the editor holds, saved or not. No file is read to say it: every keystroke asks."""
        return {file: source.text for file, source in self.open.items()}

    def unsaved(self) -> dict[str, str]:
        """Where the editor's text is not the file's: only these are worth sending to a worker.

        Reads every open file.
        """
        return {file: source.text for file, source in self.open.items() if _differs(file, source)}


def _differs(file: str, source: SourceText) -> bool:
    saved = files.read_source(file)
    return not isinstance(saved, SourceText) or saved.normal != source.normal
