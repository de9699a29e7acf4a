"""What a person sees while targets are traced: a line on stderr, and only where stderr is a terminal.

It is gone when the check ends, so that nothing of it is left between the findings.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from ...check.run import Progress
from .terminal import ColorChoice, encoding_of, is_terminal, wants_color
from .visible import visible

OnProgress = Callable[[Progress], None]

_MOST_NAMES = 2


@contextlib.contextmanager
def display(color: ColorChoice, *, quiet: bool) -> Iterator[OnProgress]:
    """The function to tell of progress, from any thread."""
    if quiet or not is_terminal(sys.stderr) or os.environ.get("TERM") == "dumb":
        yield lambda _: None
        return
    with _bar(wants_color(color, sys.stderr, os.environ)) as bar:
        task = bar.add_task("", total=None, running="starting the worker")
        yield lambda progress: bar.update(
            task, completed=progress.done, total=progress.total or None, running=described(progress)
        )


def described(progress: Progress) -> str:
    """`2 of 5 targets: cases:Gate(), cases:Router() and 1 more`."""
    names = [visible(name, encoding_of(sys.stderr)) for name in progress.running[:_MOST_NAMES]]
    more = len(progress.running) - len(names)
    rest = f" and {more} more" if more else ""
    counted = f"{progress.done} of {progress.total} targets" if progress.total else "starting the worker"
    return f"{counted}: {', '.join(names)}{rest}" if names else counted


def _bar(color: bool) -> Bar:
    return Bar(
        SpinnerColumn(),
        BarColumn(20, complete_style="bright_blue", finished_style="green", pulse_style="bright_blue"),
        TimeElapsedColumn(),
        # Names are users' text: `cases:Gate([1])` must not be read as markup.
        TextColumn("{task.fields[running]}", markup=False),
        console=Console(stderr=True, no_color=not color, highlight=False),
        transient=True,
    )
