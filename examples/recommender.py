"""Two towers: who the user is and what was watched, against the items that could be shown."""

import torch
from torch import Tensor, nn


def tower(inputs: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))


# fullgraph: model=Recommender(),
#            args=(torch.tensor([4, 8, 15]), torch.randint(1, 500, (23,)), torch.tensor([0, 9, 16])),
#            kwargs={"items": torch.randint(0, 500, (40,))},
#            dynamic_shapes={
#                "users": {0: Dim("batch")},
#                "history": {0: Dim("events")},
#                "offsets": {0: Dim("batch")},
#                "items": {0: Dim("candidates")},
#            }
class Recommender(nn.Module):
    """Scores `[batch, candidates]`; `history` holds all users' items, `offsets` where each begins."""

    def __init__(self, users: int = 100, items: int = 500, width: int = 32) -> None:
        super().__init__()
        self.users = nn.Embedding(users, width)
        self.items = nn.Embedding(items, width)
        self.history = nn.EmbeddingBag(items, width, mode="mean")
        self.user_tower = tower(2 * width, width)
        self.item_tower = tower(width, width)

    def forward(self, users: Tensor, history: Tensor, offsets: Tensor, *, items: Tensor) -> Tensor:
        taste = self.history(history, offsets)
        users = self.user_tower(torch.cat([self.users(users), taste], dim=-1))
        items = self.item_tower(self.items(items))
        return nn.functional.normalize(users, dim=-1) @ nn.functional.normalize(items, dim=-1).T
