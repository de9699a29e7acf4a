"""What is to be made of an exported program: described, saved, or compared, as the request asks.

The rule: what is asked for beside the export never changes what the export says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..model import (
    CompareRewrite,
    DescribeProgram,
    NoProgram,
    Program,
    ProgramRequest,
    RewriteComparison,
    Saved,
    SaveProgram,
)
from .facts.error_classifier import words
from .facts.shape_env_log import ShapeEnvLog
from .isolation.steps_aside import InPlace, Isolation
from .load.build import Built
from .locations.source_locations import UserCode
from .program import equivalence, save
from .program.describe import Exported, describe

Told: TypeAlias = "Program | Saved | NoProgram | RewriteComparison | None"
Telling: TypeAlias = Callable[[Exported, ShapeEnvLog], Told]


def telling(
    request: ProgramRequest | None, built: Built, user_code: UserCode, isolation: Isolation
) -> Telling:
    """What is to be made of the exported program; to be called before the export.

    The eager model that a saved program is compared with starts here, while nothing of it is changed.
    """
    if isinstance(request, SaveProgram):
        asked = request
        shared = isinstance(isolation, InPlace)
        own = built.copied() if shared else built
        eager = isolation.start("eager", lambda: save.expected(own, user_code))
        if shared:
            eager.wait()
        return _never_raising(lambda program, w: save.save(program, asked, eager.wait(), built, w))
    if isinstance(request, DescribeProgram):
        level = request.level
        return _never_raising(lambda program, log: describe(program, level, built, log))
    if isinstance(request, CompareRewrite):
        compared = request
        return _never_raising(
            lambda program, log: equivalence.compare_rewrite(compared, program, built, log.user_code)
        )
    return lambda *_: None


def _never_raising(tell: Telling) -> Telling:
    def told(program: Exported, log: ShapeEnvLog) -> Told:
        try:
            return tell(program, log)
        except Exception as error:  # noqa: BLE001 (an error of ours must not hide what the export said)
            return NoProgram("describe", f"{type(error).__name__}: {words(error)}")

    return told
