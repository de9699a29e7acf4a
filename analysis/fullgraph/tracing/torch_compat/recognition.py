"""torch's sentences that mean more to a rule or a rewrite than their words, by the kind of each.

A failure carries what was recognized as data (`model.Recognized`), so that nothing outside of this package
matches torch's words. The order of the tables is that of the kinds in a failure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...model import Recognized
from .wording import Where, said_by


@dataclass(frozen=True)
class Wording:
    """A kind of sentence, and its pattern; the named groups are the parts that a failure carries."""

    kind: str
    pattern: re.Pattern[str]

    def read(self, text: str) -> Recognized | None:
        found = self.pattern.search(text)
        if found is None:
            return None
        return Recognized(self.kind, tuple((name, said or "") for name, said in found.groupdict().items()))


def _wording(kind: str, *files: Where, words: str, flags: int = 0) -> Wording:
    return Wording(kind, said_by(*files, words=words, flags=flags))


def _plain(kind: str, words: str, *files: Where) -> Wording:
    return _wording(kind, *files, words=re.escape(words))


_FAKE_TENSOR = "_subclasses/fake_tensor.py"
_FUNCTIONS = "_dynamo/variables/higher_order_ops.py"
_SPEC = "export/dynamic_shapes.py"

OF_ERROR: tuple[Wording, ...] = (
    # -- data that does not exist
    _wording(
        "guard on data",
        "fx/experimental/symbolic_shapes.py",
        words=r"GuardOnDataDependentSymNode: Could not guard on data-dependent expression (?P<expression>.+?) \(unhinted",
    ),
    _plain("data read", ".numpy() is not supported for", "C++"),
    _plain("data read", "Cannot access data pointer", "C++"),
    _plain("data read", "Cannot access data from FakeTensor", "C++"),
    _plain("data read", "its data is not allocated yet", "C++"),
    _plain("data read", "unsupported format string passed to Sym", "Python"),
    _plain("size from data", "type must be tuple of ints,but got FakeTensor", "C++"),
    _plain("item in vmap", "We don't support vmap over calling .item()", "C++"),
    _plain("tensor as key", "FakeTensor(..., size=(), dtype=", "_tensor_str.py"),
    # -- types
    _wording(
        "output type",
        "_functorch/_aot_autograd/utils.py",
        words=r"Found <class '(?P<type>[^']+)'> in output",
    ),
    _wording(
        "output type",
        "_dynamo/output_graph.py",
        words=r"unrecognized type \w+\((?P<type>[^()]+)\) at output",
    ),
    _plain("FakeTensor named", "fake_tensor.FakeTensor'>", "Python"),
    _plain("SymInt hashed", "unhashable type: non-nested SymInt", "__init__.py"),
    _plain("symbol as index", "Variables are valid indices (got Sym", "C++"),
    _wording(
        "size in question",
        "fx/experimental/symbolic_shapes.py",
        # Autograd's own view of the slice, which there is none of under `torch.no_grad()`.
        words=r"Pending unbacked symbols(?:[^\n]*(?P<grad>grad_fn=<Slice))?",
    ),
    # -- tensors and modules that cannot be traced
    _plain("untraced constant", "fake tensor in the exported program constant's list", "export/_trace.py"),
    _wording(
        "transformed constant",
        "_subclasses/meta_utils.py",
        words=r"attempted to apply meta conversion to \w+ functorch tensor",
    ),
    _plain("transformed constant", "'Tensor' object has no attribute 'constant'", "Python"),
    _plain("copied tensor", "elem.device.type must be 'meta'", _FAKE_TENSOR),
    _plain("class changed", "already associated to a python object of type FakeTensor", "C++"),
    _plain("module moved", "Couldn't swap", "nn/modules/module.py"),
    _plain("untracked size", "is not tracked with proxy", "fx/experimental/proxy_tensor.py"),
    _plain("quantized tensor", "quantized nyi in meta tensors", _FAKE_TENSOR),
    # -- the model as a whole
    _plain("ScriptModule", "Exporting a ScriptModule is not supported", "export/__init__.py"),
    _plain("packed weights", "torch.classes.quantized.", "C++"),
    _plain("unsolved guard", "solve_univariate_inequality", "utils/_sympy/solve.py"),
    _plain("uninitialized parameter", "Attempted to use an uninitialized parameter", "nn/parameter.py"),
    # -- functions given to an operator
    _plain("aliasing", "aliasing during higher order op", _FUNCTIONS),
    _plain("input mutation", "input mutation during higher order op", _FUNCTIONS),
    _plain("data-dependent branch", "Data-dependent branching", "_dynamo/symbolic_convert.py"),
    _plain("branch return type", "unsupported branch return type", _FUNCTIONS),
    _plain("operand type", "only consists of tensor leaves", _FUNCTIONS),
    _wording(
        "branches differ",
        "_higher_order_ops/cond.py",
        words=r"When merging two branches' output in torch\.cond,\s*(?:expected same (?P<property>\w+) but got (?P<found>[^\n]+?)|(?P<what>[^\n]+?))\.?[\"')]*\.?$",
        flags=re.MULTILINE,
    ),
    _wording(
        "body differs",
        "_higher_order_ops/utils.py",
        words=r"to have same metadata but found:\s*(?:pair\[\d+\] differ in '(?P<property>\w+): (?P<found>.+?)'|(?P<what>.+?))(?:, where lhs|$)",
        flags=re.MULTILINE,
    ),
    _wording("explanation", "_dynamo/exc.py", words=r"^\s*Explanation: (?P<words>.+)$", flags=re.MULTILINE),
)
"""Of what an exception says."""

OF_SPEC_SENTENCE: tuple[Wording, ...] = (
    # An assertion of torch's, in place of its words.
    _plain("nameless structure", "Must provide a tree_name", _SPEC),
    _wording(
        "different definitions",
        _SPEC,
        words=r"different definitions (?P<one>.+?) and (?P<other>.+?) for the same",
    ),
    _wording("structure", _SPEC, words=r"structure|top-level keys|dimension"),
)
"""Of the first sentence of what torch says of a spec: what comes behind it is advice, which names the same things."""


def recognized(text: str, *tables: tuple[Wording, ...]) -> tuple[Recognized, ...]:
    """The kinds of sentences in what torch says, each once."""
    found = (wording.read(text) for table in tables for wording in table)
    return tuple({each.kind: each for each in found if each is not None}.values())
