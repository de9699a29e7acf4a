"""What tracing observed, without opinion: each noun is one kind of observation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .broken_import import BrokenImport
from .places import Place, Range
from .spec import SpecFault

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

DECIDING: tuple[Construct, ...] = (
    "if",
    "ternary",
    "while",
    "assert",
    "boolop",
    "not",
    "comprehension",
    "match",
)
"""The syntax that asks for the truth of what it holds: the other values take another way there."""


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
    refuses: bool = False  # whether what it decides is a raise: `if …: raise`, `assert`


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol of the trace.

    `name` is the user's (`batch`) where there is one, else `x.shape[0]` for a size of an input, else
    torch's (`u0`). `lower`/`upper` are None where unbounded. `made_at` is the expression in which the
    program made an unbacked one, `made_by` its source, `held` the size of a variable that it is (`kept.shape[1]`).
    """

    name: str
    torch_name: str
    source: str | None = None  # `x.shape[0]`
    lower: int | None = None
    upper: int | None = None
    made_at: Place | None = None
    made_by: str = ""
    held: str = ""

    @property
    def is_float(self) -> bool:
        """Whether it is a float of the data's. Of those, the exported program checks nothing."""
        return self.torch_name.startswith("zuf")


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
class Recognized:
    """A sentence of torch's that is known: its kind, and the parts of it that tell something."""

    kind: str  # `output type`
    parts: tuple[tuple[str, str], ...] = ()  # (`type`, `models.Boxes`)

    def part(self, name: str) -> str:
        return dict(self.parts)[name]


class _Worded:
    """What carries words of torch's, with what the worker recognized in them."""

    __slots__ = ()
    recognized: tuple[Recognized, ...]

    def said(self, kind: str) -> Recognized | None:
        return next((each for each in self.recognized if each.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Raised(_Worded):
    """An exception.

    `exception` is its qualified name, `operator` the torch function or operator that raised it.
    """

    step: Step
    frame: Frame | None
    exception: str
    message: str
    operator: str | None = None
    recognized: tuple[Recognized, ...] = ()
    broken_import: BrokenImport | None = None


@dataclass(frozen=True, slots=True)
class InputRefused:
    """An input is, or holds, something of a class that export does not take."""

    kind: str  # its class, qualified: `numpy.ndarray`
    input: str  # `x`, `pair[0]`; "" where it could not be told
    given: Literal["args", "kwargs"]


@dataclass(frozen=True, slots=True)
class KernelArgument:
    """What an operator was given or gave: of a tensor `dtype` and `shape`, of anything else its `text`."""

    dtype: str | None = None
    shape: tuple[int, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class KernelCall:
    """One call of a custom operator on real tensors, its arguments in the order of its parameters."""

    inputs: tuple[KernelArgument, ...]
    outputs: tuple[KernelArgument, ...]


@dataclass(frozen=True, slots=True)
class KernelMissing:
    """A custom operator without a fake kernel, with the calls of it that were seen."""

    operator: str
    frame: Frame | None
    calls: tuple[KernelCall, ...] = ()


@dataclass(frozen=True, slots=True)
class KernelMismatch:
    """A custom operator whose fake kernel gives something else than the operator; `reason` is torch's."""

    operator: str
    reason: str
    frame: Frame | None
    calls: tuple[KernelCall, ...] = ()


@dataclass(frozen=True, slots=True)
class SuggestedDim:
    """The Dim that torch suggests; `text` is without bounds that every Dim has, or that do not run."""

    text: str  # `Dim('batch', max=8)`
    lower: int | None = None
    upper: int | None = None


@dataclass(frozen=True, slots=True)
class DimContradicted:
    """A dimension that the spec calls dynamic and the program does not let be so.

    kind        range: `allowed` is the range the program takes (`max=8`)
                relation: `allowed` is the relation it must keep (`dx + 1`, `4*_b`)
                specialized: `allowed` is the constant
    asked       how it was asked for: named (a `Dim`), DYNAMIC or AUTO
    guards      what the program needed to be true, in the user's names, with the frame that needed it
    example     the size in the example inputs
    least, most the bounds that the spec gives it, as far as it gives some
    """

    dim: str
    source: str  # `x.shape[0]`
    kind: Literal["range", "relation", "specialized"]
    allowed: str
    asked: Literal["named", "dynamic", "auto"]
    frame: Frame | None
    guards: tuple[str, ...] = ()
    example: int | None = None
    suggested: SuggestedDim | None = None
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class SizePinned:
    """The program exports, and takes sizes of one kind only where the spec calls them dynamic.

    `text` is the condition that the program checks, `size` what it is about: a `Dim`, or a size of an input.
    """

    text: str  # `kh == 5`
    size: str  # `kh`, `x.shape[1]`, `kh*kw`
    sizes: tuple[str, ...]  # the inputs' sizes: `pixels.shape[2]`
    asked: Literal["named", "dynamic", "auto"]
    frame: Frame | None


@dataclass(frozen=True, slots=True)
class SizesExcluded:
    """The program exports, and a guard excludes sizes of a Dim that others derive from, of which torch says nothing.

    `smallest`: they are the least one, at which a size that is computed from it becomes 0 or 1.
    """

    text: str  # `_time >= 2`
    size: str  # `_time`
    sizes: tuple[str, ...]  # the inputs' sizes: `x.shape[1]`
    example: str  # one that is excluded: `x.shape[1] = 8`
    smallest: bool
    frame: Frame | None


@dataclass(frozen=True, slots=True)
class SpecMismatch(_Worded):
    """The dynamic-shapes spec does not fit the inputs; `message` is torch's sentence."""

    message: str
    recognized: tuple[Recognized, ...] = ()
    faults: tuple[SpecFault, ...] = ()


@dataclass(frozen=True, slots=True)
class StateChanged:
    """An attribute of a module that the forward pass changed and the exported program will not carry.

    `later`: whether the program differs from the model in later calls, or agrees, as with a cache that is
    computed to the same value again; anew where they agree and each call writes it before it reads it; unknown
    where they were not called in a row.
    """

    attribute: str  # `self.cache`, `self.layers.0.count`
    change: Literal["assigned", "grown"]
    tensor: bool
    frame: Frame | None
    later: Literal["differs", "agrees", "anew", "unknown"] = "unknown"


@dataclass(frozen=True, slots=True)
class TrainingLeftOn:
    """Modules that act otherwise in training (dropout, batch norm), exported in training mode."""

    modules: tuple[str, ...]  # `self.drop`


@dataclass(frozen=True, slots=True)
class RefusalCaught:
    """torch refused to tell what only the data can, and the user's code caught that: it always will.

    `handler` is the class in `except`, or the call of `suppress`.
    """

    frame: Frame | None
    handler: Place


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
class NoInputs:
    """Inputs were to be made up, and none was found that the model runs with.

    `reason` is what the try that came furthest ended with, `tried` how many there were.
    """

    reason: str
    tried: int


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
    | InputRefused
    | KernelMissing
    | KernelMismatch
    | DimContradicted
    | SizePinned
    | SizesExcluded
    | SpecMismatch
    | StateChanged
    | TrainingLeftOn
    | RefusalCaught
    | SideEffect
    | GraphBreak
    | NoInputs
    | Stopped
)


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value at the border of the program. `shape` is in the user's names; a scalar has dtype `int`, `float`, or `bool`."""

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
class Lost:
    """What could not be observed, because this torch lacks a name that no documentation promises."""

    name: str  # `torch._guards.TracingContext`, `ShapeEnv.replacements`
    observation: str  # `the names of Dims`


@dataclass(frozen=True, slots=True)
class InferredInputs:
    """Inputs that were made up, as the text that a person would write; `kwargs` is empty for none."""

    args: str
    kwargs: str
    dynamic_shapes: str
