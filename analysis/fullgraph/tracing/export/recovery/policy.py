"""Which failures are reported, and at which of them the trace goes on.

The rule: a failure is reported once, where it left torch into the user's code, and only if it is the
program's and not a consequence of what the trace went on with.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import Any

from ....model import (
    DataDependent,
    DimContradicted,
    Failure,
    Frame,
    Place,
    Raised,
    RefusalCaught,
    SpecMismatch,
)
from ...eager.eager_trace import Counter, Key, failing_key
from ...facts.error_classifier import explain, frame_of
from ...facts.shape_env_log import Checkpoint, ShapeEnvLog
from ...load.build import Built
from ...locations.exception_handlers import catcher
from ...torch_compat import export_errors, fake_tensors, shape_env, wording
from ..branch_forks import BranchForks
from .symbol_values import SymbolValues

_MOST_FAILURES = 1000
"""How often one trace goes on, each round of a loop counted."""

_ROUNDS = 2
"""After so many failures at the test of one `while`, the loop is left: further rounds tell nothing new."""


class Policy:
    """The failures of one export; `returned` tells where forward returned, `heard` hears of those so far."""

    def __init__(
        self,
        built: Built,
        log: ShapeEnvLog,
        forks: BranchForks,
        values: SymbolValues,
        returned: Callable[[], Frame | None],
        heard: Callable[[tuple[Failure, ...]], None],
    ) -> None:
        self.failures: list[Failure] = []
        self.caught: list[RefusalCaught] = []
        self._built = built
        self._log = log
        self._forks = forks
        self._values = values
        self._returned = returned
        self._heard = heard
        self._noted: list[BaseException] = []  # kept alive, as they are told apart by identity
        self._at = Counter()  # failures by the user's instruction
        self._branches: dict[Key, Frame] = {}  # conditions noted and not yet answered
        self._loops: set[Key] = set()  # instructions that are the test of a `while`
        self._free: Checkpoint | None = None  # up to here no size came from the eager trace
        self._astray = False  # whether the trace went on with what torch did not compute itself

    def take(self, error: Exception, frame: FrameType) -> Key | None:
        """Notes the failure and gives the user's instruction that failed; None: the exception goes on.

        It does where somebody from `frame` upwards handles it, and where torch refuses the export as a whole.
        """
        place = failing_key(self._log.user_code, frame)
        if any(error is noted for noted in self._noted):
            return place
        if self._log.env is None or len(self._noted) >= _MOST_FAILURES or export_errors.is_refusal(error):
            return None
        if handler := catcher(error, self._log.user_code, frame):
            self._note_caught(error, handler)
            return None
        self._noted.append(error)
        if self._at.next(place) == 0 and not self._is_consequence(error):
            self._report(error, place)
        return place

    def ended_by(self, error: BaseException) -> None:
        """The trace could not go on, or torch refused the program at its end."""
        if any(error is noted for noted in self._noted):
            return
        for failure in explain(error, self._log, self._built, "export", self._returned):
            if not self.failures or self._is_believable(failure):
                self.failures.append(failure)

    def leaves_loop(self, place: Key) -> bool:
        """Whether the `while` that asks is to be left."""
        leaves = place in self._loops and self._at.count(place) > _ROUNDS
        self._astray = self._astray or leaves
        return leaves

    def direction(self, place: Key, taken: bool) -> bool:
        """Which way to go at a branch that failed for the first time; later rounds go as taken."""
        frame = self._branches.pop(place, None)
        return self._forks.choose(frame, taken, lambda: self.failures) if frame else taken

    def assume(self, expression: Any) -> None:
        """torch will take a value, or the truth of a condition, from the eager trace."""
        if self._log.env is None or not shape_env.leaves_sizes_free(expression, self._log.env):
            self.fix_sizes()

    def fix_sizes(self) -> None:
        """From here on a size can be the example's only because we went on with it, and so can a guard."""
        self._free = self._free or self._log.checkpoint()

    def go_astray(self) -> None:
        """From here on the trace has values that torch did not compute: those of the eager trace."""
        self._astray = True
        self.fix_sizes()

    def _is_believable(self, failure: Failure) -> bool:
        """Whether a failure at the end, after others, is the program's and not our placeholders'."""
        if isinstance(failure, DimContradicted):
            return self._free is None or failure.frame in self._log.frames_until(self._free)
        if isinstance(failure, SpecMismatch):
            return self._free is None
        if not isinstance(failure, Raised) or export_errors.is_internal(failure.exception):
            return False
        return failure.frame is not None or wording.ABOUT_OUTPUT.search(failure.message) is not None

    def _note_caught(self, error: Exception, handler: Place) -> None:
        """Code that tries and falls back exports, but what it tries is lost where it asked for the data."""
        if fake_tensors.asks_for_data(error) and self._log.user_code.is_user(handler.file):
            self.caught.append(RefusalCaught(frame_of(error, self._log.user_code), handler))

    def _report(self, error: Exception, place: Key) -> None:
        self._note(error, place)
        self._heard(tuple(self.failures))

    def _note(self, error: Exception, place: Key) -> None:
        for failure in explain(error, self._log, self._built, "export", self._returned):
            if self._astray and _is_unexplained(failure):
                continue
            self.failures.append(failure)
            if not isinstance(failure, DataDependent) or failure.frame is None or failure.frame.callee:
                continue
            self._branches[place] = failure.frame
            if failure.frame.construct == "while":
                self._loops.add(place)

    def _is_consequence(self, error: Exception) -> bool:
        """Whether it asks for a size that only our placeholders have."""
        asked = export_errors.condition(error)
        return asked is not None and bool(asked.free_symbols & self._values.invented)


def _is_unexplained(failure: Failure) -> bool:
    """Whether it is an exception that nothing says to be export's own.

    Behind a placeholder, or a loop that was left early, code fails as it fails on inputs that it is not made
    for: `torch.stack([])` behind a `while`, an LSTM on a packed sequence that has no lengths.
    """
    return isinstance(failure, Raised) and not failure.recognized
