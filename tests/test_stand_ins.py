"""Targets whose surroundings are not all there, with real torch: what stands in for what, and that it is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from fullgraph.model import Checked, Report

from tests.checking import run_check

pytestmark = pytest.mark.slow

NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.linear = nn.Linear(width, width)

    def forward(self, x):
        return self.linear(x)

class Sized(nn.Module):
    def __init__(self, inputs, classes, rate):
        super().__init__()
        self.rate = rate
        self.linear = nn.Linear(inputs, classes)

    def forward(self, x):
        return self.linear(x) * self.rate
"""

WEIGHTS = "weights as initialized"

CASES: dict[str, tuple[str, tuple[str, ...]]] = {
    "checkpoint_that_is_not_needed": (
        """
        model = Net(16)
        model.load_state_dict(torch.load("best.pt", map_location="cpu")["model"])
        export(model.eval(), (torch.randn(2, 16),))
        """,
        (),
    ),
    "checkpoint_with_a_width_and_other_keys": (
        """
        saved = torch.load("runs/best.pt")
        state = {key.replace("module.", ""): value for key, value in saved["state_dict"].items()}
        model = Net(saved["width"] if "width" in saved else 16)
        model.load_state_dict(state)
        export(model, (torch.randn(2, 16),))
        """,
        (f"checkpoint best.pt: {WEIGHTS}",),
    ),
    "width_of_a_checkpoint": (
        """
        model = Net(torch.load("best.pt")["width"])
        export(model, (torch.randn(2, 24),))
        """,
        (f"checkpoint best.pt: {WEIGHTS}", "number width: 24"),
    ),
    "width_of_a_weight": (
        """
        state = torch.load("best.pt")
        export(Net(state["linear.weight"].shape[0]), (torch.randn(2, 24),))
        """,
        (f"checkpoint best.pt: {WEIGHTS}", "number linear.weight: 24"),
    ),
    "weights_of_the_network": (
        """
        def pretrained():
            model = Net(16)
            model.load_state_dict(torch.hub.load_state_dict_from_url("https://example.org/net.pth"))
            return model
        export(pretrained(), (torch.randn(2, 16),))
        """,
        (f"checkpoint net.pth: {WEIGHTS}",),
    ),
    "file_that_is_asked_after": (
        """
        import os
        from pathlib import Path
        def load(path):
            if not os.path.isfile(path):
                raise ValueError(f"{path}: train first")
            assert Path("plan.txt").exists(), "no plan"
            model = Net(16)
            model.load_state_dict(torch.load(path))
            return model
        export(load("best.pt"), (torch.randn(2, 16),))
        """,
        ("checkpoint best.pt: assumed to exist", "file plan.txt: assumed to exist"),
    ),
    "loaded_in_a_helper": (
        """
        from helper import load
        export(load("runs/last.ckpt"), (torch.randn(2, 24),))
        """,
        ("library wandb: a placeholder", f"checkpoint last.ckpt: {WEIGHTS}", "number width: 24"),
    ),
    "options": (
        """
        import argparse
        def options():
            parser = argparse.ArgumentParser()
            parser.add_argument("checkpoint")
            parser.add_argument("--width", type=int, required=True)
            parser.add_argument("--kind", choices=["small", "large"], required=True)
            parser.add_argument("--batch", type=int, default=3)
            return parser.parse_args()
        def main(args):
            model = Net(args.width)
            model.load_state_dict(torch.load(args.checkpoint))
            export(model, (torch.randn(args.batch, 24),))
        if __name__ == "__main__":
            main(options())
        """,
        ("option checkpoint: a placeholder string", "option --width: 24", "option --kind: small"),
    ),
    "option_that_is_a_key": (
        """
        import argparse
        MODELS = {"net": Net, "wide": lambda: Net(64)}
        parser = argparse.ArgumentParser()
        parser.add_argument("--model", required=True)
        args = parser.parse_args()
        export(MODELS[args.model](), (torch.randn(2, 8),))
        """,
        ("option --model: net",),
    ),
    "model_of_the_module_that_a_function_changes": (
        """
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("--path", required=True)
        args = parser.parse_args()
        model = Net(8)
        def save(path, batch):
            def quiet():
                model.requires_grad_(False)
            model.eval()
            quiet()
            hidden = torch.load(args.path)
            export(model, (torch.randn(batch, 8),))
        save(args.path, batch=2)
        """,
        ("option --path: a placeholder string",),
    ),
    "option_that_is_the_key_of_a_part": (
        """
        import argparse
        class Wrapped(nn.Module):
            def __init__(self, model):
                super().__init__()
                self.model = model
            def forward(self, x):
                return self.model(x)
        def small(checkpoint=None):
            model = Net(8)
            if checkpoint is not None:
                with open(checkpoint, "rb") as file:
                    model.load_state_dict(torch.load(file))
            return model
        MODELS = {"small": small, "large": lambda checkpoint: Net(64)}
        parser = argparse.ArgumentParser()
        parser.add_argument("--checkpoint", required=True)
        parser.add_argument("--model", type=str, required=True)
        def run(model, checkpoint):
            wrapped = Wrapped(model=MODELS[model](checkpoint=checkpoint))
            export(wrapped, (torch.randn(2, 8),))
        if __name__ == "__main__":
            args = parser.parse_args()
            run(model=args.model, checkpoint=args.checkpoint)
        """,
        (
            "option --model: small",
            "option --checkpoint: a placeholder string",
            f"checkpoint --checkpoint: {WEIGHTS}",
        ),
    ),
    "option_that_is_compared": (
        """
        import sys
        def build(name):
            if name == "net":
                return Net(8)
            raise ValueError(name)
        export(build(sys.argv[1]), (torch.randn(2, 8),))
        """,
        ("option argument 1: net",),
    ),
    "subcommand": (
        """
        import argparse
        parser = argparse.ArgumentParser()
        commands = parser.add_subparsers(dest="command", required=True)
        command = commands.add_parser("export")
        command.add_argument("--width", type=int, required=True)
        args = parser.parse_args()
        export(Net(args.width), (torch.randn(2, 24),))
        """,
        ("option --width: 24",),
    ),
    "command_of_click": (
        """
        import click
        @click.command()
        @click.option("--width", default=16)
        @click.option("--checkpoint", required=True)
        def main(width, checkpoint):
            model = Net(width)
            model.load_state_dict(torch.load(checkpoint))
            export(model, (torch.randn(2, 16),))
        """,
        (),
    ),
    "argument_and_answer": (
        """
        import sys
        width, name = int(sys.argv[1]), input("name: ")
        export(Net(width), (torch.randn(2, 24),))
        """,
        ("option argument 1: 24", "option name:: a placeholder string"),
    ),
    "environment": (
        """
        import os
        width, depth = int(os.environ["WIDTH"]), int(os.getenv("DEPTH"))
        export(nn.Sequential(*(Net(width) for _ in range(depth))), (torch.randn(2, 24),))
        """,
        ("environment WIDTH: 24", "environment DEPTH: 2"),
    ),
    "configuration": (
        """
        import json
        with open("config.json") as file:
            config = json.load(file)
        export(Net(config["model"]["width"]), (torch.randn(2, 24),))
        """,
        ("number width: 24",),
    ),
    "configuration_as_keywords": (
        """
        import json
        config = json.load(open("config.json"))
        export(Sized(**config["model"]), (torch.randn(2, 24),))
        """,
        ("file config.json: the defaults", "number inputs: 24", "number classes: 10", "number rate: 0.1"),
    ),
    "number_of_words": (
        """
        import pickle
        with open("words.pkl", "rb") as file:
            words = pickle.load(file)
        export(nn.Embedding(len(words), 4), (torch.zeros(2, 3, dtype=torch.long),))
        """,
        ("number len(words): 1000",),
    ),
    "parameters_that_nobody_gives": (
        """
        def convert(path: str, width, *, out):
            model = Net(width)
            model.load_state_dict(torch.load(path))
            torch.export.save(export(model, (torch.randn(2, 24),)), out)
        """,
        ("number width: 24",),
    ),
    "class_that_nobody_makes": (
        """
        class Exporter:
            def __init__(self, config):
                self.model = Net(config.width)
            def run(self):
                return export(self.model, (torch.randn(2, 24),))
        """,
        ("number width: 24",),
    ),
    "configuration_of_hydra": (
        """
        import hydra
        @hydra.main(config_path="conf", config_name="config", version_base=None)
        def main(config):
            export(Net(config.width), (torch.randn(config.batch, 24),))
        if __name__ == "__main__":
            main()
        """,
        (),
    ),
    "configuration_of_hydra_that_is_not_there": (
        """
        import hydra
        @hydra.main(config_path="elsewhere", config_name="config", version_base=None)
        def main(config):
            export(Net(config.width), (torch.randn(2, 24),))
        if __name__ == "__main__":
            main()
        """,
        ("number width: 24",),
    ),
    "trainer_that_the_script_makes": (
        """
        class Trainer:
            def __init__(self, config):
                self.config = config
                self.model = Net(config["width"])
                self.optimizer = torch.optim.Adam(self.model.parameters(), lr=config["rate"])
            def fit(self, batches):
                for x, y in batches:
                    (self.model(x) - y).sum().backward()
                    self.optimizer.step()
            def export(self, path):
                program = export(self.model.eval(), (torch.randn(2, self.config["width"]),))
                torch.export.save(program, path)
        if __name__ == "__main__":
            trainer = Trainer({"width": 24, "rate": 0.1})
            trainer.fit(torch.load("batches.pt"))
            trainer.export("net.pt2")
        """,
        (),
    ),
    "model_that_exports_itself": (
        """
        class Own(Net):
            def save(self, path):
                torch.export.save(export(self.eval(), (torch.randn(2, self.linear.in_features),)), path)
        if __name__ == "__main__":
            Own(24).save("own.pt2")
        """,
        (),
    ),
    "model_that_exports_itself_and_is_never_made": (
        """
        class Own(Net):
            def save(self, path):
                self.eval()
                torch.export.save(export(self, (torch.randn(2, self.linear.in_features),)), path)
        """,
        (),
    ),
    "main_whose_result_is_used": (
        """
        import sys
        def main(path):
            export(Net(24), (torch.randn(2, 24),))
            return 0
        if __name__ == "__main__":
            sys.exit(main("out"))
        """,
        (),
    ),
    "picture": (
        """
        import numpy as np
        from PIL import Image
        image = np.asarray(Image.open("data/cat.jpg").resize((24, 2)), dtype=np.float32)
        export(Net(24), (torch.from_numpy(image),))
        """,
        ("file cat.jpg: a picture of 224×224",),
    ),
    "picture_of_opencv": (
        """
        import cv2
        image = cv2.imread("cat.jpg")
        export(nn.Conv2d(3, 4, 3), (torch.from_numpy(image).float().permute(2, 0, 1)[None],))
        """,
        ("file cat.jpg: a picture of 224×224",),
    ),
    "array": (
        """
        import numpy as np
        x = torch.from_numpy(np.load("test.npy")).float()
        export(Net(24), (x,))
        """,
        ("file test.npy: inferred inputs",),
    ),
    "one_of_two_inputs": (
        """
        import numpy as np
        class Both(nn.Module):
            def __init__(self):
                super().__init__()
                self.one, self.other = nn.Linear(24, 4), nn.Linear(8, 4)
            def forward(self, x, y):
                return torch.cat([self.one(x), self.other(y)])
        y = torch.from_numpy(np.load("y.npy"))
        export(Both(), (torch.randn(3, 24), y))
        """,
        ("file y.npy: inferred inputs",),
    ),
    "data_set": (
        """
        import os
        from torch.utils.data import DataLoader, Dataset
        class Rows(Dataset):
            def __init__(self, folder):
                self.files = os.listdir(folder)
            def __getitem__(self, index):
                return torch.load(self.files[index])
        def main():
            loader = DataLoader(Rows("data/rows"), batch_size=4, num_workers=2, persistent_workers=True)
            model = Net(24)
            for x, y in loader:
                export(model, (x,))
        main()
        """,
        ("file rows: inferred inputs",),
    ),
    "loader_with_workers": (
        """
        from torch.utils.data import DataLoader, TensorDataset
        loader = DataLoader(
            TensorDataset(torch.zeros(8, 24)), 4, num_workers=2, prefetch_factor=4, persistent_workers=True, timeout=60
        )
        (x,) = next(iter(loader))
        export(Net(24), (x,))
        """,
        (),
    ),
    "rows_of_a_missing_table": (
        """
        import pandas
        names = [line.strip() for line in open("names.txt")]
        table = pandas.read_csv("ratings.csv")
        model = Sized(table["user"].nunique(), len(names), table["rating"].mean())
        export(model, (torch.randn(2, 24),))
        """,
        ("library pandas: a placeholder", "number nunique: 24", "number len(names): 10", "number mean: 0.0"),
    ),
    "services": (
        """
        import wandb
        def main():
            wandb.init(project="nets")
            config = wandb.config
            model = Net(config.width)
            wandb.watch(model)
            export(model, (torch.randn(2, 24),))
        main()
        """,
        ("library wandb: a placeholder", "number width: 24"),
    ),
    "options given to a tracker": (
        """
        import wandb
        def main():
            run = wandb.init(project="nets", config={"width": 24, "rate": 0.1})
            wandb.config.update({"depth": 2}, allow_val_change=True)
            config = wandb.config
            config.rows = 3
            assert "width" in config and set(config.keys()) == {"width", "rate", "depth", "rows"}
            model = nn.Sequential(*(Net(run.config["width"]) for _ in range(config.get("depth", 5))))
            export(model, (torch.randn(wandb.config.rows, config.width),))
        main()
        """,
        ("library wandb: a placeholder",),
    ),
    "checks that fail": (
        """
        import os, sys
        assert os.environ.get("SURELY_NOT_SET"), "set it"
        if len(sys.argv) > 0 and not os.path.exists("data"):
            print("no data")
            sys.exit(1)
        export(Net(24), (torch.randn(2, 24),))
        """,
        (
            "statement line 7 (`assert os.environ.get('SURELY_NOT_SET'), 'set it'`): nothing: it raises AssertionError: set it",
            "statement line 8 (`if len(sys.argv) > 0 and (not os.path.exists('data')):`): nothing: it ends the program",
        ),
    ),
    "a setting of a caller": (
        """
        THREADS = {'fast': 1}
        def ship():
            model = Net(16)
            export(model, (torch.randn(2, 16),))
        def main():
            torch.set_num_threads(THREADS['slow'])
            with torch.no_grad():
                ship()
        main()
        """,
        (
            "statement line 11 (`torch.set_num_threads(THREADS['slow'])`): nothing: it raises KeyError: 'slow'",
        ),
    ),
    "statements that write": (
        """
        import subprocess
        def prepare(model):
            with open("log.txt", "w") as log:
                log.write(repr(model))
            model.prepared = True
        def build(model):
            try:
                subprocess.run(["make"], check=True)
            except OSError:
                raise RuntimeError("build it first")
            model.built = True
        def main():
            model = Net(24)
            prepare(model)
            build(model)
            export(model, (torch.randn(2, 24),))
        main()
        """,
        (
            "statement line 19 (`prepare(model)`): nothing: it writes `log.txt`, which is not allowed during a check",
            "statement line 20 (`build(model)`): nothing: it runs `make`, which is not allowed during a check",
        ),
    ),
    "processes that are spawned": (
        """
        import multiprocessing, os
        def prepare(model):
            multiprocessing.get_context("spawn").Process(target=os.getpid).start()
            model.prepared = True
        def main():
            model = Net(24)
            prepare(model)
            export(model, (torch.randn(2, 24),))
        main()
        """,
        (
            "statement line 12 (`prepare(model)`): nothing: it starts another Python process, which is not allowed during a check",
        ),
    ),
    "settings of missing libraries": (
        """
        import copy
        import tensorflow as tf
        from easydict import EasyDict
        from yacs.config import CfgNode as CN
        def create_hparams():
            return tf.contrib.training.HParams(width=24, batch=2)
        def main():
            sizes = copy.deepcopy(CN({"NET": {"WIDTH": create_hparams().width}}))
            sizes.NET.DEPTH = 3
            sizes.freeze()
            options = EasyDict(width=sizes["NET"].WIDTH)
            assert not hasattr(options, "depth")
            export(Net(options.width), (torch.randn(sizes.NET.DEPTH, 24),))
        main()
        """,
        (
            "library tensorflow: a placeholder",
            "library easydict: a placeholder",
            "library yacs: a placeholder",
        ),
    ),
    "processes": (
        """
        import torch.distributed as dist
        from torch.nn.parallel import DistributedDataParallel
        dist.init_process_group("nccl")
        rank = dist.get_rank()
        model = DistributedDataParallel(Net(24).to("cpu"))
        export(model.module, (torch.randn(2 + rank, 24),))
        """,
        (
            "call torch.distributed.init_process_group: this process alone",
            "call torch.nn.parallel.DistributedDataParallel: this process alone",
        ),
    ),
    "what_deals_with_it_sees_it": (
        """
        import os
        try:
            import xformers
        except ImportError:
            xformers = None
        try:
            state = torch.load("best.pt")
        except FileNotFoundError:
            state = None
        model = Net(8 if xformers is None and state is None and "WIDTH" not in os.environ else 4)
        export(model, (torch.randn(2, 8),))
        """,
        (),
    ),
    "published_model": (
        """
        from transformers import AutoModel, AutoTokenizer
        tokenizer = AutoTokenizer.from_pretrained("someone/net-small")
        words = tokenizer("some words", return_tensors="pt")
        export(AutoModel.from_pretrained("someone/net-small"), (words["input_ids"],))
        """,
        (
            f"checkpoint someone/net-small: the library's default configuration, {WEIGHTS}",
            "call someone/net-small: inferred inputs",
        ),
    ),
    "inputs_of_a_missing_library": (
        """
        from torchvision.datasets import FakeData
        x, _ = FakeData()[0]
        export(Net(24), (x,))
        """,
        ("library torchvision: inferred inputs",),
    ),
    "step_that_fails": (
        """
        import subprocess
        model = Net(24)
        x = torch.randn(int(subprocess.check_output(["no-such-program"])), 24)
        export(model, (x,))
        """,
        ("file no-such-program: inferred inputs",),
    ),
}

SKIPPED = {
    "model_of_a_file": (
        """
        model = torch.load("model.pt", weights_only=False)
        export(model, (torch.randn(2, 8),))
        """,
        "it depends on `model.pt`, which is not there: put the file there, or declare a target for its class",
    ),
    "model_of_a_file_in_a_folder": (
        """
        from pathlib import Path
        model = torch.load(Path("weights") / "whole.pt", weights_only=False)["model"].cpu().eval()
        export(model, (torch.randn(2, 8),))
        """,
        "it depends on `weights/whole.pt`, which is not there",
    ),
    "model_of_an_opened_file": (
        """
        with open("weights/opened.pt", "rb") as file:
            model = torch.load(file, weights_only=False)
        export(model, (torch.randn(2, 8),))
        """,
        "it depends on `weights/opened.pt`, which is not there",
    ),
    "model_that_a_missing_step_changes": (
        """
        model = Net()
        model.fuse_layers(torch.load("plan.pt")["layers"])
        export(model, (torch.randn(2, 8),))
        """,
        "has no attribute 'fuse_layers'",
    ),
    "model_of_a_missing_library": (
        """
        import pytorch_lightning as pl
        class Lit(pl.LightningModule):
            def forward(self, x):
                return x
        export(Lit(), (torch.randn(2, 8),))
        """,
        "`pytorch_lightning` is not installed",
    ),
    "model_of_its_own_bug": (
        """
        export(Net("eight"), (torch.randn(2, 8),))
        """,
        "TypeError",
    ),
}

HELPER = """
import torch
import wandb
from net import Net

class Callback(wandb.Callback):
    pass

@wandb.decorated
def note(epoch: wandb.Epoch) -> None:
    wandb.log({"epoch": epoch})

def load(path):
    saved = torch.load(path)
    model = Net(saved["options"]["width"])
    state = {name[6:]: value for name, value in saved["state_dict"].items() if name.startswith("model.")}
    missing, unexpected = model.load_state_dict(state)
    assert not missing and not unexpected
    wandb.log({"loaded": path})
    print("epoch %d, loss %.3f" % (saved["epoch"], saved["loss"]))
    return model.eval()
"""

PICTURES = """
import numpy

class Image:
    def __init__(self, size):
        self.size = size
    def resize(self, size):
        return Image(size)
    def __array__(self, dtype=None, copy=None):
        return numpy.zeros(self.size[::-1], dtype)

def open(file):
    raise FileNotFoundError(2, "No such file", file)

def new(mode, size):
    return Image(size)
"""

MODELS = """
import torch
from . import auto_factory, tokenization_auto

class Config:
    width = 4

class Layer(torch.nn.Linear):
    def __init__(self, config):
        super().__init__(config.width, 1)

class AutoModel(auto_factory._BaseAutoModelClass):
    @classmethod
    def from_config(cls, config):
        return Layer(config)
"""

AUTO = """
class {name}:
    @classmethod
    def from_pretrained(cls, name, **given):
        raise OSError("no network")
"""

HYDRA = """
import contextlib, json, os
from . import core

def main(**given):
    return lambda function: (lambda: function(compose(given["config_name"], [])))

@contextlib.contextmanager
def initialize_config_dir(folder, version_base):
    global FOLDER
    FOLDER = folder
    yield

def compose(name, overrides):
    with open(os.path.join(FOLDER, name + ".json")) as file:
        return type("Config", (), json.load(file))
"""

INSTALLED = {
    "hydra/__init__.py": HYDRA,
    "hydra/core/__init__.py": "from . import global_hydra",
    "hydra/core/global_hydra.py": "class GlobalHydra:\n    instance = classmethod(lambda cls: cls())\n    clear = lambda self: None",
    "conf/config.json": '{"width": 24, "batch": 3}',
}
"""What of hydra the check relies on, and its configuration."""

TRANSFORMERS = {
    "transformers/__init__.py": "from .models.auto.modeling import AutoModel, Config\n"
    "from .models.auto.tokenization_auto import AutoTokenizer\nCONFIG_MAPPING = {'net': Config}",
    "transformers/models/__init__.py": "",
    "transformers/models/auto/__init__.py": "",
    "transformers/models/auto/modeling.py": MODELS,
    "transformers/models/auto/auto_factory.py": AUTO.format(name="_BaseAutoModelClass"),
    "transformers/models/auto/tokenization_auto.py": AUTO.format(name="AutoTokenizer"),
}
"""What of that library the check relies on."""

HEAD = "import torch\nfrom torch import nn\nfrom torch.export import export\nfrom net import Net, Sized\n"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("half")
    for name, (text, _) in {**CASES, **SKIPPED}.items():
        (folder / f"{name}.py").write_text(HEAD + dedent(text))
    _write(folder, {**TRANSFORMERS, **INSTALLED})
    _write(folder, {"net.py": NET, "helper.py": HELPER, "pyproject.toml": ""})
    _write(
        folder, {"PIL/__init__.py": "", "PIL/Image.py": PICTURES, "cv2.py": "def imread(file): return None"}
    )
    return run_check([folder])


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def _of(name: str, checked: tuple[Checked, ...]) -> Iterator[Checked]:
    return (each for each in checked if each.target.module == name and each.target.origin == "call")


@pytest.mark.parametrize("name", CASES)
def test_it_is_checked_with_what_stands_in(name: str, report: Report) -> None:
    [checked] = _of(name, report.targets)
    assert checked.status == "exports"
    said = tuple(f"{each.kind} {each.what}: {each.by}" for each in checked.facts.assumed)
    assert set(said) == set(CASES[name][1])
    assert all(each.place is not None for each in checked.facts.assumed)


def test_inputs_that_are_there_are_kept(report: Report) -> None:
    [checked] = _of("one_of_two_inputs", report.targets)
    x, y = checked.facts.inputs
    assert (x.shape[1], y.shape[-1]) == (24, 8)
    assert checked.facts.inferred is not None
    assert checked.facts.inferred.args.startswith("(x, ")


@pytest.mark.parametrize("name", SKIPPED)
def test_a_model_is_never_made_up(name: str, report: Report) -> None:
    [checked] = _of(name, report.skipped)
    [finding] = [each for each in report.findings if each.target == checked.target.name]
    assert finding.rule in ("target-skipped", "import-error")
    assert SKIPPED[name][1] in finding.message
