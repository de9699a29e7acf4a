"""The nouns of the project, each a frozen value, in the order the data flows through them.

    Target ──▶ Facts ──▶ Finding ──▶ Fix ──▶ Verdict          (a Report is what a face shows of them)

This package imports nothing else of ours, holds no behaviour beyond what follows from a value itself, and
runs unchanged in two processes: the analysis and the worker in the user's interpreter. It therefore
keeps to the standard library of Python 3.10.

Lines and characters count from 0; characters are Unicode code points. Whoever needs other units
(UTF-8 bytes from `ast`, UTF-16 for editors) converts at its own border.
"""

from .facts import Facts
from .finding import Edit, Finding, Fix, Severity, Verdict, VerdictKind
from .observed import (
    Construct,
    DataDependent,
    Difference,
    DimContradicted,
    DimFate,
    Failure,
    Frame,
    GraphBreak,
    KernelMismatch,
    KernelMissing,
    Made,
    NoInputs,
    OtherSide,
    Raised,
    SideEffect,
    SpecMismatch,
    StateChanged,
    Step,
    Stopped,
    Symbol,
    Tensor,
    TrainingLeftOn,
    Value,
)
from .places import Place, Position, Range, Related
from .program import (
    Carried,
    Comparison,
    DescribeProgram,
    Graph,
    Level,
    Node,
    NodeGroup,
    NoProgram,
    Operator,
    OperatorKind,
    Program,
    ProgramRequest,
    Saved,
    SaveProgram,
)
from .report import Checked, Report, Status
from .request import Limits, TraceRequest
from .target import Expression, Origin, Slice, Target

__all__ = [
    "Carried",
    "Checked",
    "Comparison",
    "Construct",
    "DataDependent",
    "DescribeProgram",
    "Difference",
    "DimContradicted",
    "DimFate",
    "Edit",
    "Expression",
    "Facts",
    "Failure",
    "Finding",
    "Fix",
    "Frame",
    "Graph",
    "GraphBreak",
    "KernelMismatch",
    "KernelMissing",
    "Level",
    "Limits",
    "Made",
    "NoInputs",
    "NoProgram",
    "Node",
    "NodeGroup",
    "Operator",
    "OperatorKind",
    "Origin",
    "OtherSide",
    "Place",
    "Position",
    "Program",
    "ProgramRequest",
    "Raised",
    "Range",
    "Related",
    "Report",
    "SaveProgram",
    "Saved",
    "Severity",
    "SideEffect",
    "Slice",
    "SpecMismatch",
    "StateChanged",
    "Status",
    "Step",
    "Stopped",
    "Symbol",
    "Target",
    "Tensor",
    "TraceRequest",
    "TrainingLeftOn",
    "Value",
    "Verdict",
    "VerdictKind",
]
