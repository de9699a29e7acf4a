"""A recurrent filter over video frames, one cell step per frame."""

import torch
from torch import Tensor, nn


# fullgraph: args=(torch.rand(2, 6, 3, 16, 16),),
#            dynamic_shapes={"video": {0: Dim.AUTO, 1: Dim.AUTO, 2: None, 3: None, 4: None}}
class FrameRecurrence(nn.Module):
    """Carries a state from frame to frame and returns it for each of them."""

    def __init__(self, channels: int = 8) -> None:
        super().__init__()
        self.channels = channels
        self.enter = nn.Conv2d(3, channels, 3, padding=1)
        self.gate = nn.Conv2d(2 * channels, channels, 3, padding=1)
        self.candidate = nn.Conv2d(2 * channels, channels, 3, padding=1)

    def step(self, frame: Tensor, state: Tensor) -> Tensor:
        joined = torch.cat([frame, state], dim=1)
        gate = self.gate(joined).sigmoid()
        return gate * state + (1 - gate) * self.candidate(joined).tanh()

    def forward(self, video: Tensor) -> Tensor:
        batch, frames, _, height, width = video.shape
        state = video.new_zeros(batch, self.channels, height, width)
        states = []
        for number in range(frames):
            state = self.step(self.enter(video[:, number]), state)
            states.append(state)
        return torch.stack(states, dim=1)
