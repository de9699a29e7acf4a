"""Which classes of a file are worth a guess, by the text alone."""

from __future__ import annotations

from textwrap import dedent

from fullgraph.discovery import RepositoryIndex, discover
from fullgraph.text.source import SourceText

from tests.discovery.rendered import assert_found


def test_what_a_person_would_export_is_a_target() -> None:
    assert_found(
        """
        import abc
        import torch.nn as nn

        class Block(nn.Module):
            def __init__(self, size):
                super().__init__()
                self.layer = nn.Linear(size, size)

            def forward(self, x):
                return self.layer(x)

        class Net(nn.Module):
              ^^^ cases:Net
            def __init__(self, size=8):
                super().__init__()
                self.block = Block(4)

            def forward(self, x):
                return self.block(x)

        class Base(nn.Module, abc.ABC):
            def forward(self, x):
                return x

        class Interface(nn.Module):
            def forward(self, x):
                '''To be inherited.'''
                raise NotImplementedError

        class Data:
            def forward(self, x):
                return x

        class Needs(nn.Module):
            def __init__(self, net):
                super().__init__()

            def forward(self, x):
                return x
        """
    )


def test_a_model_that_is_built_with_constants_is_built_so() -> None:
    found = assert_found(
        """
        from torch import nn

        class Net(nn.Module):
              ^^^ cases:Net
            def __init__(self, size, *, deep):
                super().__init__()

            def forward(self, x):
                return x

        def main(config):
            return Net(config, deep=1), Net(8, deep=2)
        """
    )
    [target] = found.targets
    assert target.origin == "inferred"
    assert target.model.text == "Net(8, deep=2).eval()"
    assert target.args is None


def test_what_was_written_of_one_model_hides_no_other() -> None:
    found = assert_found(
        """
        import torch
        from torch import nn

        # fullgraph: args=(torch.randn(2),)
                          ^^^^^^^^^^^^^^^^^ args
        class Net(nn.Module):
              ^^^ cases:Net()
            def forward(self, x):
                return x

        class Other(nn.Module):
              ^^^^^ cases:Other
            def forward(self, x):
                return x
        """
    )
    assert [target.origin for target in found.targets] == ["comment", "inferred"]


def test_another_file_may_say_how_a_model_is_built() -> None:
    text = "from torch import nn\nclass Net(nn.Module):\n  def __init__(self, n, act): ...\n  def forward(self, x): return x\n"
    other = SourceText("/project/main.py", "from net import Net\nmodel = Net(8, None)\n")
    source = SourceText("/project/net.py", text)
    [target] = discover(source, "net", index=RepositoryIndex(lambda: [source, other])).targets
    assert target.model.text == "Net(8, None).eval()"
    assert discover(source, "net").targets == ()


def test_a_class_that_another_inherits_is_a_target_beside_it() -> None:
    text = """
        from torch import nn

        class Net(nn.Module):
            def __init__(self, width):
                super().__init__()
                self.layer = nn.Linear(width, 4)

            def forward(self, x):
                return self.layer(x)

        class Wide(Net):
            def forward(self, x):
                return 2 * Net.forward(self, x)
        """
    found = discover(SourceText("nets.py", dedent(text)), "nets").targets
    assert [each.model.text for each in found] == ["Net(width=width).eval()", "Wide(width=width).eval()"]
