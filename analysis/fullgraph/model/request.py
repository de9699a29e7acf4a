"""What the worker is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .program import ProgramRequest
from .target import Target


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` and `memory` in bytes (None: no limit) for one trace.

    Of the seconds only those count in which the trace computes, or waits for something else than a processor;
    after ten times as many on the clock it is stopped all the same.
    """

    seconds: float = 60.0
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """One target to trace.

    `root` is the project's folder: files below it (and outside any `site-packages`) are the user's
    own code. `paths` come first on the module search path. `overlays` hold unsaved text by file.
    """

    target: Target
    root: str
    paths: tuple[str, ...] = ()
    overlays: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()
    breaks: bool = False  # look for graph breaks also where the target is not strict
    program: ProgramRequest | None = None  # what to make of the exported program
    values: bool = False  # note the value of every expression of the user's own functions
    static: bool = False  # no dimension of inferred inputs is dynamic
    cpu_stands_in: bool = False  # for accelerators that the target asks for and that are not there
