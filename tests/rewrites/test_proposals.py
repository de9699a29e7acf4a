"""What the rewrites make of text that people write in other ways: done right, or not offered."""

from __future__ import annotations

import ast

import pytest
from fullgraph.model import (
    DimContradicted,
    Facts,
    Finding,
    GraphBreak,
    InputRefused,
    KernelArgument,
    KernelCall,
    KernelMissing,
    Raised,
    Recognized,
    SideEffect,
    StateChanged,
    TrainingLeftOn,
)
from fullgraph.rewrites import Parsed, Problem, propose
from fullgraph.text.edits import applied

from tests.rewrites.proposing import asked, changed, frame, mending

HEAD = "import torch\nfrom torch import nn\n\n\n"


def model(forward: str, before: str = "", spec: str = "") -> str:
    said = f", dynamic_shapes={spec}" if spec else ""
    return (
        f"{HEAD}# fullgraph: args=(torch.randn(4, 8),){said}\nclass Model(nn.Module):\n"
        f"    def __init__(self):\n        super().__init__()\n{before}\n    def forward(self, x):\n{forward}"
    )


# -- side effects ------------------------------------------------------------------------------------


def effect(marked: str) -> SideEffect:
    return SideEffect("print", frame(marked, "print"))


def test_a_statement_is_guarded_with_its_comment() -> None:
    text = model("        $print(x.shape)$  # for debugging\n        return x\n")
    assert changed(text, effect(text)) == [
        ["        if not torch.compiler.is_exporting():", "            print(x.shape)  # for debugging"]
    ]


def test_tabs_stay_tabs() -> None:
    text = model("        $print(x)$\n        return x\n").replace("    ", "\t")
    assert changed(text, effect(text)) == [["\t\tif not torch.compiler.is_exporting():", "\t\t\tprint(x)"]]


@pytest.mark.parametrize(
    "line",
    [
        "        y = x; $print(x)$\n",  # two statements on one line
        "        if x.dim(): $print(x)$\n",
        '        $print("""a\n  b""", x)$\n',  # moving its lines would change the string
        "        y = [$print(x)$]\n",  # its value is used
    ],
)
def test_what_cannot_be_guarded_is_not(line: str) -> None:
    text = model(f"{line}        return x\n")
    assert changed(text, effect(text)) == []


def test_windows_line_ends_stay() -> None:
    text = model("        $print(x)$\n        return x\n").replace("\n", "\r\n")
    (after,) = mending(text, effect(text)).values()
    assert "is_exporting():\r\n            print(x)\r\n" in after
    assert after.count("\n") == after.count("\r\n")


# -- state -------------------------------------------------------------------------------------------


def state(marked: str, tensor: bool = True) -> StateChanged:
    return StateChanged("self.mean", "assigned", tensor, frame(marked))


def test_state_becomes_a_buffer() -> None:
    text = model(
        "        $self.mean$ = x.mean(0)\n        return x\n", "        self.mean = torch.zeros(8)\n"
    )
    assert changed(text, state(text)) == [
        [
            '        self.register_buffer("mean", torch.zeros(8), persistent=False)',
            "        self.mean.copy_(x.mean(0))",
        ]
    ]


def test_a_value_in_brackets_over_several_lines_keeps_them() -> None:
    forward = (
        "        $self.mean$ = (\n            x.mean(0)  # over the batch\n        )\n        return x\n"
    )
    text = model(forward, "        self.mean = torch.zeros(8)\n")
    (lines,) = changed(text, state(text))
    assert lines[1:] == ["        self.mean.copy_((", "        ))"]


def test_state_in_a_tuple_gets_a_name() -> None:
    text = model(
        "        y, $self.mean$ = x, x.mean(0)\n        return y\n", "        self.mean = torch.zeros(8)\n"
    )
    (lines,) = changed(text, state(text))
    assert lines[1:] == ["        y, mean = x, x.mean(0)", "        self.mean.copy_(mean)"]


@pytest.mark.parametrize(
    "made",
    [
        "        self.mean = None\n",  # nobody knows its shape
        "        self.mean = torch.zeros(8)\n        self.mean = torch.ones(8)\n",
        "        a = self.mean = torch.zeros(8)\n",
        "",
    ],
)
def test_state_that_is_not_plainly_made_is_left_alone(made: str) -> None:
    text = model("        $self.mean$ = x.mean(0)\n        return x\n", made)
    assert changed(text, state(text)) == []


# -- the spec ----------------------------------------------------------------------------------------


def specialized(dim: str, source: str, allowed: str, marked: str) -> DimContradicted:
    return DimContradicted(dim, source, "specialized", allowed, "named", frame(marked), example=int(allowed))


def related(dim: str, source: str, allowed: str, marked: str) -> DimContradicted:
    return DimContradicted(dim, source, "relation", allowed, "named", frame(marked), example=8)


HELPER = """import torch
from torch import nn


def spread(x, r):
    BODY


# fullgraph: args=(torch.randn(4, 8, 8),), dynamic_shapes={"x": {0: Dim("a"), 1: Dim("b"), 2: Dim("c")}}
class Model(nn.Module):
    def forward(self, x):
        return spread(x, 2)
"""


def sized(body: str) -> list[str]:
    text = HELPER.replace("BODY", body.replace("\n", "\n    "))
    sources = (("a", "x.shape[0]", "4"), ("b", "x.shape[1]", "8"), ("c", "x.shape[2]", "8"))
    one, *others = (specialized(*each, text) for each in sources)
    after = mending(text, one, *others).get("Take the sizes from the tensor", "")
    return [line.strip() for line in after.splitlines() if "size_" in line]


def test_a_helper_takes_all_sizes_from_what_it_is_given() -> None:
    assert sized("x = $x.view(4, 3, 8, 8)$\nx = x.transpose(1, 2)\nreturn x.reshape(4, 8 * r, 8 * r)") == [
        "size_0, size_1, size_2 = x.shape[0], x.shape[1], x.shape[2]",
        "x = x.view(size_0, 3, size_1, size_2)",
        "return x.reshape(size_0, size_1 * r, size_2 * r)",
    ]


@pytest.mark.parametrize(
    "body",
    [
        "return $x.view(4, 4, 8, 8)$",  # which 4 is the batch?
        "x = $x.view(4, 8, 8)$\nreturn x.reshape(4, -1, 8)",  # which 8?
        "x = x.flip(0)\nreturn $x.view(4, 8, 8)$",  # not what it was given
        "if r > 1:\n    x = $x.view(4, 8, 8)$\nreturn x",
    ],
)
def test_a_helper_whose_numbers_may_be_others_stays(body: str) -> None:
    assert sized(body) == []


RETURN = "        return $x + x$\n"


@pytest.mark.parametrize(
    ("spec", "after"),
    [
        ('{"x": {0: Dim("batch"), 1: Dim("width")}}', '{"x": {0: Dim("batch")}}'),
        ('{"x": {1: Dim("width"), 0: Dim("batch")}}', '{"x": {0: Dim("batch")}}'),
        ('{"x": {1: Dim("width")}}', '{"x": None}'),
        ('{"x": (None, Dim("width"))}', '{"x": (None, None)}'),
        ('({1: Dim("width", max=64)},)', "(None,)"),
    ],
)
def test_a_dimension_is_made_static_in_each_form_of_a_spec(spec: str, after: str) -> None:
    text = model(RETURN, spec=spec)
    first = changed(text, specialized("width", "x.shape[1]", "8", text))[0]
    assert first == [f"# fullgraph: args=(torch.randn(4, 8),), dynamic_shapes={after}"]


def test_two_dimensions_of_one_input_are_made_static_together() -> None:
    text = model(RETURN, spec='{"x": {0: Dim("a"), 1: Dim("b")}}')
    one, other = (specialized(*each, text) for each in (("a", "x.shape[0]", "4"), ("b", "x.shape[1]", "8")))
    assert changed(text, one, other)[0][0].endswith('dynamic_shapes={"x": None}')


def test_a_multiple_keeps_the_users_quotes() -> None:
    text = model(RETURN, spec="{'x': {0: Dim('rows')}}")
    first = changed(text, related("rows", "x.shape[0]", "4*_rows", text))[0]
    assert first[0].endswith("{'x': {0: 4 * Dim('_rows')}}")


def test_what_a_spec_cannot_say_is_left_to_torch() -> None:
    text = model(RETURN, spec='{"x": {0: Dim("a"), 1: Dim("b")}}')
    opaque = DimContradicted("a", "x.shape[0]", "range", "min(512, a) <= a", "named", frame(text), example=4)
    assert list(mending(text, opaque)) == [
        "Declare `a` as `Dim.DYNAMIC`",
        "Mark all dynamic dimensions Dim.AUTO",
    ]


def test_a_dim_with_a_name_is_changed_where_it_is_made() -> None:
    text = (
        f"{HEAD}from torch.export import Dim\n\nclass Model(nn.Module):\n    def forward(self, x, y):\n"
        "        return $x + y$\n\n\nmodel = Model()\nexample_args = (torch.randn(4), torch.randn(8))\n"
        'rows = Dim("rows")\nmore = Dim("more")\ndynamic_shapes = {"x": {0: rows}, "y": {0: more}}\n'
    )
    assert changed(text, related("more", "y.shape[0]", "2*rows", text))[0] == ["more = 2 * rows"]
    same = mending(text, related("more", "y.shape[0]", "rows", text))
    assert next(iter(same.values())).endswith(
        'rows = Dim("rows")\ndynamic_shapes = {"x": {0: rows}, "y": {0: rows}}\n'
    )


# -- classes and kernels -----------------------------------------------------------------------------


def test_a_class_that_does_more_than_keep_its_arguments_is_built_without_its_constructor() -> None:
    text = "class Boxes:\n    def __init__(self, tensor):\n        self.twice = tensor * 2\n\n\n" + model(
        "        return $x$\n"
    )
    [lines] = changed(text, unknown(text))
    assert lines[1:4] == ["    boxes = Boxes.__new__(Boxes)", "    boxes.twice, = parts", "    return boxes"]


@pytest.mark.parametrize(
    "head",
    [
        "class Boxes(Unknown):\n    def __init__(self, x):\n        self.x = x\n",  # who knows what that holds
        "class Boxes:\n    pass\n",
        "class Boxes:\n    x = 1\n\n\ndef f():\n    class Boxes:\n        pass\n",  # which of the two
        "class Boxes(dict):\n    def __init__(self, x):\n        self.x = x\n",
    ],
)
def test_a_class_whose_parts_are_not_plain_is_not_registered(head: str) -> None:
    text = f"{head}\n\n{model('        return $x$' + chr(10))}"
    assert changed(text, unknown(text)) == []


def test_a_dataclass_is_registered() -> None:
    text = "import dataclasses\n\n\n@dataclasses.dataclass\nclass Boxes:\n    x: int\n\n\n" + model(
        "        return $x$\n"
    )
    assert changed(text, unknown(text)) == [["torch.export.register_dataclass(Boxes)"]]
    given = InputRefused("models.Boxes", "boxes", "args")
    assert changed(text, given) == [["torch.export.register_dataclass(Boxes)"]]


def unknown(marked: str) -> Raised:
    message = "Found <class 'models.Boxes'> in output, which is not a known type."
    refused = Recognized("output type", (("type", "models.Boxes"),))
    return Raised("export", frame(marked), "RuntimeError", message, recognized=(refused,))


def test_a_kernel_is_written_from_several_calls() -> None:
    operator = (
        '@torch.library.custom_op("lib::fold", mutates_args=())\n'
        "def fold(x: torch.Tensor, parts: int = 2, *, flag: bool = False) -> torch.Tensor:\n    return x\n\n\n"
    )
    text = HEAD + operator + model("        return $fold(x)$\n").removeprefix(HEAD)

    def call(rows: int, parts: int) -> KernelCall:
        given = (KernelArgument("float32", (rows, 8)), KernelArgument(text=str(parts)))
        return KernelCall(given, (KernelArgument("int64", (rows // parts, 8 * parts)),))

    missing = KernelMissing("lib.fold", frame(text), (call(4, 2), call(8, 4)))
    assert changed(text, missing) == [
        [
            "@fold.register_fake",
            "def _(x, parts=2, *, flag=False):",
            "    return x.new_empty(x.shape[0] // parts, x.shape[1] * parts, dtype=torch.int64)",
        ]
    ]


@pytest.mark.parametrize(
    ("sizes", "written"),
    [
        (((8, 1),), "1"),  # and not 8 rows divided by 8 bits
        (((8, 1), (16, 1), (3, 1)), "1"),
        (((8, 1), (16, 2)), "x.shape[0] // bits"),
        (((8, 1), (16, 2), (9, 2)), None),  # divided and rounded up: no form that is written here
    ],
)
def test_a_kernel_holds_for_all_calls_that_were_seen(
    sizes: tuple[tuple[int, int], ...], written: str | None
) -> None:
    operator = (
        '@torch.library.custom_op("lib::pack", mutates_args=())\n'
        "def pack(x: torch.Tensor, bits: int) -> torch.Tensor:\n    return x\n\n\n"
    )
    text = HEAD + operator + model("        return $pack(x, 8)$\n").removeprefix(HEAD)
    calls = tuple(
        KernelCall(
            (KernelArgument("float32", (rows, 5)), KernelArgument(text="8")),
            (KernelArgument("float32", (given,)),),
        )
        for rows, given in sizes
    )
    lines = [each[-1] for each in changed(text, KernelMissing("lib.pack", frame(text), calls))]
    assert lines == ([f"    return x.new_empty({written})"] if written else [])


# -- modes and conversions ---------------------------------------------------------------------------


def test_the_comment_of_a_class_gets_the_model_in_evaluation_mode() -> None:
    text = model("        return $x$\n")
    assert changed(text, TrainingLeftOn(("self.drop",))) == [
        ["# fullgraph: model=Model().eval(), args=(torch.randn(4, 8),)"]
    ]


def test_strict_mode_is_left_out_of_the_comment() -> None:
    text = model("        return $self.table[x]$\n").replace("8),)", "8),), strict=True")
    broken = GraphBreak("GB0001", "a lookup", "", (), frame(text), stops=True)
    assert changed(text, broken) == [["# fullgraph: args=(torch.randn(4, 8),)"]]


@pytest.mark.parametrize(
    "unknown_to_torch", ["np.histogram(a)", "np.mean(a, where=a > 0)", "np.interp(a, a, a)"]
)
def test_numpy_stays_where_torch_has_no_such_function(unknown_to_torch: str) -> None:
    forward = f"        a = $x.numpy()$\n        return torch.from_numpy({unknown_to_torch})\n"
    text = model(forward).replace("import torch\n", "import numpy as np\nimport torch\n", 1)
    failure = unreadable(text)
    assert changed(text, failure) == []


def unreadable(marked: str) -> Raised:
    read = Recognized("data read")
    return Raised("export", frame(marked, "x.numpy"), "RuntimeError", "no data", recognized=(read,))


def test_numpy_goes_with_its_import() -> None:
    forward = "        a = np.mean($x.detach().cpu().numpy()$, axis=1)\n        return torch.from_numpy(a)\n"
    text = model(forward).replace("import torch\n", "import numpy as np\nimport torch\n", 1)
    failure = unreadable(text)
    (after,) = mending(text, failure).values()
    assert "numpy" not in after
    assert "        a = torch.mean(x.detach(), dim=1)\n        return a\n" in after


CALL = "$torch.jit.trace$(Model(), torch.randn(4, 8), strict=False)"
EXPORT = "torch.export.export(Model(), (torch.randn(4, 8),))"


def traced(statement: str) -> list[str]:
    """What is proposed for a statement with `CALL` in it."""
    about = asked(model("        return x\n") + f"\n\n{statement}\n")
    found = Finding("legacy-export", "information", "", about.place)
    parsed = Parsed(about.source, ast.parse(about.source.normal))
    problem = Problem(found, TrainingLeftOn(()), about.target, Facts(), lambda _: parsed, (2, 13))
    after = [applied(about.source, proposal.edits) for proposal in propose(problem)]
    return [text.split("\n\n\n")[-1].rstrip() for text in after if text is not None]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"traced = {CALL}", f"traced = {EXPORT}"),
        (f"{CALL}.save('x.pt')", f"torch.export.save({EXPORT}, 'x.pt')"),
        (f"({CALL}\n .save(path))", f"(torch.export.save({EXPORT}, path))"),
        (f"torch.jit.save({CALL}, 'x.pt')", f"torch.export.save({EXPORT}, 'x.pt')"),
        (f"y = {CALL}(torch.ones(4, 8))", f"y = {EXPORT}.module()(torch.ones(4, 8))"),
        (f"deploy({CALL})", f"deploy({EXPORT})"),
    ],
)
def test_a_call_of_jit_trace_becomes_an_export_with_its_use(before: str, after: str) -> None:
    assert traced(before) == [after]


@pytest.mark.parametrize(
    "statement",
    [
        f"{CALL}.eval()",
        f"code = {CALL}.code",
        f"{CALL}.save('x.pt', _extra_files=extra)",
        f"({CALL}  # traced\n .save(path))",
        f"torch.jit.save({CALL}, 'x.pt', _extra_files=extra)",
        f"torch.jit.freeze({CALL})",
    ],
)
def test_what_an_exported_program_cannot_do_is_no_proposal(statement: str) -> None:
    assert traced(statement) == []
