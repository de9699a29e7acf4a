"""Ends the process behind everybody's back."""

import os

import torch


class M(torch.nn.Module):
    def forward(self, x):
        os._exit(7)
