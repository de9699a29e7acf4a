"""The nouns of the project, each a frozen value, in the order the data flows through them.

    Target ──▶ Facts ──▶ Finding ──▶ Fix ──▶ Verdict          (a Report is what a face shows of them)

This module imports nothing of ours, holds no behaviour beyond what follows from a value itself, and
runs unchanged in two processes: the analysis and the worker in the user's interpreter. It therefore
keeps to the standard library of Python 3.10.

Lines and characters count from 0; characters are Unicode code points. Whoever needs other units
(UTF-8 bytes from `ast`, UTF-16 for editors) converts at its own border.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# -- places ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Position:
    line: int
    character: int


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """From `start` up to, but without, `end`."""

    start: Position
    end: Position

    def contains(self, other: Range) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A range in a file. `file` is an absolute path."""

    file: str
    range: Range


@dataclass(frozen=True, slots=True)
class Related:
    """A further place that explains a finding: where a symbol was made, the spec it contradicts."""

    message: str
    place: Place


# -- Target ------------------------------------------------------------------------------------------

Origin = Literal["pyproject", "comment", "exportdb"]


@dataclass(frozen=True, slots=True)
class Expression:
    """Python source of one value, and where in the user's files it stands.

    `text` is a prefix of nothing but itself: its first line begins at `place.range.start`, and every
    further line keeps the columns it has in the file (a comment's `#` is blanked out). A position
    inside `text` is therefore a position in the file by adding the start line, and for the first line
    the start character.
    """

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Target:
    """A model to export: how to build it, its example inputs, its dynamic shapes."""

    name: str  # `module:model expression`, as `cases:Gate()`
    module: str  # the name the file is imported under
    file: str  # the module's file, absolute
    origin: Origin
    place: Place  # what stands for the target as a whole: the class, the TOML table, `model = …`
    model: Expression
    args: Expression | None = None  # → tuple
    kwargs: Expression | None = None  # → dict
    dynamic_shapes: Expression | None = None
    strict: bool = False

    @property
    def spec_place(self) -> Place:
        """Where a finding about the dynamic shapes belongs, whether or not they were written."""
        return self.dynamic_shapes.place if self.dynamic_shapes else self.place


# -- Facts: what tracing observed, without opinion ---------------------------------------------------

Step = Literal["load", "eager", "export", "values", "breaks"]
"""The parts of a trace, in order.

load    import the module, build the model and its inputs
eager   one forward pass on the example inputs, beside the export
export  `torch.export.export` on the untouched source: the truth; after a failure it goes on
values  the same on observed code, for the value of each expression
breaks  Dynamo's graph breaks, on the untouched source
"""

Construct = Literal[
    "if",
    "ternary",
    "while",
    "assert",
    "boolop",
    "not",
    "comprehension",
    "for",
    "return",
    "call",
    "match",
    "raise",
]
"""The piece of syntax whose evaluation asked for a value."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the program was: the innermost frame of the user's own code.

    `construct` is the syntax that has `place` as its condition (`if`, `while`, …) or that it is (a
    call), `statement` the whole of it. `library` is the innermost frame below it in somebody else's
    code that is not torch's, if any.
    """

    place: Place
    construct: Construct | None = None
    statement: Range | None = None
    callee: str | None = (
        None  # what runs at `place`: `torch.allclose`, `x.numpy`, the operation `x[:n]` itself
    )
    library: Place | None = None
    calls: tuple[Place, ...] = ()  # the user's frames that led here, outermost first
    text: str = ""  # the source of the expression at `place`


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol of the trace.

    `name` is the user's (`batch`) where there is one, else `x.shape[0]` for a size of an input, else
    torch's (`u0`). `lower`/`upper` are None where unbounded. `made_at` is the expression in which the
    program made an unbacked one, `made_by` its source.
    """

    name: str
    torch_name: str
    source: str | None = None  # `x.shape[0]`
    lower: int | None = None
    upper: int | None = None
    made_at: Place | None = None
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class DataDependent:
    """Something asked for a value that only the data can tell.

    `expression` is what was asked, in the user's names (`u0 > 3`); `asks` the Python type wanted;
    `operator` the torch function inside which it was asked, None where Python itself asked.
    """

    frame: Frame | None
    expression: str
    asks: Literal["bool", "int", "float"]
    operator: str | None = None
    symbols: tuple[Symbol, ...] = ()
    taken: str | None = None  # what it was with the example inputs


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception.

    `exception` is its qualified name, `operator` the torch function or operator that raised it.
    """

    step: Step
    frame: Frame | None
    exception: str
    message: str
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class KernelMissing:
    operator: str
    frame: Frame | None


@dataclass(frozen=True, slots=True)
class KernelMismatch:
    operator: str
    reason: str
    frame: Frame | None


@dataclass(frozen=True, slots=True)
class DimContradicted:
    """A dimension that the spec calls dynamic and the program does not let be so.

    kind        range: `allowed` is the range the program takes (`max=8`)
                relation: `allowed` is the relation it must keep (`dx + 1`, `4*_b`)
                specialized: `allowed` is the constant
    asked       how it was asked for: named (a `Dim`), DYNAMIC or AUTO
    guards      what the program needed to be true, in the user's names, with the frame that needed it
    example     the size in the example inputs
    """

    dim: str
    source: str  # `x.shape[0]`
    kind: Literal["range", "relation", "specialized"]
    allowed: str
    asked: Literal["named", "dynamic", "auto"]
    frame: Frame | None
    guards: tuple[str, ...] = ()
    example: int | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class SpecMismatch:
    """The dynamic-shapes spec does not fit the inputs; `message` is torch's."""

    message: str


@dataclass(frozen=True, slots=True)
class StateChanged:
    """An attribute of a module that the forward pass changed and the exported program will not carry."""

    attribute: str  # `self.cache`, `self.layers.0.count`
    change: Literal["assigned", "grown"]
    tensor: bool
    frame: Frame | None


@dataclass(frozen=True, slots=True)
class TrainingLeftOn:
    """Modules that act otherwise in training (dropout, batch norm), exported in training mode."""

    modules: tuple[str, ...]  # `self.drop`


@dataclass(frozen=True, slots=True)
class SideEffect:
    """A call that happens once, while tracing, and not when the exported program runs."""

    what: str  # `print`, `time.time`, `random.random`
    frame: Frame | None


@dataclass(frozen=True, slots=True)
class GraphBreak:
    """Dynamo's words; `code` is the GB code (`GB0170`). `stops`: export failed by it."""

    code: str | None
    reason: str
    explanation: str
    hints: tuple[str, ...]
    frame: Frame | None
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """The trace did not come to its end by itself.

    reason  timeout: `detail` is the limit in seconds
            memory: `detail` is the limit in bytes
            signal: `detail` is its name (`SIGSEGV`)
            exit: `detail` is the status
    """

    step: Step
    reason: Literal["timeout", "memory", "signal", "exit"]
    detail: str
    frame: Frame | None = None
    output: str = ""  # the end of what the process wrote on its standard error


Failure = (
    DataDependent
    | Raised
    | KernelMissing
    | KernelMismatch
    | DimContradicted
    | SpecMismatch
    | StateChanged
    | TrainingLeftOn
    | SideEffect
    | GraphBreak
    | Stopped
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A name (or `return`) that the two sides of a branch leave different; "" where it is not bound."""

    name: str
    taken: str  # `float32[batch, 4]`
    other: str


@dataclass(frozen=True, slots=True)
class OtherSide:
    """The side of a data-dependent branch that the example inputs did not take, up to where its function
    returns.

    `branch` is the condition, `value` what it was taken to be. `looked` is False where the bound on the
    number of sides was hit, or where the system cannot fork.
    """

    branch: Place
    value: bool
    failures: tuple[Failure, ...] = ()
    differences: tuple[Difference, ...] = ()
    looked: bool = True


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value at the border of the program. `shape` is in the user's names; a scalar has dtype `int`…"""

    name: str
    dtype: str
    shape: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression gave while the program was traced.

    A tensor has `dtype` and `shape`, a size or scalar `expression`, in the user's names. `calls` are the
    evaluations, counted from 0, that gave this; an expression that gave several has one Value for each.
    `binds` are the names that an assignment gave it.
    """

    place: Place
    dtype: str
    shape: tuple[int | str, ...] | None = None
    expression: str = ""
    calls: tuple[int, ...] = ()
    binds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DimFate:
    """What became of a dimension that the spec calls dynamic, and where that was decided.

    outcome  dynamic: any size in `lower`…`upper`
             constant: `text` is the number
             tied: `text` is the expression of other dimensions that it equals
    """

    source: str  # `x.shape[0]`
    asked: str  # `batch`, `Dim.AUTO`
    outcome: Literal["dynamic", "constant", "tied"]
    text: str
    lower: int | None = None
    upper: int | None = None
    frames: tuple[Frame, ...] = ()  # the guards that narrowed it, in the order of the trace


# -- what the export became --------------------------------------------------------------------------

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
    """

    size: int  # of the file, in bytes
    comparisons: tuple[Comparison, ...]
    no_other_sizes: str = ""


@dataclass(frozen=True, slots=True)
class NoProgram:
    """The target exports, and then something went wrong with its program. `words` are for the user."""

    during: Literal["decompose", "describe", "save", "load", "run", "eager"]
    words: str
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class DescribeProgram:
    level: Level = "training"


@dataclass(frozen=True, slots=True)
class SaveProgram:
    """`path` is written to, whatever comes of it: the one who asks moves it into place."""

    path: str


ProgramRequest = DescribeProgram | SaveProgram


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
    values: tuple[Value, ...] = ()
    loaded: tuple[str, ...] = ()  # files of the workspace that the trace loaded
    steps: tuple[Step, ...] = ()  # the steps that came to their end
    seconds: float = 0.0
    program: Program | Saved | NoProgram | None = None  # where the request asks for it

    def merged(self, later: Facts) -> Facts:
        return Facts(
            exported=later.exported if self.exported is None else self.exported,
            failures=self.failures + later.failures,
            sides=self.sides + later.sides,
            inputs=self.inputs or later.inputs,
            outputs=self.outputs or later.outputs,
            symbols=self.symbols or later.symbols,
            dims=self.dims or later.dims,
            values=self.values + later.values,
            loaded=tuple(dict.fromkeys(self.loaded + later.loaded)),
            steps=self.steps + later.steps,
            seconds=max(self.seconds, later.seconds),
            program=self.program or later.program,
        )


# -- Finding, Fix, Verdict ---------------------------------------------------------------------------

Severity = Literal["error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Edit:
    place: Place
    new_text: str


VerdictKind = Literal["verified", "verified-side-taken", "exports-not-compared", "not-verified"]


@dataclass(frozen=True, slots=True)
class Verdict:
    kind: VerdictKind
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fix:
    title: str
    edits: tuple[Edit, ...]
    verdict: Verdict
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a person reads. `hint` says what to write instead; `link` explains more."""

    rule: str
    severity: Severity
    message: str
    place: Place
    target: str | None = None
    hint: str = ""
    related: tuple[Related, ...] = ()
    link: str | None = None
    fixes: tuple[Fix, ...] = ()


# -- Report ------------------------------------------------------------------------------------------

Status = Literal["exports", "fails", "unsound", "error"]
"""exports: the exported program is the model. unsound: it exports, and is not what the model does.
fails: torch.export refuses it. error: it could not be tried (does not import, eager forward raises)."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One target and what came of it."""

    target: Target
    status: Status
    facts: Facts


@dataclass(frozen=True, slots=True)
class Report:
    """What every face shows."""

    targets: tuple[Checked, ...] = ()
    findings: tuple[Finding, ...] = ()
    python: str = ""  # version of the user's interpreter
    torch: str = ""  # version of its torch


# -- what the worker is asked ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` of wall-clock time and `memory` in bytes (None: no limit) for one trace."""

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
