"""Every pattern over torch's wording, as a table: what torch says, and the file of torch that says it.

The rule: a sentence that torch words otherwise one day is no longer told apart, and is passed on as it is.
Files named `C++` are below `aten/` and `c10/`, which are not installed; `Python` is the interpreter itself.
"""

from __future__ import annotations

import re
from typing import TypeAlias

Where: TypeAlias = str

SAID_BY: dict[re.Pattern[str], tuple[Where, ...]] = {}


def said_by(*files: Where, words: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern of the table."""
    pattern = re.compile(words, flags)
    SAID_BY[pattern] = files
    return pattern


_SHAPES = "fx/experimental/symbolic_shapes.py"
_NON_STRICT = "_export/non_strict_utils.py"

# -- dimensions --------------------------------------------------------------------------------------

MARKED = said_by(
    _SHAPES,
    words=r"You marked (?P<name>.+?) as dynamic but your code specialized it to be a constant \((?P<value>-?\d+)\)",
)
FORCED = said_by(_SHAPES, words=r"(?P<name>\S+) = (?P<source>\S+) must be specialized to (?P<value>-?\d+)")
INFERRED = said_by(
    _SHAPES,
    words=r"Not all values of (?:RelaxedUnspecConstraint\((?P<name>.+?)\)|(?P<named>\S+) = .+?) are valid because .+ was inferred to be a constant \((?P<value>-?\d+)\)",
)
GUARD = said_by(
    _SHAPES,
    words=r"Not all values of (?P<name>\S+) = (?P<source>\S+) in the specified range(?P<asked>.*?) satisfy the generated guard (?P<guard>.+?)\.?$",
)
RELATED = said_by(
    _SHAPES,
    words=r"The values of (?P<name>.+?) = (?P<source>\S+) must always be related to the values of (?P<other>.+?) = \S+ by .+? = (?P<by>.+)\.$",
)
EQUAL = said_by(
    _SHAPES,
    words=r"The values of (?P<name>.+?) = (?P<source>\S+) and (?P<other>.+?) = \S+ must always be equal",
)
STATIC = said_by(
    _NON_STRICT,
    words=r"user-specified dim hint Dim\.\w+\(.*?\), but (?:tracing inferred a static shape of|export 0/1 specialized due to hint of) (?P<value>-?\d+) for dimension inputs(?P<path>.+?)\.?$",
)
CONFLICT = said_by(
    _NON_STRICT,
    words=r"user-specified min/max range of \[(?P<low>.+?), (?P<high>.+?)\], conflicting with the inferred min/max range of \[(?P<lower>.+?), (?P<upper>.+?)\], for inputs(?P<path>.+?)\.?$",
)
EXAMPLE = said_by(_SHAPES, words=r"^(?P<value>-?\d+) not in range \[(?P<low>\S+), (?P<high>\S+)\]")
FRACTION = said_by(
    _SHAPES, words=r"^Expected op to be '==', got (?P<op>[<>]=?) for (?P<left>\S+) [<>]=? (?P<right>\S+)$"
)
UNEQUAL = said_by(
    _SHAPES, words=r"(?P<one>L\S+) = (?P<size>\d+) is not equal to (?P<other>L\S+) = (?P<value>\d+)"
)
SUGGESTIONS = said_by(_SHAPES, "export/dynamic_shapes.py", words=r"Suggested fixes:")
SUGGESTION = said_by(_SHAPES, words=r"^  (?P<name>[^=\n]+?) = (?P<text>.+)$", flags=re.MULTILINE)
RANGES_CONFLICT = said_by(_NON_STRICT, words=r"conflicts between user-specified ranges")
SPEC_REFUSED = said_by("export/dynamic_shapes.py", words=r"dynamic-shapes-validation")
SPEC_OBJECT_REFUSED = said_by(
    "fx/experimental/dynamic_spec.py", words=r"^(?:TensorSpec|ParamsSpec|shapes_spec)"
)
SPEC_ADVICE = said_by("_dynamo/exc.py", words=r"For more information about this error")
SIZE_OF_INPUT = said_by("_dynamo/source.py", words=r"L\['(\w+)'\](\S*?)\.size\(\)\[(\d+)\]")
SUGGESTED_LOWER = said_by(_SHAPES, words=r"\bmin=(\d+)")
SUGGESTED_UPPER = said_by(_SHAPES, words=r"\bmax=(\d+)")
NO_BOUND = said_by(_SHAPES, words=r", max=(?:int_)?oo|, min=[012](?=[,)])")
"""Bounds that a suggestion gives and that do not run, or say nothing."""
ADVERTISEMENT = said_by("export/__init__.py", words=r"\n{1,2}The error above occurred when calling")
"""Of `draft_export`, behind torch's message."""

SUPPRESSED_GUARD = "[guard suppressed]"
"""At the end of a guard's prefix (symbolic_shapes.py)."""

# -- sources of inputs -------------------------------------------------------------------------------

FLAT_INPUT = said_by("_dynamo/source.py", words=r"^L\['flat_args'\]\[(\d+)\]")
INPUT = said_by("_dynamo/source.py", words=r"^L\['(\w+)'\]")
SIZE = said_by("_dynamo/source.py", words=r"\.size\(\)\[(\d+)\]")
PATH = said_by("utils/_pytree.py", words=r"\[(?:'(\w+)'|(\d+))\]")
LOCAL = "L["
SELF = "L['self']"
CALLED_AGAIN = said_by("export/_trace.py", words=r"@\d+")
NO_MODULE = "_empty_nn_module_stack"
"""What torch writes where it put a node in by itself."""

# -- operators, inputs and outputs -------------------------------------------------------------------

INPUT_REFUSED = said_by(_NON_STRICT, words=r"Unsupported input type <class '(?P<kind>[^']+)'>")
OUTPUT_REFUSED = said_by(
    "_functorch/_aot_autograd/utils.py",
    "_export/utils.py",
    "_dynamo/output_graph.py",
    words=r"in output, which is not a known type|output type|Unsupported output|unrecognized type \w+\(.*\) at output",
)
ABOUT_OUTPUT = said_by("_functorch/_aot_autograd/utils.py", words=r"in output")
NO_KERNEL = said_by("_library/custom_ops.py", words=r"no fake impl registered for <CustomOpDef\((\S+?)\)>")
NO_KERNEL_OF = said_by("C++", words=r"operator (\S+?) .*(?:no fake impl|fake impl or Meta kernel)")
FUNCTION_OPERATOR = said_by("_dynamo/exc.py", words=r"Higher Order Operator: (\S+)")
CALLED_OPERATOR = said_by("_dynamo/utils.py", words=r"call_function (\w+)\(\*\(")
TRANSFORMED_CONSTANT = said_by(
    "_subclasses/meta_utils.py", words=r"attempted to apply meta conversion to \w+ functorch tensor"
)
UNKNOWN_CONSTANT = said_by("export/_trace.py", words=r"exported program constant's list")
NUMPY_REFUSED = ".numpy() is not supported"
STACK_FRAME = said_by("Python", words=r'^ *File "(.+?)", line (\d+), in ', flags=re.MULTILINE)
"""Of the stacks that nodes of a graph carry."""

# -- imports -----------------------------------------------------------------------------------------

NO_NAME = said_by("Python", words=r"cannot import name '(\w+)' from '([\w.]+)'")

# -- devices -----------------------------------------------------------------------------------------

DEVICE_ABSENT = said_by(
    "cuda/__init__.py",
    "cuda/streams.py",
    "xpu/__init__.py",
    "serialization.py",
    "C++",
    "Python",
    words=r"not compiled with \w+ enabled|[Cc]ompiled without CUDA|requires CUDA support|No (?:CUDA|XPU|HIP) GPUs are available"
    r"|Found no NVIDIA driver|no CUDA-capable device|CUDA driver|Cannot (?:initialize|get) (?:CUDA|XPU|MTIA|XLA|HIP)"
    r"|not linked with support for \w+ devices|without (?:MPS|MTIA) backend|from the '(?:MPS|XLA|CUDA|XPU)' backend"
    r"|Cannot access accelerator device|requires a CUDA or other accelerator|deserialize object on a \w+ device"
    r"|has no attribute '_(?:cuda|xpu|mps)_|dummy base class|NVTX functions not installed|No module named 'torch\.(?:hpu|npu)'",
)
DEVICES_DIFFER = said_by(
    "_subclasses/fake_tensor.py",
    "C++",
    words=r"two (?:different )?devices|tensors to be on the same device|(?:on|device) (?:cuda|mps|xpu|mtia|xla)\b",
)
CPU_LACKS = said_by("C++", words=r"not implemented for '(?:Half|BFloat16|Float8\w*|ComplexHalf)'")

# -- graph breaks ------------------------------------------------------------------------------------

BREAK_CODE = said_by("_dynamo/exc.py", words=r"/gb/(gb\d+)\.html", flags=re.IGNORECASE)
BREAK_INSIDE = said_by("_dynamo/variables/higher_order_ops.py", words=r"Got graph break/error:")
BREAK_HINT = said_by("_dynamo/exc.py", words=r"^\s*Hint: (.+)$", flags=re.MULTILINE)
BREAK_EXPLANATION = said_by("_dynamo/exc.py", words=r"^\s*Explanation: (.+?)$", flags=re.MULTILINE)
JUMP = "generic_jump"
"""The one break that is noted without its words (symbolic_convert.py)."""

# -- a run on inputs that do not fit -----------------------------------------------------------------

INPUT_COMPLAINTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (asks, said_by(*files, words=words, flags=re.DOTALL))
    for asks, files, words in (
        ("unpacked", ("Python",), r"not enough values to unpack \(expected (?:at least )?(\d+), got (\d+)\)"),
        ("rank", ("Python",), r"too many values to unpack \(expected (\d+)"),
        ("rank", ("C++",), r"[Ee]xpected? (\d)-?D.*?(?:got|received)\D{0,40}(\d)-?D"),
        ("either rank", ("nn/modules/rnn.py",), r"[Ee]xpected? (\d)D or (\d)D"),
        ("rank", ("nn/modules/batchnorm.py", "C++"), r"(\d)D (?:unbatched|tensor|input)"),
        ("rank", ("C++",), r"[Ee]xpected (\d+) dim\w*[.,] (?:[Rr]eceived|[Gg]ot) (\d+)"),
        ("any rank", ("C++",), r"dim\w* (?:does not match|dimension)\D*(\d)\D*(\d)"),
        ("permuted", ("C++",), r"input\.dim\(\) = (\d) is not equal to len\(dims\) = (\d)"),
        ("higher rank", ("C++",), r"Dimension out of range \(expected to be in range of \[-(\d)"),
        ("higher rank", ("C++",), r"too many indices for tensor of dimension (\d)"),
        ("usual rank", ("Python",), r"(?:tuple|list) index out of range"),
        ("chunks", ("C++",), r"divide axis of length (\d+) in chunks of (\d+)"),
        ("view", ("C++",), r"shape '\[([\d, -]+)\]' is invalid for input of size (\d+)"),
        (
            "unit",
            ("nn/functional.py", "C++"),
            r"\[0(?:\.0?)?, ?1(?:\.0?)?\]|between 0 and 1|(?:lower|less|smaller|greater|larger)(?: than)? or equal(?: to| than)? [01]\b",
        ),
        ("larger", ("C++",), r"(?:larger|greater|bigger|more) than (?:or equal to )?(\d+)|at least (\d+)"),
        ("index", ("C++",), r"index out of range|out of bounds"),
        ("integer", ("C++",), r"Long|Int\b|integer|[Ii]ndex|index type|bool\W"),
        ("float", ("C++",), r"Float|float|floating"),
        (
            "several",
            ("Python", "C++"),
            r"'list' object|(?:object|type) is not (?:iterable|subscriptable)|must be tuple of Tensors|list of Tensors",
        ),
        (
            "number",
            ("Python", "C++"),
            r"cannot be interpreted as an integer|only integer tensors|must be int|'Tensor' and 'int'|an integer is required|must be (?:tuple of )?ints",
        ),
        ("channels", ("C++",), r"Bx(\d)x(?:[A-Z]x)*[A-Z]\b"),
        ("no tensor", ("Python",), r"'Tensor' object has no attribute"),
    )
)
"""(what the sentence asks of an input, its words)."""

SHAPE = said_by("C++", words=r"[\[(](\d+(?:, ?\d+)+)[\])]")
NUMBER = said_by("C++", words=r"(?<![\w.])\d{1,5}(?![\w.]*\d)")
NONE_GIVEN = "NoneType"


def without_advertisement(message: str) -> str:
    """torch's message alone."""
    return ADVERTISEMENT.split(message, maxsplit=1)[0].strip()


def innermost(message: str) -> str:
    """What stopped it: an operator over functions (`torch.cond`) puts its own sentence before that."""
    return BREAK_INSIDE.split(message, maxsplit=1)[-1].strip() or message


def spec_sentence(message: str) -> str:
    """What torch says of a spec, up to its advice, on one line, and with the user's names of the sizes."""
    first = SPEC_ADVICE.split(message, maxsplit=1)[0].split("\n\n")[0]
    return SIZE_OF_INPUT.sub(r"`\1\2.shape[\3]`", " ".join(first.split()))
