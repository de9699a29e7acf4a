"""Where output goes: what the stream can show, and writing to it whatever becomes of it.

The only module of the command line that asks streams and the environment what they are. A reader that
goes away early (`| head`) is no failure: the rest of the output is dropped without a word.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Literal, TextIO

from rich.console import Console, RenderableType
from rich.text import Text
from rich.theme import Theme

from .visible import visible_lines

# rich sets code on black, which is a row of dark boxes on a light terminal.
_THEME = Theme({"markdown.code": "cyan", "markdown.h2": "bold", "markdown.item.bullet": "bright_blue"})

ColorChoice = Literal["auto", "always", "never"]


def wants_color(choice: ColorChoice, stream: TextIO, environ: Mapping[str, str]) -> bool:
    """The command line decides first, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream) and environ.get("TERM") != "dumb"


def is_terminal(stream: TextIO) -> bool:
    """Whether a person may be looking; a stream that is closed already has nobody looking."""
    return not stream.closed and stream.isatty()


def width_of(stream: TextIO) -> int | None:
    """The columns of the terminal behind `stream`, None where there is none."""
    if not is_terminal(stream):
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def encoding_of(stream: TextIO) -> str:
    return stream.encoding or "utf-8"


def painted(lines: Iterable[RenderableType], color: bool, width: int | None = None) -> str:
    """What rich makes of `lines`: with the sixteen colours everyone has themed, or with none at all.

    Nothing is cut or wrapped where no `width` is given.
    """
    console = _console(color, width)
    for line in lines:
        console.print(line, soft_wrap=width is None)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


class CannotWriteError(Exception):
    """The disk is full, the stream is closed …; str() is the message for the user."""


def write(text: str, stream: TextIO) -> None:
    """All of `text`, at once; silently nothing more where the reader has gone.

    Raises:
        CannotWriteError: for any other reason.
    """
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        _point_at_null(stream)
        # Windows says EINVAL of a pipe that nobody reads.
        if error.errno not in (errno.EPIPE, errno.EINVAL):
            raise CannotWriteError(f"cannot write to {stream.name}: {error.strerror}") from error


def complain(message: str, color: ColorChoice = "auto") -> None:
    """`error: message` on stderr: why the command could not be run."""
    _say(Text.assemble(("error", "bold red"), ": "), message, color)


def remark(message: str, color: ColorChoice = "auto") -> None:
    """A sentence on stderr beside the output."""
    _say(Text(), message, color)


def _say(label: Text, message: str, color: ColorChoice) -> None:
    lines = visible_lines(message, encoding_of(sys.stderr))
    text = Text.assemble(label, "\n".join(lines))
    write(painted([text], wants_color(color, sys.stderr, os.environ)), sys.stderr)


def _console(color: bool, width: int | None) -> Console:
    # Every question that Console would otherwise put to the environment is answered here.
    return Console(
        file=io.StringIO(),
        force_terminal=color,
        force_interactive=False,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        theme=_THEME,
        width=width or 120,
        markup=False,
        emoji=False,
        highlight=False,
    )


def _point_at_null(stream: TextIO) -> None:
    """The interpreter flushes the stream once more as it exits, and would complain again."""
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, stream.fileno())
    finally:
        os.close(null)
