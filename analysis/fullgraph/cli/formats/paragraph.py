"""Text in lines that fit the terminal, behind a label: what wraps hangs below its first word."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

from ..screen.visible import visible_lines
from .view import View


def paragraph(
    label: Text, text: str, view: View, style: str = "", hanging: int | None = None
) -> Iterator[Text]:
    """`text` after its label. Further lines hang under its first word, or are indented by `hanging`."""
    indent = label.cell_len if hanging is None else hanging
    head: Text | str = label
    for line in visible_lines(text, view.encoding):
        for piece in _wrapped(line, view.width, cell_len(str(head)), indent):
            yield Text.assemble(head, (piece, style))
            head = " " * indent


def _wrapped(line: str, width: int | None, used: int, indent: int) -> Iterator[str]:
    """`line` in pieces that fit a terminal; code in a message, which is indented, is left whole."""
    if width is None or line.startswith(" "):
        yield line
        return
    piece = ""
    for word in line.split(" "):
        longer = f"{piece} {word}" if piece else word
        if piece and used + cell_len(longer) > width:
            yield piece
            piece, used = word, indent
        else:
            piece = longer
    yield piece
