"""The edits since former texts of open files, kept for as long as there are results for these texts."""

from __future__ import annotations

from collections.abc import Collection

from fullgraph.text.source import SourceText

from .position_mapping import Moves, between


class TextHistory:
    """By file and former text."""

    def __init__(self) -> None:
        self._moves: dict[str, dict[str, Moves]] = {}

    def replace(self, file: str, text: SourceText) -> None:
        """A new text of which is not known how it came to be."""
        known = self._moves.setdefault(file, {})
        for former, moves in known.items():
            known[former] = between(moves.old, text)

    def follow(self, file: str, stretch: tuple[int, int], text: SourceText) -> None:
        """A new text after one change, of a stretch of the text before."""
        known = self._moves.setdefault(file, {})
        for former, moves in known.items():
            known[former] = moves.then(*stretch, text)

    def forget(self, file: str) -> None:
        self._moves.pop(file, None)

    def moves(self, file: str, former: SourceText, present: SourceText) -> Moves:
        known = self._moves.setdefault(file, {})
        if former.normal not in known:
            known[former.normal] = between(former, present)
        return known[former.normal]

    def keep(self, used: Collection[tuple[str, str]]) -> None:
        """Drops all but some former texts, each a file and its text."""
        for file, known in self._moves.items():
            for text in [text for text in known if (file, text) not in used]:
                del known[text]
