"""Sentiment of short texts with a bidirectional GRU; padding is skipped by packing the batch."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence


# fullgraph: args=(torch.randint(1, 200, (3, 9)), torch.tensor([9, 6, 4])),
#            dynamic_shapes={"tokens": {0: Dim("batch"), 1: Dim("length")}, "lengths": {0: Dim("batch")}}
class PackedSentiment(nn.Module):
    """The GRU stops at the end of each text."""

    def __init__(self, vocabulary: int = 200, width: int = 32) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width, padding_idx=0)
        self.gru = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * width, 2)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.embed(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, last = self.gru(packed)
        return self.head(torch.cat([last[0], last[1]], dim=-1))


# fullgraph: args=(torch.randint(1, 200, (3, 9)), torch.tensor([9, 6, 4])),
#            dynamic_shapes={"tokens": {0: Dim("batch")}, "lengths": {0: Dim("batch")}}
class GatheredSentiment(nn.Module):
    """The GRU runs over the padding as well; the state at the end of each text is picked out."""

    def __init__(self, vocabulary: int = 200, width: int = 32) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width, padding_idx=0)
        self.gru = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, 2)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        hidden, _ = self.gru(self.embed(tokens))
        ends = (lengths - 1)[:, None, None].expand(-1, 1, hidden.shape[2])
        return self.head(hidden.gather(1, ends).squeeze(1))
