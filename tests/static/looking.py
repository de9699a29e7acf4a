"""What the first look finds in a text, as `line: rule: expression`."""

from __future__ import annotations

from textwrap import dedent, indent

from fullgraph import static
from fullgraph.text.source import SourceText

HEAD = """\
import torch, math, time
import numpy as np
from torch import nn, Tensor
import torch.nn.functional as F
"""


def looked(text: str, **others: str) -> list[str]:
    """`rule: expression` for each finding, in the order of the text."""
    source = SourceText("/project/model.py", dedent(text))

    def other(name: str) -> SourceText | None:
        return SourceText(f"/project/{name}.py", dedent(others[name])) if name in others else None

    found = static.find(source, "model", other)
    return [f"{each.rule}: {source.between(each.place.range)}" for each in found]


def in_forward(body: str, arguments: str = "x: Tensor", init: str = "pass") -> list[str]:
    """The same, of the body of one forward."""
    head = f"{HEAD}class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    initial = indent(dedent(init).strip(), " " * 8)
    inner = indent(dedent(body).strip("\n"), " " * 8)
    return looked(f"{head}{initial}\n    def forward(self, {arguments}):\n{inner}\n")
