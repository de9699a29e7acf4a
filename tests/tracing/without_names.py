"""Run as `python without_names.py NAME…`: what a worker does with a torch that lacks one of its private names.

For each name a fork warms as a worker does, and checks every target of `TARGETS`; one line of JSON says what
it observed and lost. The name is taken away where all of them are looked up.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from fullgraph.model import (
    DescribeProgram,
    Expression,
    Facts,
    Place,
    Position,
    Range,
    Target,
    TraceRequest,
)
from fullgraph.tracing import session
from fullgraph.tracing.isolation.steps_aside import InPlace
from fullgraph.tracing.torch_compat import names

MODULE = Path(__file__).parent / "nameless" / "models.py"
PLACE = Place(str(MODULE), Range(Position(0, 0), Position(0, 0)))
DYNAMIC = '{"x": {0: Dim("batch"), 1: Dim.DYNAMIC}}'
TARGETS = (
    ("Branches()", "(torch.ones(3, 4),)", DYNAMIC, False),
    ("Works()", "(torch.ones(3, 4),)", DYNAMIC, True),
    ("Specializes()", "(torch.ones(3, 4),)", DYNAMIC, False),
    ("Divides()", "(torch.ones(3, 4),)", '{"x": {0: Dim("batch")}}', False),
    ("Breaks()", "(torch.ones(3, 4),)", None, True),
    ("Refused()", "(torch.ones(3, 4),)", None, False),
    ("Works()", "(torch.ones(3, 4),)", "SPEC", False),
    ("Works()", "(torch.ones(3, 4),)", '{"x": {0: Dim("batch")}}', False),
    ("Works()", None, None, False),
    ("Folds()", None, None, False),
)


def request(model: str, args: str | None, shapes: str | None, strict: bool) -> TraceRequest:
    def said(text: str | None) -> Expression | None:
        return None if text is None else Expression(text, PLACE)

    target = Target(
        name=f"models:{model}",
        module="models",
        file=str(MODULE),
        origin="comment" if args else "inferred",
        place=PLACE,
        model=Expression(model, PLACE),
        args=said(args),
        dynamic_shapes=said(shapes),
        strict=strict,
    )
    folder = str(MODULE.parent)
    return TraceRequest(
        target,
        folder,
        (folder,),
        values=model == "Branches()",
        breaks=strict,
        cpu_stands_in=strict,
        program=DescribeProgram("training"),
    )


def checked(asked: TraceRequest) -> Facts:
    parts: list[Facts] = []
    session.trace(asked, parts.append, InPlace(lambda _: None))
    whole = Facts()
    for part in parts:
        whole = whole.merged(part)
    return whole


def without(name: str) -> dict[str, Any]:
    look_up = names.found

    def without_it(asked: str, look: Callable[[], Any]) -> Any:
        return names.MISSING if asked == name else look_up(asked, look)

    names.forget()
    names.found = without_it
    # Nothing may catch here: what is caught on the way up is no failure, to the worker.
    session.warm()
    facts = [checked(request(*target)) for target in TARGETS]
    return {
        "name": name,
        "lost": sorted({lost.name for each in facts for lost in each.lost}),
        "exported": [each.exported for each in facts],
        "failures": [[type(failure).__name__ for failure in each.failures] for each in facts],
    }


def in_a_fork(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `work` gives; nothing where it raised, which the fork then prints."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with os.fdopen(writing, "w") as pipe:
            json.dump(work(), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    found: dict[str, Any] = json.loads(said or "{}")
    return found


def main() -> None:
    torch.set_num_threads(1)
    session.warm()
    names.forget()
    for name in sys.argv[1:]:
        print(json.dumps(in_a_fork(partial(without, name))), flush=True)


if __name__ == "__main__":
    main()
