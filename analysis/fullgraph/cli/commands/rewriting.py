"""What `fix` does with new texts: it writes each file as soon as its fixes are known, or shows a diff at the end.

The rule: files that share a fix are written together or not at all, each as a whole, and none that says something
else by now than what its new text was made of.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import final

from ...fix.fixpoint import Rewritten
from ...text.edits import unified
from ...text.source import SourceText
from ...text.write import CannotWrite, cannot_write, changed, is_changed, write_text
from ..formats.view import relative
from ..screen import terminal
from ..screen.terminal import ColorChoice


@final
class Rewriting:
    """The files that a run rewrites. With `diff` none is written."""

    def __init__(self, color: ColorChoice, *, diff: bool) -> None:
        self._color: ColorChoice = color
        self._diff = diff
        self._known: dict[str, tuple[SourceText, str]] = {}  # as it was before the run, and as it is now
        self.unwritten: set[str] = set()

    @property
    def failed(self) -> bool:
        """Whether a file could not be written."""
        return bool(self.unwritten)

    def take(self, files: Sequence[Rewritten]) -> None:
        """New texts of files that share a fix."""
        problems = () if self._diff else tuple(_problems(files))
        for problem in problems:
            terminal.complain(problem.message, self._color)
        if problems:
            self.unwritten |= {each.before.file for each in files}
            return
        for each in files:
            first, _ = self._known.get(each.before.file, (each.before, ""))
            self._known[each.before.file] = first, each.after

    def show(self) -> None:
        """On standard output: the files that were written, or what is different in them."""
        for file, (before, after) in sorted(self._known.items()):
            name = str(relative(file, Path.cwd()))
            lines = unified(before.text, after, name) if self._diff else [name]
            terminal.write("".join(f"{line}\n" for line in lines), sys.stdout)


def _problems(files: Sequence[Rewritten]) -> Iterator[CannotWrite]:
    """Writes the files; why it could not."""
    refused = [cannot_write(each.before.file) for each in files]
    others = [changed(each.before.file) for each in files if is_changed(each.before, each.after)]
    if known := [*filter(None, refused), *others]:
        yield from known
        return
    for number, each in enumerate(files):
        if (problem := write_text(each.before, each.after)) is not None:
            yield problem
            for written in files[:number]:
                write_text(SourceText(written.before.file, written.after), written.before.text)
            return
