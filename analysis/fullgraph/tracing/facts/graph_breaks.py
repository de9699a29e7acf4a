"""Graph breaks: what Dynamo could not trace of the untouched source, all of them in one run.

`torch.compile` goes on after a break, so one call finds every one; strict export stops at the first.
"""

from __future__ import annotations

import contextlib
from typing import Any

import torch

from ...model import Facts, Frame, GraphBreak
from ..load.build import Built
from ..locations.source_locations import UserCode
from ..torch_compat import dynamo, wording
from ..torch_compat.hooks import quiet


def run(built: Built, user_code: UserCode) -> Facts:
    """The breaks of one compiled forward pass; what it raises is `export`'s to tell."""
    reasons = dynamo.break_reasons()
    reasons.clear()
    torch.compiler.reset()
    compiled = torch.compile(built.model, backend=lambda graph, _: graph.forward)
    try:
        with quiet(), dynamo.as_strict_export() if built.strict else contextlib.nullcontext():
            compiled(*built.args, **built.kwargs)
    except BaseException:  # noqa: BLE001, S110 (the border: user code may raise anything)
        pass
    breaks = [of_text(str(r.reason), user_code.of_summaries(r.user_stack)) for r in reasons]
    return Facts(failures=tuple(dict.fromkeys(breaks)), steps=("breaks",))


def of_error(error: BaseException, frame: Frame | None) -> GraphBreak | None:
    """The break that made Dynamo give up, if that is what an exception says."""
    text = str(error)
    if wording.BREAK_CODE.search(text) is None and type(error).__name__ != "Unsupported":
        return None
    return of_text(wording.innermost(text), frame, stops=True)


def of_text(text: str, frame: Frame | None, stops: bool = False) -> GraphBreak:
    """Dynamo's message taken apart: title, explanation, hints, and the code at the end of its link."""
    title = text.splitlines()[0].strip() if text else ""
    code = match[1].upper() if (match := wording.BREAK_CODE.search(text)) else None
    if title.startswith(wording.JUMP):  # the one break that is noted without its words
        title = "Data-dependent branching"
    known = dynamo.break_kinds().get(code) if code else _by_title(title)
    hints = tuple(" ".join(hint.split()) for hint in wording.BREAK_HINT.findall(text))
    explanation = wording.BREAK_EXPLANATION.search(text)
    return GraphBreak(
        code=code or (known or {}).get("code"),
        reason=wording.innermost(title),
        explanation=wording.innermost(explanation[1].strip())
        if explanation
        else _clean((known or {}).get("Explanation", "")),
        hints=hints or tuple((known or {}).get("Hints", ())),
        frame=frame,
        stops=stops,
    )


def _by_title(title: str) -> dict[str, Any] | None:
    return next((known for known in dynamo.break_kinds().values() if known.get("Gb_type") == title), None)


def _clean(explanation: str) -> str:
    return explanation if " " in explanation else ""
