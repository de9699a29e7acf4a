"""What the export became, for whoever asked for its program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .observed import Frame, Symbol, Tensor
from .places import Place

Level = Literal["training", "inference", "core"]
"""How far a program is taken apart, each made from the one before.

training   as `torch.export.export` gives it
inference  after `run_decompositions({})`: functional, its mutations are outputs
core       after `run_decompositions()`: with torch's default table, which is that of Core ATen
"""


@dataclass(frozen=True, slots=True)
class Carried:
    """A tensor that the program brings with it; its name is the user's (`self.head.weight`)."""

    kind: Literal["parameter", "buffer", "constant"]
    tensor: Tensor
    persistent: bool = True  # False: it is not in the state dict


OperatorKind = Literal["core", "torch", "custom", "higher-order", "check", "python"]
"""core          Core ATen
torch         comes with torch and is not Core ATen
custom        somebody else's
higher-order  takes graphs (`torch.cond`)
check         an assertion that export put there
python        arithmetic on sizes, and picking one of several results
"""


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator with the number of its calls, and the user's lines that they came from."""

    name: str  # `aten.linear.default`
    kind: OperatorKind
    count: int
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One call: `name: value = operator(arguments)`; `value` is empty where it gives nothing."""

    name: str
    operator: str
    arguments: str
    value: str


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """Nodes in a row that come from one line of the user's, run in one submodule (`self.layers.0`)."""

    place: Place | None
    module: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """The calls in their order. `name` is empty for the program itself, else that of a branch or body."""

    name: str
    inputs: tuple[str, ...]
    groups: tuple[NodeGroup, ...]
    result: str


@dataclass(frozen=True, slots=True)
class Program:
    """An exported program, described; its inputs and dimensions are those of the Facts.

    `written` names the buffers and inputs that it changes, `graphs` has its own graph first.
    """

    level: Level
    outputs: tuple[Tensor, ...]
    carried: tuple[Carried, ...]
    written: tuple[str, ...]
    symbols: tuple[Symbol, ...]
    graphs: tuple[Graph, ...]
    operators: tuple[Operator, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The program as loaded again beside the eager model, on one set of inputs.

    `compared` counts the results that were looked at, changed buffers among them. Where `differences`
    is empty they are equal within the tolerances of `torch.testing.assert_close`.
    """

    inputs: tuple[Tensor, ...]
    compared: int
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """A program that was written, loaded again and run.

    `no_other_sizes` says why it was compared on the example inputs alone; empty where it was not alone.
    `refused` are sizes that the eager model takes and the program does not: `kh = 2, kw = 2`.
    """

    size: int  # of the file, in bytes
    comparisons: tuple[Comparison, ...]
    no_other_sizes: str = ""
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoProgram:
    """The target exports, and then something went wrong with its program. `words` are for the user."""

    during: Literal["decompose", "describe", "save", "load", "run", "eager"]
    words: str
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class DescribeProgram:
    """The step that describes the exported program, at one level of its operators."""

    level: Level = "training"


@dataclass(frozen=True, slots=True)
class SaveProgram:
    """`path` is written to, whatever comes of it: the one who asks moves it into place."""

    path: str


@dataclass(frozen=True, slots=True)
class ObserveModel:
    """Runs the model as Python does, on inputs that lead down both sides of `branches`. Nothing is exported.

    The outputs are written to `path`, for those of rewritten forms to be compared with.
    """

    path: str
    branches: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class CompareRewrite:
    """Holds the target, which is a rewritten one, against what `ObserveModel` wrote to `path`.

    `conditions` are those on sizes of the original's own program, where it exports: no other sizes are owed.
    `unchecked`: where a distribution's own check raises, the rewritten model may give what the original gives without.
    """

    path: str
    conditions: tuple[str, ...] = ()
    unchecked: bool = False


@dataclass(frozen=True, slots=True)
class TrySizes:
    """Runs the model as Python does, on inputs of other sizes, one by one: (`x.shape[1]`, 33)."""

    sizes: tuple[tuple[str, int], ...]


ProgramRequest = DescribeProgram | SaveProgram | ObserveModel | CompareRewrite | TrySizes


@dataclass(frozen=True, slots=True)
class Sides:
    """Which ways a branch was taken, over all inputs that were tried."""

    branch: Place
    taken: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class ObservedRuns:
    """`runs` counts the inputs that the model was run on. `trouble` says why there is nothing to compare."""

    runs: int
    sides: tuple[Sides, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class TriedSizes:
    """The sizes that the model itself raises at."""

    refused: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class RewriteComparison:
    """A rewritten model beside the original.

    `compared` counts the runs whose results were held side by side, `exported` whether it was the exported
    program that ran, or the model as Python runs it. `differences` are in words, with the inputs that show
    them; `gradients` says why those were not compared, empty where they were or there are none. `refused` are
    sizes that the original takes and a guard of the program excludes. `notes` tell of what a caller
    may have to change: exceptions of another class, objects that only the original updates. `spoilt` is what few
    need: gradients that were finite and are not any more, tensors without rows that are not taken any more, as
    nearly nobody who writes `Dim("batch")` means none.
    """

    compared: int
    exported: bool
    differences: tuple[str, ...] = ()
    gradients: str = ""
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    spoilt: tuple[str, ...] = ()
