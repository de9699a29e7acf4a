"""torch's own Python, plain and observed: the same results, bit for bit.

Observed are `torch.nn.functional`, all of `torch.nn.modules` and `torch._refs`; what is run goes through
many of their functions, forwards and backwards, and once through `torch.export`.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
import torch._refs as refs
import torch.nn.functional as F  # noqa: N812
from fullgraph.tracing.instrumentation.instrument import Observed, Swap, observe_source
from torch import nn

pytestmark = [pytest.mark.exhaustive, pytest.mark.filterwarnings("ignore")]


def r(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, requires_grad=True)


def p(*shape: int) -> torch.Tensor:
    return torch.rand(*shape) * 0.8 + 0.1


MODULES: dict[str, Callable[[], tuple[nn.Module, tuple[Any, ...]]]] = {
    "linear": lambda: (nn.Linear(8, 4), (r(2, 8),)),
    "bilinear": lambda: (nn.Bilinear(3, 4, 5), (r(2, 3), r(2, 4))),
    "conv1d": lambda: (nn.Conv1d(3, 6, 3, padding="same", padding_mode="circular"), (r(2, 3, 9),)),
    "conv2d": lambda: (nn.Conv2d(4, 8, 3, stride=2, padding=1, groups=2), (r(2, 4, 9, 9),)),
    "conv3d": lambda: (nn.Conv3d(2, 3, 2), (r(1, 2, 4, 4, 4),)),
    "conv transpose": lambda: (nn.ConvTranspose2d(3, 2, 3, stride=2, output_padding=1), (r(1, 3, 5, 5),)),
    "max pool with indices": lambda: (nn.MaxPool2d(2, return_indices=True), (r(1, 2, 6, 6),)),
    "adaptive pool": lambda: (nn.AdaptiveAvgPool2d((3, None)), (r(1, 2, 7, 5),)),
    "fractional pool": lambda: (nn.FractionalMaxPool2d(2, output_ratio=0.5), (r(1, 2, 8, 8),)),
    "lp pool": lambda: (nn.LPPool2d(2, 3), (r(1, 2, 9, 9),)),
    "batch norm": lambda: (nn.BatchNorm2d(3), (r(4, 3, 5, 5),)),
    "batch norm, evaluating": lambda: (nn.BatchNorm1d(3).eval(), (r(4, 3),)),
    "layer norm": lambda: (nn.LayerNorm([3, 4]), (r(2, 3, 4),)),
    "group norm": lambda: (nn.GroupNorm(2, 4), (r(2, 4, 3, 3),)),
    "instance norm": lambda: (nn.InstanceNorm2d(3, affine=True), (r(2, 3, 4, 4),)),
    "rms norm": lambda: (nn.RMSNorm(6), (r(2, 6),)),
    "local response norm": lambda: (nn.LocalResponseNorm(2), (r(1, 4, 3, 3),)),
    "lstm": lambda: (nn.LSTM(4, 5, num_layers=2, bidirectional=True, dropout=0.3), (r(3, 2, 4),)),
    "gru": lambda: (nn.GRU(4, 5, batch_first=True), (r(2, 3, 4), r(1, 2, 5))),
    "rnn cell": lambda: (nn.RNNCell(3, 4, nonlinearity="relu"), (r(2, 3),)),
    "attention": lambda: (nn.MultiheadAttention(8, 2, dropout=0.1, add_bias_kv=True), (r(5, 2, 8),) * 3),
    "transformer": lambda: (nn.Transformer(8, 2, 1, 1, 16, batch_first=True), (r(2, 5, 8), r(2, 4, 8))),
    "encoder layer, evaluating": lambda: (nn.TransformerEncoderLayer(8, 2, 16).eval(), (r(5, 2, 8),)),
    "embedding": lambda: (nn.Embedding(9, 4, padding_idx=0, max_norm=1.0), (torch.tensor([[0, 3], [8, 1]]),)),
    "embedding bag": lambda: (nn.EmbeddingBag(9, 4, mode="mean"), (torch.tensor([[0, 3], [8, 1]]),)),
    "dropout": lambda: (
        nn.Sequential(nn.Dropout(0.4), nn.Dropout2d(0.3), nn.AlphaDropout(0.2)),
        (r(2, 3, 4, 4),),
    ),
    "activations": lambda: (
        nn.Sequential(
            nn.GELU("tanh"), nn.SiLU(), nn.ELU(), nn.PReLU(), nn.Hardswish(), nn.Mish(), nn.Softplus()
        ),
        (r(3, 4),),
    ),
    "softmax": lambda: (
        nn.Sequential(nn.Softmax(dim=-1), nn.LogSoftmax(1), nn.Softmin(0), nn.GLU()),
        (r(4, 6),),
    ),
    "shuffles": lambda: (
        nn.Sequential(nn.PixelShuffle(2), nn.PixelUnshuffle(2), nn.ChannelShuffle(2)),
        (r(1, 4, 3, 3),),
    ),
    "fold": lambda: (nn.Sequential(nn.Unfold(2), nn.Fold((4, 5), 2)), (r(1, 3, 4, 5),)),
    "padding": lambda: (
        nn.Sequential(nn.ReflectionPad2d(1), nn.ReplicationPad2d(2), nn.ZeroPad2d(1)),
        (r(1, 2, 3, 4),),
    ),
    "upsample": lambda: (
        nn.Upsample(scale_factor=1.7, mode="bilinear", align_corners=False),
        (r(1, 2, 4, 5),),
    ),
    "containers": lambda: (
        nn.Sequential(nn.Flatten(), nn.Unflatten(1, (2, 6)), nn.Identity()),
        (r(3, 3, 4),),
    ),
    "cross entropy": lambda: (nn.CrossEntropyLoss(label_smoothing=0.1), (r(3, 5), torch.tensor([1, 0, 4]))),
    "ctc": lambda: (
        nn.CTCLoss(),
        (
            r(7, 2, 5).log_softmax(2),
            torch.tensor([[1, 2, 3], [2, 1, 4]]),
            torch.tensor([7, 6]),
            torch.tensor([3, 2]),
        ),
    ),
    "triplet": lambda: (nn.TripletMarginWithDistanceLoss(), (r(3, 4), r(3, 4), r(3, 4))),
    "gaussian nll": lambda: (nn.GaussianNLLLoss(), (r(3, 4), r(3, 4), p(3, 4))),
    "kl": lambda: (nn.KLDivLoss(reduction="batchmean"), (r(3, 4).log_softmax(1), p(3, 4))),
    "adaptive softmax": lambda: (
        nn.AdaptiveLogSoftmaxWithLoss(6, 12, [4, 8]),
        (r(5, 6), torch.tensor([0, 5, 11, 3, 8])),
    ),
}

FUNCTIONS: dict[str, Callable[[], object]] = {
    "interpolate": lambda: F.interpolate(r(1, 2, 5, 5), size=(7, 3), mode="bicubic", antialias=True),
    "grid sample": lambda: F.grid_sample(r(1, 2, 4, 4), F.affine_grid(r(1, 2, 3), [1, 2, 3, 3], False)),
    "gumbel": lambda: F.gumbel_softmax(r(3, 4), hard=True),
    "rrelu": lambda: F.rrelu(r(3, 4), training=True),
    "one hot": lambda: F.one_hot(torch.tensor([0, 2, 1])),
    "cosine": lambda: (
        F.cosine_similarity(r(3, 4), r(3, 4)),
        F.normalize(r(3, 4)),
        F.pairwise_distance(r(3, 4), r(3, 4)),
    ),
    "losses": lambda: [f(r(3, 4), r(3, 4)) for f in (F.mse_loss, F.l1_loss, F.huber_loss, F.smooth_l1_loss)],
    "binary losses": lambda: (
        F.binary_cross_entropy(p(3, 4), p(3, 4)),
        F.multilabel_soft_margin_loss(r(3, 4), p(3, 4)),
    ),
    "multi margin": lambda: F.multi_margin_loss(r(3, 4), torch.tensor([0, 1, 3]), weight=p(4)),
    "scaled dot product": lambda: F.scaled_dot_product_attention(r(1, 2, 3, 4), r(1, 2, 5, 4), r(1, 2, 5, 4)),
    "pad": lambda: F.pad(r(2, 3), (1, 2, 0, 1), value=3.0),
    "unfold": lambda: F.unfold(r(1, 2, 4, 4), (2, 2), dilation=2),
    "refs: softmax": lambda: refs.softmax(r(3, 4), 1),
    "refs: var_mean": lambda: refs.var_mean(r(3, 4), 1, correction=0, keepdim=True),
    "refs: norm": lambda: refs.native_layer_norm(r(3, 4), [4], None, None, 1e-5),
    "refs: reshape": lambda: (
        refs.reshape(r(3, 4), (2, -1)),
        refs.flatten(r(2, 3, 4), 1),
        refs.unfold(r(8), 0, 3, 2),
    ),
    "refs: cat": lambda: (
        refs.cat([r(2, 3), r(2, 1)], 1),
        refs.stack([r(2), r(2)]),
        refs.hstack([r(2), r(3)]),
    ),
    "refs: split": lambda: (refs.tensor_split(r(7), 3), refs.chunk(r(7), 2), refs.unbind(r(2, 3))),
    "refs: arithmetic": lambda: (
        refs.addcdiv(r(3), r(3), p(3)),
        refs.logsumexp(r(3, 4), 0),
        refs.floor_divide(r(3), p(3)),
    ),
    "refs: where": lambda: (
        refs.where(r(3) > 0, r(3), r(3)),
        refs.masked_fill(r(3), r(3) > 0, 2.0),
        refs.triu(r(3, 3)),
    ),
    "refs: ranges": lambda: (
        refs.arange(1, 9, 2),
        refs.linspace(0, 1, 5),
        refs.logspace(0, 1, 5),
        refs.eye(3, 4),
    ),
    "refs: roll": lambda: (refs.roll(r(3, 4), (1, 2), (0, 1)), refs.rot90(r(3, 4)), refs.flip(r(3, 4), (0,))),
    "refs: broadcast": lambda: (
        refs.broadcast_tensors(r(3, 1), r(4)),
        refs.expand(r(3, 1), 3, 4),
        refs.meshgrid(r(2), r(3), indexing="ij"),
    ),
    "refs: stft": lambda: refs.istft(
        refs.stft(p(64), 16, return_complex=True, window=torch.ones(16)), 16, window=torch.ones(16)
    ),
    "refs: products": lambda: (refs.dot(r(3), r(3)), refs.trace(r(3, 3)), refs.vdot(r(3), r(3))),
}


@pytest.fixture(scope="module")
def files() -> list[Observed]:
    names = [name for _, name, _ in pkgutil.iter_modules(nn.modules.__path__, "torch.nn.modules.")]
    observed: list[Observed] = []
    base = 0
    for name in [*names, "torch.nn.functional", "torch._refs"]:
        file = importlib.import_module(name).__file__
        assert file is not None
        text = importlib.util.decode_source(Path(file).read_bytes())
        observed.append(observe_source(text, file, base))
        base = observed[-1].end
    assert not [skipped for file in observed for skipped in file.skipped]
    return observed


class Counter:
    def __init__(self, files: list[Observed]) -> None:
        self.seen = bytearray(files[-1].end)

    def __call__(self, site: int, value: object) -> object:
        self.seen[site] = 1
        return value


def test_modules_and_functions_compute_the_same(files: list[Observed]) -> None:
    plain = list(computed())
    counter = Counter(files)
    with Swap(files, counter) as swap:
        observed = list(computed())
    again = list(computed())
    for (name, one), (_, other), (_, after) in zip(plain, observed, again, strict=True):
        assert one == other == after, name
    assert len(plain) > 60
    assert swap.functions > 1000
    assert sum(counter.seen) > 3000
    print(
        f"\n{swap.functions} functions, {len(counter.seen)} expressions, {sum(counter.seen)} evaluated, {len(plain)} runs"
    )


def test_an_export_is_the_same(files: list[Observed]) -> None:
    def exported() -> str:
        torch.manual_seed(0)
        model = nn.Transformer(8, 2, 1, 1, 16, batch_first=True).eval()
        shapes = {
            "src": {0: torch.export.Dim("b"), 1: torch.export.Dim("s")},
            "tgt": {0: torch.export.Dim("b")},
        }
        program = torch.export.export(
            model, (torch.randn(3, 5, 8), torch.randn(3, 4, 8)), dynamic_shapes=shapes
        )
        return str(program.graph_module.code) + str(program.range_constraints)

    plain = exported()
    counter = Counter(files)
    with Swap(files, counter):
        assert exported() == plain
    assert sum(counter.seen) > 100


def computed() -> Iterator[tuple[str, list[bytes | None]]]:
    """Name and bits of each result, and of each gradient."""
    for name, make in MODULES.items():
        torch.manual_seed(0)
        model, inputs = make()
        results = tensors(model(*inputs))
        yield name, bits(results) + bits(gradients(results, [*model.parameters(), *inputs]))
    for name, call in FUNCTIONS.items():
        torch.manual_seed(0)
        yield name, bits(tensors(call()))


def tensors(value: object) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    return [tensor for part in value for tensor in tensors(part)] if isinstance(value, tuple | list) else []


def gradients(results: list[torch.Tensor], of: list[torch.Tensor]) -> list[torch.Tensor]:
    loss = sum(result.sum() for result in results if result.requires_grad)
    if isinstance(loss, torch.Tensor):
        loss.backward()
    return [tensor.grad for tensor in of if tensor.is_leaf and tensor.grad is not None]


def bits(values: list[torch.Tensor]) -> list[bytes | None]:
    return [value.detach().contiguous().numpy().tobytes() for value in values]
