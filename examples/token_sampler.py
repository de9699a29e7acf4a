"""Greedy and nucleus sampling from a small language model, one sequence at a time."""

import torch
from torch import Tensor, nn


class LanguageModel(nn.Module):
    def __init__(self, vocabulary: int, width: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.mix = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        hidden, _ = self.mix(self.embed(tokens))
        return self.head(hidden[:, -1])


# fullgraph: model=GreedySampler(vocabulary=50), args=(torch.tensor([[3, 14, 15]]),)
class GreedySampler(nn.Module):
    """Appends the likeliest token until the end token comes up or the text is long enough."""

    def __init__(self, vocabulary: int, end_token: int = 0, longest: int = 12) -> None:
        super().__init__()
        self.model = LanguageModel(vocabulary, 32)
        self.end_token = end_token
        self.longest = longest

    def forward(self, prompt: Tensor) -> Tensor:
        tokens = prompt
        token = prompt[:, -1:]
        while token.item() != self.end_token and tokens.shape[1] < self.longest:
            token = self.model(tokens).argmax(dim=-1, keepdim=True)
            tokens = torch.cat([tokens, token], dim=1)
        return tokens


# fullgraph: model=NucleusFilter(), args=(torch.randn(4, 50),), dynamic_shapes={"logits": {0: Dim("batch")}}
class NucleusFilter(nn.Module):
    """Probabilities of the smallest set of tokens that together reach `mass`; zero for the rest."""

    def __init__(self, mass: float = 0.9, temperature: float = 0.8) -> None:
        super().__init__()
        self.mass = mass
        self.temperature = temperature

    def forward(self, logits: Tensor) -> Tensor:
        ordered, order = (logits / self.temperature).softmax(dim=-1).sort(dim=-1, descending=True)
        before = ordered.cumsum(dim=-1) - ordered
        ordered = ordered.masked_fill(before > self.mass, 0.0)
        ordered = ordered / ordered.sum(dim=-1, keepdim=True)
        return torch.zeros_like(logits).scatter(-1, order, ordered)
