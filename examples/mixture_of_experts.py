"""A feed-forward layer with top-2 routing, written for training and again for serving."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Expert(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, hidden)
        self.down = nn.Linear(hidden, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.down(F.silu(self.up(tokens)))


# fullgraph: model=SparseMixture(width=32, experts=4), args=(torch.randn(2, 10, 32),),
#            dynamic_shapes={"hidden": {0: Dim("batch", max=64), 1: Dim("tokens", max=2048)}}
class SparseMixture(nn.Module):
    """Each expert sees only the tokens that were routed to it."""

    def __init__(self, width: int, experts: int, top_k: int = 2) -> None:
        super().__init__()
        self.top_k = top_k
        self.router = nn.Linear(width, experts, bias=False)
        self.experts = nn.ModuleList(Expert(width, 4 * width) for _ in range(experts))

    def forward(self, hidden: Tensor) -> Tensor:
        tokens = hidden.flatten(0, 1)
        weights, chosen = self.router(tokens).softmax(dim=-1).topk(self.top_k, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)

        mixed = torch.zeros_like(tokens)
        for number, expert in enumerate(self.experts):
            rows, slots = torch.where(chosen == number)
            if rows.numel() == 0:
                continue
            mixed.index_add_(0, rows, expert(tokens[rows]) * weights[rows, slots, None])
        return mixed.view_as(hidden)


# fullgraph: model=DenseMixture(width=32, experts=4), args=(torch.randn(2, 10, 32),),
#            dynamic_shapes={"hidden": {0: Dim("batch", max=64), 1: Dim("tokens", max=2048)}}
class DenseMixture(nn.Module):
    """All experts as one batched product; the router's weights are zero for those not chosen."""

    def __init__(self, width: int, experts: int, top_k: int = 2) -> None:
        super().__init__()
        self.top_k = top_k
        self.router = nn.Linear(width, experts, bias=False)
        self.up = nn.Parameter(torch.randn(experts, width, 4 * width) / width**0.5)
        self.down = nn.Parameter(torch.randn(experts, 4 * width, width) / (4 * width) ** 0.5)

    def forward(self, hidden: Tensor) -> Tensor:
        probabilities = self.router(hidden).softmax(dim=-1)
        values, chosen = probabilities.topk(self.top_k, dim=-1)
        values = values / values.sum(dim=-1, keepdim=True)
        weights = torch.zeros_like(probabilities).scatter(-1, chosen, values)

        activations = F.silu(torch.einsum("btw,ewh->bteh", hidden, self.up))
        outputs = torch.einsum("bteh,ehw->btew", activations, self.down)
        return (outputs * weights.unsqueeze(-1)).sum(dim=2)
