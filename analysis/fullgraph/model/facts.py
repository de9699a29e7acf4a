"""All that the trace of one target observed."""

from __future__ import annotations

from dataclasses import dataclass

from .assumed import Assumed
from .observed import Failure, InferredInputs, Lost, Step, Symbol, Tensor, Value
from .program import NoProgram, ObservedRuns, Program, RewriteComparison, Saved, TriedSizes
from .sides import OtherSide
from .sizes import Condition, DimFate


@dataclass(frozen=True, slots=True)
class Facts:
    """What the trace of one target observed.

    A trace reports in parts, one for each step that ends; `merged` puts them together. `exported` is
    what `torch.export.export` said of the untouched source: None where it was not reached.
    """

    exported: bool | None = None
    failures: tuple[Failure, ...] = ()
    sides: tuple[OtherSide, ...] = ()
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    dims: tuple[DimFate, ...] = ()
    conditions: tuple[Condition, ...] = ()  # on sizes that the trace needed, beyond the spec
    values: tuple[Value, ...] = ()
    loaded: tuple[str, ...] = ()  # files of the workspace that the trace loaded
    libraries: tuple[str, ...] = ()  # other people's modules that it imported, where that took long
    steps: tuple[Step, ...] = ()  # the steps that came to their end
    seconds: float = 0.0
    lost: tuple[Lost, ...] = ()
    inferred: InferredInputs | None = None  # the inputs of a target that was inferred
    assumed: tuple[Assumed, ...] = ()  # what of the user's run was replaced
    # It failed where it asks for an accelerator that is not there: it is to be traced with the CPU in its place.
    lacks_device: bool = False
    refuses_dynamic: bool = False  # sizes that nobody asked to be dynamic are what export refuses
    # Failures of the export before it has ended: they count where it is stopped.
    preliminary: tuple[Failure, ...] = ()
    program: Program | Saved | NoProgram | ObservedRuns | RewriteComparison | TriedSizes | None = (
        None  # where the request asks for it
    )

    def merged(self, later: Facts) -> Facts:
        known = {symbol.name for symbol in self.symbols}
        return Facts(
            exported=later.exported if self.exported is None else self.exported,
            failures=self.failures + later.failures,
            sides=self.sides + later.sides,
            inputs=self.inputs or later.inputs,
            outputs=self.outputs or later.outputs,
            symbols=self.symbols + tuple(s for s in later.symbols if s.name not in known),
            dims=self.dims or later.dims,
            conditions=self.conditions or later.conditions,
            values=self.values + later.values,
            loaded=tuple(dict.fromkeys(self.loaded + later.loaded)),
            libraries=self.libraries or later.libraries,
            steps=self.steps + later.steps,
            seconds=max(self.seconds, later.seconds),
            program=self.program or later.program,
            lost=tuple(dict.fromkeys(self.lost + later.lost)),
            inferred=self.inferred or later.inferred,
            assumed=tuple(dict.fromkeys(self.assumed + later.assumed)),
            lacks_device=self.lacks_device or later.lacks_device,
            refuses_dynamic=self.refuses_dynamic or later.refuses_dynamic,
            preliminary=() if "export" in later.steps else later.preliminary or self.preliminary,
        )
