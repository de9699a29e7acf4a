"""The eager trace of a session, beside its export: whole where every call counts, brief where its effects do.

A forward pass can take many times as long as the export, which computes nothing. Of a model that is exported
only the effects are told, such as `print`, and that it asks for no device that is not there. A pass on tensors
without data tells the same, as no step of such a model depends on the data. The rule: it counts only if it came
to its end with all tensors on the CPU, and nobody waits for it where the whole one is there as soon.
"""

from __future__ import annotations

from dataclasses import replace

from .eager import without_data
from .eager.eager_trace import EagerTrace, trace_eagerly
from .isolation.steps_aside import Died, Forked, InPlace, Isolation, Running
from .load import devices
from .load.build import Built
from .locations.source_locations import UserCode

_PATIENCE = 1.0
"""Seconds (of a Watch) that the whole pass is waited for at least where a brief one is enough."""


class ForwardPass:
    """Begins at once, in a process of its own; where steps share this one, it is made at once.

    One that is not `expected` to be needed waits, as a process that stands still, until it is.
    """

    def __init__(
        self, built: Built, user_code: UserCode, isolation: Isolation, *, expected: bool = True
    ) -> None:
        self._built = built
        self._user_code = user_code
        self._isolation = isolation
        self._whole: Running[EagerTrace] = isolation.start("eager", lambda: _traced(built, user_code))
        self._brief: EagerTrace | None = None
        self._held = False
        if isinstance(isolation, InPlace):
            self._whole.wait()
        elif isinstance(isolation, Forked) and not expected:
            isolation.hold(self._whole)
            self._held = True

    def whole(self) -> EagerTrace:
        """Every call of the pass; one that was held goes on."""
        self._held = False
        outcome = self._whole.wait()
        return EagerTrace(failure=outcome.failure) if isinstance(outcome, Died) else outcome

    def briefly(self, patience: float = 0.0) -> EagerTrace:
        """A pass that tells of effects, and that it does not fail for want of a device.

        `patience`: seconds that the export took, which a pass without data may take as well.
        """
        if self._brief is None and isinstance(self._isolation, Forked):
            self._brief = self._without_data(self._isolation, max(_PATIENCE, patience))
        return self._brief or self.whole()

    def end(self) -> None:
        """Nobody asks for the whole pass any more."""
        self._whole.cancel()

    def _without_data(self, isolation: Forked, patience: float) -> EagerTrace | None:
        if not (self._held or isolation.lasts(self._whole, patience)):
            return None
        isolation.hold(self._whole)
        built, user_code = self._built, self._user_code
        outcome = isolation.start("eager", lambda: _traced_without_data(built, user_code)).wait()
        return None if isinstance(outcome, Died) else outcome


def _traced(built: Built, user_code: UserCode) -> EagerTrace:
    return replace(trace_eagerly(built, user_code), assumed=devices.assumed())


def _traced_without_data(built: Built, user_code: UserCode) -> EagerTrace | None:
    trace = without_data.trace_without_data(built, user_code)
    return trace and replace(trace, assumed=devices.assumed())
