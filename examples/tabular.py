"""Feed-forward network on tabular data: numbers and categories. Its target is in pyproject.toml."""

import torch
from torch import Tensor, nn


class TabularNetwork(nn.Module):
    """Logits from standardised numbers and one embedding per categorical column."""

    def __init__(self, numbers: int, categories: list[int], hidden: int = 64, classes: int = 2) -> None:
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(size, min(16, (size + 1) // 2)) for size in categories)
        width = numbers + sum(embedding.embedding_dim for embedding in self.embeddings)
        self.register_buffer("mean", torch.zeros(numbers))
        self.register_buffer("spread", torch.ones(numbers))
        self.layers = nn.Sequential(
            nn.Linear(width, hidden),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(hidden, classes),
        )

    def forward(self, numbers: Tensor, categories: Tensor) -> Tensor:
        columns = [(numbers - self.mean) / self.spread]
        for column, embedding in enumerate(self.embeddings):
            columns.append(embedding(categories[:, column]))
        return self.layers(torch.cat(columns, dim=-1))
