"""Ranking: rows come in groups of four answers to one question, flattened for the network.

The network is a cross-encoder's head: each row is the vector of one pair of question and answer, so
that four rows in a row belong together and compete with each other.
"""

from torch import Tensor, nn


# fullgraph: args=(torch.randn(8, 24),), dynamic_shapes={"answers": {0: Dim("batch", max=1024)}}
# fullgraph: args=(torch.randn(8, 24),), dynamic_shapes={"answers": {0: 4 * Dim("questions", max=256)}}
class AnswerRanker(nn.Module):
    """Probability of each of the four answers to be the right one: `[questions, 4]`."""

    def __init__(self, inputs: int = 24, hidden: int = 48, choices: int = 4) -> None:
        super().__init__()
        self.choices = choices
        self.norm = nn.LayerNorm(inputs)
        self.score = nn.Sequential(
            nn.Linear(inputs, hidden),
            nn.GELU(),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, answers: Tensor) -> Tensor:
        scores = self.score(self.norm(answers))
        return scores.view(-1, self.choices).softmax(dim=-1)
