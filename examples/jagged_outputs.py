"""Entity spans: one tensor per document, as many rows as the document has candidates."""

import torch
from torch import Tensor, nn


# fullgraph: args=(torch.randn(3, 20, 16), torch.tensor([5, 0, 8])),
#            dynamic_shapes={"tokens": {0: Dim("documents")}, "counts": {0: Dim("documents")}}
class SpanScorer(nn.Module):
    """Scores the first `counts[i]` candidate spans of document `i`."""

    def __init__(self, width: int = 16, labels: int = 4) -> None:
        super().__init__()
        self.score = nn.Linear(width, labels)

    def forward(self, tokens: Tensor, counts: Tensor) -> list[Tensor]:
        positions = torch.arange(tokens.shape[1])
        candidates = tokens[positions < counts[:, None]]
        scores = self.score(candidates)
        return list(scores.split(counts.tolist()))


# fullgraph: args=(torch.randn(3, 20, 16), torch.tensor([5, 0, 8])),
#            dynamic_shapes={"tokens": {0: Dim("documents")}, "counts": {0: Dim("documents")}}
class FlatSpanScorer(nn.Module):
    """All documents in one tensor, with the document of each row: the caller splits."""

    def __init__(self, width: int = 16, labels: int = 4) -> None:
        super().__init__()
        self.score = nn.Linear(width, labels)

    def forward(self, tokens: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
        positions = torch.arange(tokens.shape[1])
        document, position = torch.where(positions < counts[:, None])
        return self.score(tokens[document, position]), document
