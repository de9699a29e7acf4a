"""The one `torch.export.export`, and what is watched beside it."""
