"""Export calls in the forms in which people write them: each is found, or told with a reason.

In a form that is found, lines that end in `# kept` are run to check it and lines that end in `# not run` are not.
"""

from __future__ import annotations

from textwrap import dedent

import pytest
from fullgraph.discovery import discover
from fullgraph.text.source import SourceText

HEAD = """\
import argparse, os, sys, json
from pathlib import Path
import torch
from torch import nn
from torch.export import Dim, export
class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.layer = nn.Linear(width, width)
    def forward(self, x, y=None): return self.layer(x)
"""

FOUND = {
    "at the top": """
        model = Net().eval()  # kept
        x = torch.randn(2, 8)  # kept
        print("exporting")  # not run
        program = torch.export.export(model, (x,))  # kept
        torch.export.save(program, "net.pt2")  # not run
    """,
    "below a guard": """
        if __name__ == "__main__":
            torch.manual_seed(0)  # kept
            model = Net()  # kept
            model.eval()  # kept
            ep = export(model, args=(torch.randn(2, 8),), dynamic_shapes={"x": {0: Dim("batch")}})  # kept
            print(ep)  # not run
    """,
    "in main, called below": """
        def main():
            model = Net(8)  # kept
            example = (torch.randn(4, 8),)  # kept
            with torch.no_grad():
                program = torch.export.export(model, example)  # kept
            os.makedirs("out")  # not run
        main()  # not run
    """,
    "without gradients, onnx": """
        def to_onnx(path="net.onnx"):
            model = Net().eval()  # kept
            with torch.inference_mode():
                torch.onnx.export(model, (torch.randn(1, 8),), path, dynamo=True, opset_version=18)  # kept
    """,
    "argparse with defaults": """
        def main():
            parser = argparse.ArgumentParser()  # kept
            parser.add_argument("--width", type=int, default=8)  # kept
            args = parser.parse_args()  # kept
            model = Net(args.width)  # kept
            torch.export.export(model, (torch.randn(2, 8),))  # kept
    """,
    "a dict of inputs": """
        model = Net()  # kept
        inputs = {"x": torch.randn(2, 8)}  # kept
        inputs["y"] = torch.ones(2, 8)  # kept
        torch.export.export(model, args=(), kwargs=inputs)  # kept
    """,
    "unpacked from a function": """
        def make():
            return Net(), (torch.randn(2, 8),)  # kept
        model, args = make()  # kept
        torch.export.export(model, args)  # kept
    """,
    "a helper without arguments": """
        def inputs():
            return torch.randn(2, 8)  # kept
        def run():
            net = Net()  # kept
            return export(net, (inputs(),), strict=False)  # kept
    """,
    "ahead of time": """
        with torch.no_grad():
            device = "cuda" if torch.cuda.is_available() else "cpu"  # kept
            model = Net().to(device=device)  # kept
            example_inputs = (torch.randn(8, 8, device=device),)  # kept
            exported = torch.export.export(model, example_inputs)  # kept
            path = torch._inductor.aoti_compile_and_package(exported, package_path="m.pt2")  # not run
    """,
    "ahead of time, in one": """
        torch._inductor.aoti_compile_and_package(torch.export.export(Net(), (torch.randn(2, 8),)))  # kept
    """,
    "to an edge program": """
        from executorch.exir import to_edge
        aten = export(Net(), (torch.randn(1, 8),))  # kept
        edge = to_edge(aten)  # not run
        open("net.pte", "wb").write(edge.to_executorch().buffer)  # not run
    """,
    "to an edge program, lowered": """
        from executorch.exir import to_edge_transform_and_lower
        sample = (torch.randn(1, 8),)  # kept
        program = to_edge_transform_and_lower(torch.export.export(Net().eval(), sample)).to_executorch()  # kept
    """,
    "after training": """
        model = Net()  # kept
        optimizer = torch.optim.Adam(model.parameters())  # not run
        for epoch in range(10):
            loss = model(torch.randn(2, 8)).sum()  # not run
            loss.backward()  # not run
            optimizer.step()  # not run
        torch.save(model.state_dict(), "weights.pt")  # not run
        model.eval()  # kept
        torch.export.export(model, (torch.randn(2, 8),))  # kept
    """,
    "in a test": """
        def test_exports(tmp_path):
            net = Net()  # kept
            x = torch.randn(3, 8)  # kept
            expected = net(x)  # not run
            ep = torch.export.export(net, (x,))  # kept
            torch.testing.assert_close(ep.module()(x), expected)  # not run
    """,
    "in a test's class": """
        import unittest
        class TestNet(unittest.TestCase):
            def setUp(self):
                self.net = Net()  # kept
                self.x = torch.randn(2, 8)  # kept
            def test_export(self):
                ep = torch.export.export(self.net, (self.x,))  # kept
                self.assertIsNotNone(ep)  # not run
    """,
    "in a loop over sizes": """
        for width in (8, 16):  # kept
            model = Net(width)  # kept
            torch.export.export(model, (torch.randn(2, width),))  # kept
    """,
    "in a try": """
        model = Net()  # kept
        try:
            ep = torch.export.export(model, (torch.randn(2, 8),))  # kept
        except Exception as error:
            print("failed", error)  # not run
            sys.exit(1)  # not run
    """,
    "in a conditional": """
        model = Net()  # kept
        quantise = False
        if not quantise:
            ep = torch.export.export(model, (torch.randn(2, 8),))  # kept
    """,
    "a spec apart": """
        batch = Dim("batch", min=2, max=64)  # kept
        shapes = {"x": {0: batch}}  # kept
        torch.export.export(Net(), (torch.randn(4, 8),), dynamic_shapes=shapes)  # kept
    """,
    "draft": """
        model = Net()  # kept
        report = torch.export.draft_export(model, (torch.randn(2, 8),))  # kept
        print(report._report)  # not run
    """,
    "inputs from a loader": """
        from torch.utils.data import DataLoader, TensorDataset
        loader = DataLoader(TensorDataset(torch.randn(8, 8)), batch_size=4)  # kept
        model = Net()  # kept
        (x,) = next(iter(loader))  # kept
        torch.export.export(model, (x,))  # kept
    """,
    "several positional inputs": """
        model = Net()  # kept
        inputs = tuple(torch.randn(2, 8) for _ in range(2))  # kept
        torch.export.export(model, inputs)  # kept
    """,
    "a lambda for inputs": """
        get_inputs = lambda: (torch.randn(2, 8),)  # kept
        torch.export.export(Net(), get_inputs())  # kept
    """,
    "compiled whole": """
        model = torch.compile(Net(), fullgraph=True)  # kept
        y = model(torch.randn(2, 8))  # kept
    """,
    "with a class attribute": """
        class Config:
            width = 8  # kept
        model = Net(Config.width)  # kept
        torch.export.export(model, (torch.randn(2, Config.width),))  # kept
    """,
    "returned": """
        def export_net():
            model = Net().eval()  # kept
            return torch.export.export(model, (torch.randn(2, 8),)).run_decompositions()  # kept
    """,
    "with a default in the signature": """
        def convert(width=8, path=Path("a.pt2")):
            model = Net(width)  # kept
            ep = torch.export.export(model, (torch.randn(1, width),))  # kept
            torch.export.save(ep, path)  # not run
    """,
    "timed and logged": """
        import logging, time
        log = logging.getLogger(__name__)
        def main():
            log.info("start")  # not run
            started = time.time()  # not run
            model = Net()  # kept
            ep = torch.export.export(model, (torch.zeros(2, 8),))  # kept
            log.info("took %s", time.time() - started)  # not run
    """,
    "through a helper": """
        def convert(model, inputs, path, verbose=False):
            model.eval()
            with torch.no_grad():
                torch.onnx.export(model, inputs, path, dynamo=True)
        def main():
            net = Net(16)  # kept
            convert(net, (torch.randn(2, 16),), "net.onnx", verbose=True)  # kept
            print("done")  # not run
    """,
    "through a helper, at the top": """
        def to_program(module, sample, shapes=None):
            program = export(module, args=sample, dynamic_shapes=shapes, strict=True)
            return program
        if __name__ == "__main__":
            x = torch.randn(2, 8)  # kept
            to_program(Net().eval(), sample=(x,)).module()  # kept
    """,
    "through a helper that changes what it is given": """
        def convert(model):
            model.half()  # kept
            return torch.export.export(model, (torch.randn(2, 8),))
        convert(Net())  # kept
    """,
    "through a function of the options": """
        import argparse
        def options():
            parser = argparse.ArgumentParser()  # kept
            parser.add_argument("--width", type=int, default=8)  # kept
            return parser.parse_args()  # kept
        def main(args):
            print(args)  # not run
            model = Net(args.width)  # kept
            ep = torch.export.export(model, (torch.randn(2, args.width),))  # kept
        if __name__ == "__main__":
            print("started")  # not run
            args = options()  # kept
            main(args)  # kept
    """,
    "a parameter that nobody gives": """
        def convert(path, width):
            model = Net(width)  # kept
            model.load_state_dict(torch.load(path))  # not run
            return torch.export.export(model, (torch.randn(2, width),))  # kept
    """,
}

SKIPPED = {
    "a helper with two callers": (
        """
        def convert(model):
            return torch.export.export(model, (torch.randn(2, 8),))
        convert(Net())
        convert(Net(16))
        """,
        "a parameter of `convert` without a default",
    ),
    "a parameter": (
        """
        def convert(model, inputs):
            return torch.export.export(model, inputs)
        """,
        "a parameter of `convert` without a default",
    ),
    "a star": (
        """
        def convert(*given):
            return torch.export.export(*given)
        """,
        "passed with `*`",
    ),
    "async function": (
        """
        async def convert():
            return torch.export.export(Net(), (torch.randn(2, 8),))
        """,
        "async function",
    ),
    "a name from nowhere": (
        """
        torch.export.export(net_of_a_notebook, (torch.randn(2, 8),))
        """,
        "`net_of_a_notebook`",
    ),
}


@pytest.mark.parametrize("form", FOUND.values(), ids=FOUND)
def test_found(form: str) -> None:
    text = HEAD + dedent(form)
    found = discover(SourceText("/project/script.py", text), "script", named=True)
    (target,) = (each for each in found.targets if each.origin == "call")
    assert target.slice is not None
    lines = target.slice.text.split("\n")
    marks = ((number, line) for number, line in enumerate(text.split("\n")) if "  # " in line)
    for number, line in marks:
        kept = lines[number].partition("  # ")[0].strip() not in ("", "0", "pass")
        assert kept == line.endswith("# kept"), f"{line.strip()}\n{target.slice.text}"


@pytest.mark.parametrize(("form", "reason"), SKIPPED.values(), ids=SKIPPED)
def test_skipped_with_a_reason(form: str, reason: str) -> None:
    found = discover(SourceText("/project/script.py", HEAD + dedent(form)), "script", named=True)
    assert [each for each in found.targets if each.origin == "call"] == []
    (finding,) = found.findings
    assert finding.rule == "target-skipped"
    assert reason in finding.message


def test_a_helper_is_given_what_its_caller_says() -> None:
    text = HEAD + dedent(FOUND["through a helper"])
    (target,) = discover(SourceText("/project/script.py", text), "script", named=True).targets
    assert target.args is not None
    assert (target.model.text, target.args.text) == ("net.eval()", "(torch.randn(2, 16),)")
    assert (target.name, target.model_class) == ("script:net (onnx in convert)", "script.Net")
