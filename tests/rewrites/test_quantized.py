"""What quantizes a tensor by numbers that the data says, tried on text that nothing runs."""

from __future__ import annotations

import pytest
from fullgraph.model import DataDependent

from tests.rewrites.proposing import frame, mending

HEAD = "import torch\nfrom torch import nn\n\n\n"
TITLE = "Keep the scale and the zero point"


def offered(body: str) -> str:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    text = (
        f"{HEAD}# fullgraph: args=(torch.randn(3),)\nclass Model(nn.Module):\n"
        f"    def forward(self, x):\n{lines}"
    )
    return mending(text, DataDependent(frame(text), "u0", "int")).get(TITLE, "")


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (
            "return torch.quantize_per_tensor(x, $float(self.s)$, int(self.z), torch.qint8)",
            "torch.quantize_per_tensor(x, self.s, self.z, torch.qint8)",
        ),
        (
            "return $torch.quantize_per_tensor(x, scale=self.s.item(), zero_point=self.z.item(), dtype=d)$",
            "torch.quantize_per_tensor(x, scale=self.s, zero_point=self.z, dtype=d)",
        ),
        (
            "s = x.abs().max() / 127\nreturn torch.quantize_per_tensor(x, $s.item()$, 0, torch.qint8)",
            "torch.quantize_per_tensor(x, s, torch.tensor(0), torch.qint8)",
        ),
        (
            "return torch.quantize_per_tensor(x, $float(x.abs().max() / 127)$, 0, torch.qint8)",
            "torch.quantize_per_tensor(x, x.abs().max() / 127, torch.tensor(0), torch.qint8)",
        ),
        (
            "return torch.fake_quantize_per_tensor_affine(x, $float(self.s)$, int(self.z), 0, 255)",
            "torch.fake_quantize_per_tensor_affine(x, self.s, self.z.to(torch.int32), 0, 255)",
        ),
        (
            "s = float(self.s)\nz = $int(self.z)$\nreturn torch.quantize_per_tensor(x, s, z, torch.qint8)",
            "s = self.s\n        z = self.z\n",
        ),
    ],
)
def test_both_are_kept_at_once(body: str, after: str) -> None:
    assert after in offered(body)


@pytest.mark.parametrize(
    "body",
    [
        # A number out of the range raises there, a tensor does not, and the data may be anything.
        "return torch.fake_quantize_per_tensor_affine(x, $float(self.s)$, int(x.min()), 0, 255)",
        "return torch.fake_quantize_per_tensor_affine(x, $float(self.s)$, 0, 0, 255)",
        "return torch.quantize_per_tensor(x, 0.02, $int(self.z)$, torch.qint8)",  # it would be rounded
        "s = float(self.s)\ns = s * 2\nreturn torch.quantize_per_tensor(x, s, $int(self.z)$, torch.qint8)",
        "return torch.quantize_per_tensor(x, *$self.s.tolist()$, torch.qint8)",
    ],
)
def test_what_is_no_conversion_of_both_stays(body: str) -> None:
    assert offered(body) == ""
