"""Padding to a multiple, tried on text that nothing runs: without its branch, or not offered."""

from __future__ import annotations

import pytest
from fullgraph.model import DataDependent, DimContradicted

from tests.rewrites.proposing import frame, mending

HEAD = "import math\n\nimport torch\nimport torch.nn.functional as F\nfrom torch import nn\nfrom torch.export import Dim\n\n\n"
TITLE = "Pad to a multiple at every size"


def offered(forward: str, of_data: bool = False) -> str:
    """The body of forward that the rewrite gives; "" where it is not offered."""
    lines = "".join(f"        {line}\n" for line in forward.splitlines())
    text = (
        f'{HEAD}# fullgraph: args=(torch.randn(2, 10, 4),), dynamic_shapes={{"x": {{1: Dim("n")}}}}\n'
        f"class Model(nn.Module):\n    def forward(self, x):\n{lines}"
    )
    related = DimContradicted("n", "x.shape[1]", "relation", "8*_n", "named", frame(text))
    found = DataDependent(frame(text), "u0 > 3", "bool") if of_data else related
    after = mending(text, found).get(TITLE, "").partition("def forward(self, x):\n")[2]
    return "\n".join(line.removeprefix("        ") for line in after.splitlines())


@pytest.mark.parametrize(
    ("amount", "read"),
    [
        ("-n % 8", "-n % 8"),
        ("(8 - n % 8) % 8", "(8 - n % 8) % 8"),
        ("(n + 7) // 8 * 8 - n", "-n % 8"),
        ("8 * math.ceil(n / 8) - n", "-n % 8"),
        ("8 - n % 8 if n % 8 != 0 else 0", "-n % 8"),
        ("0 if n % 8 == 0 else 8 - n % 8", "-n % 8"),
    ],
)
def test_what_is_lacking_is_read_from_a_tensor(amount: str, read: str) -> None:
    body = f"n = x.shape[1]\npad = {amount}\nif $pad$:\n    x = F.pad(x, (0, 0, 0, pad))\nreturn x"
    after = f"n = x.shape[1]\npad = torch.tensor({read}).item()\nx = F.pad(x, (0, 0, 0, pad))\nreturn x"
    assert offered(body) == after


NEXT = ("math.ceil(n / 8) * 8", "-(-n // 8) * 8", "(n + 7) // 8 * 8", "((n - 1) // 8 + 1) * 8", "n + -n % 8")


@pytest.mark.parametrize("target", NEXT)
@pytest.mark.parametrize("test", ["target != n", "target > n", "n < target", "target - n", "n % 8 != 0"])
def test_a_multiple_with_a_name_is_padded_to(target: str, test: str) -> None:
    body = (
        f"n = x.shape[1]\ntarget = {target}\nif ${test}$:\n    x = F.pad(x, (0, 0, 0, target - n))\nreturn x"
    )
    after = f"n = x.shape[1]\ntarget = {target}\nx = F.pad(x, (0, 0, 0, PAD))\nreturn x"
    assert offered(body) == after.replace("PAD", "torch.tensor(target - n).item()")
    assert offered(body, of_data=True) == after.replace("PAD", "target - n")


def test_a_part_of_the_multiple_may_have_a_name() -> None:
    body = (
        "n = x.shape[1]\ngroups = -(-n // 8)\npad = groups * 8 - n\nif $pad > 0$:\n"
        "    x = F.pad(x, (0, 0, 0, pad))\nreturn x"
    )
    assert "\nx = F.pad(x, (0, 0, 0, pad))\nreturn x" in offered(body, of_data=True)


def test_either_side_may_give_the_amount() -> None:
    body = (
        "n = x.shape[1]\nif $n % 8 == 0$:\n    pad = 0\nelse:\n    pad = 8 - n % 8\n"
        "x = F.pad(x, (0, 0, 0, pad))\nreturn x[:, :n]"
    )
    after = "n = x.shape[1]\npad = torch.tensor(-n % 8).item()\nx = F.pad(x, (0, 0, 0, pad))\nreturn x[:, :n]"
    assert offered(body) == after


def test_the_size_is_told_anew() -> None:
    body = (
        "n = x.shape[1]\nif $n % 8$:\n    pad = 8 - n % 8\n    x = F.pad(x, (0, 0, 0, pad))\n    n += pad\n"
        "return x.view(2, n // 8, -1)"
    )
    after = (
        "n = x.shape[1]\npad = torch.tensor(-n % 8).item()\nx = F.pad(x, (0, 0, 0, pad))\nn += pad\n"
        "return x.view(2, n // 8, -1)"
    )
    assert offered(body) == after
    assert offered(body.replace("n += pad", "n = x.shape[1]")) == after.replace("n += pad", "n = x.shape[1]")


@pytest.mark.parametrize(
    "body",
    [
        "n = x.shape[1]\nif $n % 8$:\n    x = F.pad(x, (0, 0, 0, 8 - n % 8))\n    n = x.shape[2]\nreturn x[:, :n]",
        "n = x.shape[1]\nif $n % 8$:\n    x = F.pad(x, (0, 0, 0, 8 - n % 8))\n    n += 8\nreturn x[:, :n]",
        # A whole window is added where nothing is lacking.
        "n = x.shape[1]\npad = 8 - n % 8\nx = F.pad(x, (0, 0, 0, $pad$))\nreturn x",
        # Another amount than the one that is asked for.
        "n = x.shape[1]\npad = -n % 8\nif $n % 4$:\n    x = F.pad(x, (0, 0, 0, pad))\nreturn x",
        "n = x.shape[1]\nif $n % 8$:\n    x = F.pad(x, (0, 0, 0, 8 - n % 4))\nreturn x",
        # More than padding.
        "n = x.shape[1]\npad = -n % 8\nif $pad$:\n    x = F.pad(x, (0, 0, 1, pad))\nreturn x",
        "n = x.shape[1]\npad = -n % 8\nif $pad$:\n    x = F.pad(x, (0, 0, 0, pad)) * 2\nreturn x",
        "n = x.shape[1]\nif $n % 8$:\n    x = F.pad(x, (0, 0, 0, 8 - n % 8))\nelse:\n    x = x + 1\nreturn x",
        "n = x.shape[1]\npad = -n % 8\npad += 8\nif $pad$:\n    x = F.pad(x, (0, 0, 0, pad))\nreturn x",
        "n = x.shape[1]\nt = -(-n // 8) * 8\nif $t != n$:\n    x = F.pad(x, (0, 0, 0, t - n)) * 2\nreturn x",
        # The multiple of another size.
        "n = x.shape[1]\nt = -(-n // 8) * 8\nn = x.shape[2]\nif $t != n$:\n    x = F.pad(x, (0, t - n))\nreturn x",
        "n = x.shape[1]\nk = -(-n // 8)\nn = x.shape[2]\nt = k * 8\nif $t != n$:\n    x = F.pad(x, (0, t - n))\nreturn x",
        "n = x.shape[1]\nt = -(-n // 8) * 4\nif $t != n$:\n    x = F.pad(x, (0, 0, 0, t - n))\nreturn x",
        # Sizes that are refused, and what is given back as it is.
        "n = x.shape[1]\nif $n % 8$:\n    raise ValueError(n)\nreturn F.pad(x, (0, 0, 0, -n % 8))",
        "n = x.shape[1]\nif $n % 8 == 0$:\n    return x + 1\nreturn F.pad(x, (0, 0, 0, 8 - n % 8))",
        # Cut at something else.
        "n = x.shape[1]\npad = -n % 8\nx = F.pad(x, (0, 0, 0, pad))\nif $pad$:\n    x = x[:, 1:-pad]\nreturn x",
        "n = x.shape[1]\npad = -n % 8\nx = F.pad(x, (0, 0, 0, pad))\nif $pad$:\n    x = x[:, :3]\nreturn x",
    ],
)
def test_another_branch_stays(body: str) -> None:
    assert offered(body) == ""
