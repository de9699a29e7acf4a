"""What the name of a parameter says of it: a table, in which the first pattern that fits counts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .spec import Kind


@dataclass(frozen=True)
class Meaning:
    """The kind of the values, the names of the dimensions; `below` is the name of what bounds integers."""

    kind: Kind | None = None
    dimensions: tuple[str, ...] = ()
    below: str = ""


_GRAPH: tuple[tuple[str, Meaning], ...] = (
    (r"edge_index|edges?", Meaning("int", ("2", "edges"), "nodes")),
    (r"edge_(?:attr|feat\w*|features?|embed\w*)", Meaning("float", ("edges", "f"))),
    (r"edge_(?:weight|dist\w*)s?", Meaning("float", ("edges",))),
    (r"edge_types?", Meaning("int", ("edges",), "2")),
    (r"batch(?:_idx|_index|_ids)?|graph_ids?", Meaning("int", ("nodes",), "2")),
    (r"pos|positions?|coords?|xyz", Meaning("float", ("nodes", "3"))),
    (r"x|h|nodes?|node_\w+|feat\w*|inputs?", Meaning(None, ("nodes", "f"))),
)
"""Where edges are among the parameters."""

_NAMES: tuple[tuple[str, Meaning], ...] = (
    (r"(?!max_)(?:.*_)?(?:lengths?|lens?)|seq_?lens?", Meaning("lengths", ("batch",))),
    (r"(?:context|cond|encoder_hidden_states|encoder_out\w*|memory|hidden_states|sequence_output|emissions?)", Meaning(None, ("batch", "length", "d"))),
    (r"adj|adj_\w+|adjacency\w*|\w+_adj", Meaning("float", ("nodes", "nodes"))),
    (r".*(?:padding|pad)_?mask|.*padding", Meaning("padding", ("batch", "length"))),
    (r"(?:attn|attention_bias|causal|look_ahead)_?mask", Meaning("bool", ("length", "length"))),
    (r"tensors", Meaning("float", ("batch", "c", "h", "w"))),
    (r"rewards?|dones?|returns|advantages?|discounts?|terminals?", Meaning("float", ("batch",))),
    (r"(?:(?:token|word|tok|input)_?)?type_?ids|segment\w*", Meaning("int", ("batch", "length"), "2")),
    (r"attention_mask", Meaning("int", ("batch", "length"), "2")),
    (r"mask|.*_mask|mask_.*|masks", Meaning("bool", ("batch", "length"))),
    (r"t|time|times|timesteps?|time_?steps?|sigmas?|noise_levels?|noise_scale|log_snr", Meaning("int", ("batch",))),
    (r"(?:user|item|movie|book|product|head|relation|tail|entity|node|speaker|sid|class)_?(?:ids?|idx|index)?s?|sid|spks?|speakers?", Meaning("int", ("batch",))),
    (r".*(?:labels?|targets?|classes)|y_?true|class_ids?|y", Meaning("int", ("batch",))),
    (r".*(?:ids|idx|indices|index|tokens?|captions?|tags?|words?|chars?|phonemes?|sentences?|seqs?)|text", Meaning("int", ("batch", "length"))),
    (r"(?:.*_)?(?:box(?:es)?|bboxes|rois)", Meaning("float", ("batch", "objects", "4"))),
    (r"xyz\w*|points?|pts|point_?clouds?|pos|positions?|coords?|pc", Meaning("float", ("batch", "points", "3"))),
    (r"(?:image|img|picture|photo|pixel_value|frame)s?\d?|(?:left|right|content|style)(?:_?im\w*)?|rgb", Meaning("float", ("batch", "c", "h", "w"))),
    (r"(?:audio|wave?|waveform|wav|signal|speech)s?", Meaning("float", ("batch", "samples"))),
    (r"mels?|mel_\w+|spec|specs|spectrograms?|log_mel\w*|mspec", Meaning("float", ("batch", "n_mels", "length"))),
    (r"z|noise|latents?|latent_code|eps", Meaning("float", ("batch", "latent"))),
    (r"states?|obs|observations?|s", Meaning("float", ("batch", "state_dim"))),
    (r"actions?|a", Meaning("float", ("batch", "action_dim"))),
)  # fmt: skip

_CONSTANTS: tuple[tuple[str, str], ...] = (
    (r"is_.*|use_.*|return_.*|training|inplace|verbose|debug|need_.*|with_.*|do_.*", "False"),
    (r"mode|reduction|name|method|task", "''"),
    (r"(?:out(?:put)?_|img_|image_|target_)?(?:h|height)", "32"),
    (r"(?:out(?:put)?_|img_|image_|target_)?(?:w|width)", "64"),
    (r"max_?(?:seq_?)?len(?:gth)?|(?:src|tgt|source|target)_max_len", "24"),
    (r"n|k|num_.*|n_.*|epoch|iteration|step|steps|layer_idx|start_pos|offset", "4"),
    (r"scale(?:_factor)?|temperature|alpha|beta|gamma|lambd\w*", "0.5"),
)


def meaning(name: str, *, of_graph: bool) -> Meaning:
    """What a name says; nothing for one that is not in the table."""
    for pattern, found in (*(_GRAPH if of_graph else ()), *_NAMES):
        if re.fullmatch(pattern, name.lower()):
            return found
    return Meaning()


def is_of_graph(names: list[str]) -> bool:
    return any(name.lower() in ("edge_index", "edges", "edge_list", "adj", "adj_t") for name in names)


def constant(name: str) -> str | None:
    """The text of a value that is no tensor, for a name that a number or a flag would have."""
    return next((text for pattern, text in _CONSTANTS if re.fullmatch(pattern, name.lower())), None)
