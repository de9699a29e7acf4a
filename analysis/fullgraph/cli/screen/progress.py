"""What a person sees on stderr while targets are traced: results as they come.

On a terminal, a bar with the latest results above it, gone when the check ends, so that nothing of it is left
between the findings. Elsewhere a line for each result, and none at all of a run that is soon over.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.console import Console, RenderableType
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.text import Text

from ...check.run import Progress
from ...model import Checked, Finding
from .terminal import ColorChoice, encoding_of, is_terminal, painted, wants_color, write
from .visible import visible

OnProgress = Callable[[Progress], None]
Line = Callable[[Checked, Sequence[Finding], str], Text]

LOOKING = "looking for fixes"

_MOST_NAMES = 2
_MOST_RESULTS = 8
_SOON_OVER = 10.0
"""Seconds without a line, where there is no terminal."""


@contextlib.contextmanager
def display(
    color: ColorChoice, *, quiet: bool, line: Line | None = None, then: str = ""
) -> Iterator[OnProgress]:
    """The function to tell of progress, on one thread; `line` says what came of a target.

    `then` is what follows once all are traced.
    """
    if quiet or (line is None and not _is_live()):
        yield lambda _: None
    elif _is_live():
        with _bar(wants_color(color, sys.stderr, os.environ), line, then) as bar:
            yield bar.tell
    else:
        assert line is not None
        yield Log(line, wants_color(color, sys.stderr, os.environ)).tell


def _is_live() -> bool:
    return is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"


class Log:
    """Lines on stderr, `[3/12] ✓ m:Net()  exports  1.2 s`; those of the first seconds come later, or never."""

    def __init__(self, line: Line, color: bool, soon_over: float = _SOON_OVER) -> None:
        self._line, self._color = line, color
        self._begins = time.monotonic() + soon_over
        self._waiting: list[Text] = []
        self._is_silent = True

    def tell(self, progress: Progress) -> None:
        if progress.last is None:
            return
        checked, findings = progress.last
        said = self._line(checked, findings, encoding_of(sys.stderr))
        self._waiting.append(Text.assemble((f"[{progress.done}/{progress.total}] ", "dim"), said))
        over = progress.done == progress.total  # and the report follows, unless fixes are looked for
        if time.monotonic() >= self._begins and not (over and self._is_silent):
            write(painted(self._waiting, self._color), sys.stderr)
            self._waiting.clear()
            self._is_silent = False


class _Live(Bar):
    """The bar, below the latest results."""

    def __init__(self, line: Line | None, then: str, *columns: ProgressColumn, console: Console) -> None:
        self._line = line
        self._then = then
        self._results: deque[Text] = deque(maxlen=_MOST_RESULTS)
        super().__init__(*columns, console=console, transient=True)
        self._task = self.add_task("", total=None, running="starting the worker")

    def tell(self, progress: Progress) -> None:
        if self._line and progress.last:
            said = self._line(*progress.last, encoding_of(sys.stderr))
            said.no_wrap, said.overflow = True, "ellipsis"
            self._results.append(said)
        self.update(
            self._task,
            completed=progress.done,
            total=progress.total or None,
            running=described(progress, self._then),
        )

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from self._results
        yield from super().get_renderables()


def described(progress: Progress, then: str = "") -> str:
    """`2 of 5 targets: cases:Gate(), cases:Router() and 1 more`; once all are traced, what still takes time."""
    if then and progress.total and progress.done == progress.total:
        return f"{progress.done} of {progress.total} targets: {then}"
    names = [visible(name, encoding_of(sys.stderr)) for name in progress.running[:_MOST_NAMES]]
    more = len(progress.running) - len(names)
    rest = f" and {more} more" if more else ""
    counted = f"{progress.done} of {progress.total} targets" if progress.total else "starting the worker"
    return f"{counted}: {', '.join(names)}{rest}" if names else counted


def _bar(color: bool, line: Line | None, then: str) -> _Live:
    return _Live(
        line,
        then,
        SpinnerColumn(),
        BarColumn(20, complete_style="bright_blue", finished_style="green", pulse_style="bright_blue"),
        TimeElapsedColumn(),
        # Names are users' text: `cases:Gate([1])` must not be read as markup.
        TextColumn("{task.fields[running]}", markup=False),
        console=Console(stderr=True, no_color=not color, highlight=False),
    )
