"""Models of `transformers`, built from shrunk configurations: `make(name)` and `inputs(name)` for each that runs.

`python shrunk_models.py FOLDER` tries each base model class once, and prints the line numbers of the files
below FOLDER that its eager forward reaches, as JSON, one model a line.
"""

from __future__ import annotations

import inspect
import json
import os
import signal
import sys
from collections import defaultdict
from types import FrameType
from typing import Any

import torch

_SMALL = {
    "hidden_size": 16, "d_model": 16, "n_embd": 16, "dim": 16, "embed_dim": 16, "emb_dim": 16, "embedding_size": 16,
    "num_hidden_layers": 2, "num_layers": 2, "n_layer": 2, "n_layers": 2, "encoder_layers": 2, "decoder_layers": 2,
    "num_encoder_layers": 2, "num_decoder_layers": 2,
    "num_attention_heads": 4, "num_heads": 4, "n_head": 4, "n_heads": 4, "num_key_value_heads": 2, "head_dim": 4,
    "encoder_attention_heads": 4, "decoder_attention_heads": 4,
    "intermediate_size": 32, "ffn_dim": 32, "d_ff": 32, "d_kv": 4, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32,
    "moe_intermediate_size": 16, "num_experts": 4, "num_local_experts": 4, "num_experts_per_tok": 2,
    "n_routed_experts": 4, "n_shared_experts": 1, "vocab_size": 99, "max_position_embeddings": 64,
    "n_positions": 64, "image_size": 32, "patch_size": 8, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
    "decoder_start_token_id": 1, "q_lora_rank": 8, "kv_lora_rank": 8, "use_cache": False,
}  # fmt: skip
_SECONDS = 10
_LARGEST = 2_000_000


def names() -> list[str]:
    from transformers.models.auto.modeling_auto import MODEL_MAPPING_NAMES  # type: ignore[import-not-found]

    found: dict[str, None] = {}
    for classes in MODEL_MAPPING_NAMES.values():
        found[classes if isinstance(classes, str) else classes[0]] = None
    return list(found)


def make(name: str, device: str = "cpu") -> torch.nn.Module:
    import transformers  # type: ignore[import-not-found]

    torch.manual_seed(0)
    model = getattr(transformers, name)
    known = model.config_class()
    small = {key: value for key, value in _SMALL.items() if isinstance(getattr(known, key, None), int)}
    config = model.config_class(**small)
    config._attn_implementation = "eager"
    with torch.device(device):
        return model(config).eval()


def inputs(name: str) -> dict[str, Any]:
    import transformers

    accepted = inspect.signature(getattr(transformers, name).forward).parameters
    ids = torch.randint(3, 90, (2, 7))
    offered: dict[str, Any] = {
        "input_ids": ids,
        "attention_mask": torch.ones(2, 7, dtype=torch.long),
        "decoder_input_ids": ids,
        "pixel_values": torch.randn(2, 3, 32, 32),
    }
    given = {key: value for key, value in offered.items() if key in accepted}
    if "input_ids" in accepted:
        given.pop("pixel_values", None)
    elif "pixel_values" in accepted:
        given = {"pixel_values": offered["pixel_values"]}
    return given


def reached(name: str, folder: str) -> dict[str, list[int]]:
    """The lines that one eager forward runs, by file."""
    torch.set_num_threads(1)
    model, given = make(name), inputs(name)
    lines: defaultdict[str, set[int]] = defaultdict(set)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(folder):
            return None
        lines[file].add(frame.f_lineno)
        return trace

    sys.settrace(trace)
    try:
        with torch.no_grad():
            model(**given)
    finally:
        sys.settrace(None)
    return {file: sorted(each) for file, each in lines.items()}


def main() -> None:
    for name in names():
        child = os.fork()
        if not child:
            # In a process of its own: some take all memory, or do not end.
            signal.alarm(_SECONDS)
            _say(name, sys.argv[1])
            os._exit(0)
        os.waitpid(child, 0)


def _say(name: str, folder: str) -> None:
    try:
        if sum(each.numel() for each in make(name, "meta").parameters()) > _LARGEST:
            return
        said = {"name": name, "lines": reached(name, folder)}
    except Exception as error:  # noqa: BLE001 (many classes want more than a size; those are left out)
        print(f"{name}: {type(error).__name__}: {str(error)[:80]}", file=sys.stderr, flush=True)
    else:
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
