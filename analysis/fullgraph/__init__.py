"""Says whether PyTorch models export with `torch.export`, where and why they do not.

The package itself imports nothing: the worker in the user's interpreter loads it too.
"""

__version__ = "0.1.0"
