"""What torch alone says of targets: `python stock_report.py SECONDS DRAFT PATH…` prints lines of JSON.

    {"target": …, "file": …, "export": null | "Type: message"}
    {"target": …, "file": …, "draft": [Reported…] | "Type: message"}

First one for each target, where `export` is null if `torch.export.export` passes, then one for each that
failed it, by `torch.export.draft_export` as it comes. Each line is the work of a fork of its own, which
may take SECONDS of processor time; what took longer says so in its place. DRAFT is `draft`, or `export` to
leave out the second half. Fullgraph finds and builds the
targets here, and nothing of it watches what torch does.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import resource
import sys
import warnings
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for
from fullgraph.model import TraceRequest
from fullgraph.tracing.load import build
from fullgraph.tracing.locations.source_locations import UserCode

Said: TypeAlias = list[dict[str, Any]] | str | None
Ask = Callable[[TraceRequest], Said]

_LONGEST = 300
"""Characters of a message that are kept."""


def main(seconds: int, with_draft: bool, paths: tuple[str, ...]) -> None:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)  # a pool of threads does not survive the fork
    requests = [task.request for task in plan_for(Options(paths=paths)).tasks]
    for request in requests:  # what it imports is imported once, and not in each fork
        with contextlib.suppress(BaseException):
            build.build(request, UserCode(request))
    failing = [request for request in requests if tell(request, "export", exported, seconds)]
    for request in failing if with_draft else ():
        tell(request, "draft", drafted, seconds)


def tell(request: TraceRequest, what: str, ask: Ask, seconds: int) -> Said:
    said = in_fork(ask, request, seconds)
    target = request.target
    print(json.dumps({"target": target.name, "file": target.file, what: said}), flush=True)
    return said


def in_fork(ask: Ask, request: TraceRequest, seconds: int) -> Said:
    """What a fork says of a target."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            os.close(reading)
            _settle(seconds)
            os.write(writing, json.dumps(ask(request)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(said) if said else f"did not end within {seconds} s"


def _settle(seconds: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def exported(request: TraceRequest) -> Said:
    try:
        built = build.build(request, UserCode(request))
    except BaseException as error:  # noqa: BLE001
        return f"not built: {told(error)}"
    try:
        torch.export.export(
            built.model, built.args, built.kwargs, dynamic_shapes=built.dynamic_shapes, strict=built.strict
        )
    except BaseException as error:  # noqa: BLE001
        return told(error)
    return None


def drafted(request: TraceRequest) -> Said:
    territory = UserCode(request)
    built = build.build(request, territory)
    try:
        program = torch.export.draft_export(
            built.model, built.args, built.kwargs, dynamic_shapes=built.dynamic_shapes, strict=built.strict
        )
    except BaseException as error:  # noqa: BLE001
        return told(error)
    report = program._report
    return [reported(failure, report.str_to_filename, territory) for failure in report.failures]


def reported(failure: Any, names: dict[int, str], territory: UserCode) -> dict[str, Any]:
    """A failure of draft export's report, with its innermost lines in the user's code and a library's."""
    data = failure.data
    frames = [*data.get("user_stack", ()), *data.get("stack", ())]
    lines = [(names.get(frame["filename"], ""), int(frame["line"])) for frame in frames]
    own = [line for line in lines if line[0] and territory.is_user(line[0])]
    libraries = [line for line in lines if line[0] and territory.is_library(line[0])]
    return {
        "kind": str(failure.failure_type),
        "what": str(data.get("expr") or data.get("op"))[:_LONGEST],
        "user": own[-1] if own else None,
        "library": libraries[-1] if libraries else None,
    }


def told(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:_LONGEST]


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] == "draft", tuple(sys.argv[3:]))
