"""Audio and time-series models of `transformers`, shrunk, and one of the user's around a library's."""

import torch
import transformers as hf
from torch import nn

torch.manual_seed(0)
SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "attn_implementation": "eager",
}
CONVOLUTIONS = {
    "conv_dim": (8, 8),
    "conv_kernel": (10, 3),
    "conv_stride": (5, 2),
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
    "vocab_size": 32,
}
WAVE = {"input_values": torch.randn(2, 400)}
BATCH_AND_TIME = {
    "input_values": {0: torch.export.Dim("batch"), 1: torch.export.Dim("time", min=100, max=4000)}
}


# fullgraph: kwargs=WAVE, dynamic_shapes=BATCH_AND_TIME
def wav2vec2():
    return hf.Wav2Vec2Model(hf.Wav2Vec2Config(**SMALL, **CONVOLUTIONS)).eval()


# fullgraph: kwargs=WAVE | {"attention_mask": torch.ones(2, 400, dtype=torch.long)},
#            dynamic_shapes={name: {0: Dim("batch")} for name in ("input_values", "attention_mask")}
def wav2vec2_masked():
    return hf.Wav2Vec2Model(hf.Wav2Vec2Config(**SMALL, **CONVOLUTIONS, feat_extract_norm="layer")).eval()


# fullgraph: kwargs=WAVE, dynamic_shapes={"input_values": {0: Dim("batch")}}
def hubert():
    return hf.HubertModel(hf.HubertConfig(**SMALL, **CONVOLUTIONS)).eval()


# fullgraph: kwargs={"input_features": torch.randn(2, 8, 64), "decoder_input_ids": torch.randint(0, 64, (2, 5))},
#            dynamic_shapes={"input_features": {0: Dim("batch")}, "decoder_input_ids": {0: Dim("batch")}}
def whisper():
    config = hf.WhisperConfig(
        vocab_size=64,
        num_mel_bins=8,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_source_positions=32,
        max_target_positions=32,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
        use_cache=False,
        attn_implementation="eager",
    )
    return hf.WhisperModel(config).eval()


# fullgraph: args=(torch.randn(2, 1, 640),), dynamic_shapes={"input_values": {0: Dim("batch")}}
def encodec():
    config = hf.EncodecConfig(
        hidden_size=16,
        num_filters=4,
        num_residual_layers=1,
        upsampling_ratios=[4, 4],
        num_lstm_layers=1,
        codebook_size=16,
        target_bandwidths=[6.0],
    )
    return Codes(hf.EncodecModel(config).eval())


class Codes(nn.Module):
    """The user's own module around the library's."""

    def __init__(self, codec):
        super().__init__()
        self.codec = codec

    def forward(self, input_values):
        encoded = self.codec.encode(input_values)
        return encoded.audio_codes


# fullgraph: kwargs={"input_ids": torch.randint(1, 32, (2, 12))}, dynamic_shapes={"input_ids": {0: Dim("batch")}}
def vits():
    """How long the speech is follows from the durations that it predicts."""
    config = hf.VitsConfig(
        vocab_size=32,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        ffn_dim=32,
        flow_size=16,
        spectrogram_bins=9,
        upsample_initial_channel=16,
        upsample_rates=[4, 4],
        upsample_kernel_sizes=[8, 8],
        resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1, 3]],
        prior_encoder_num_flows=1,
        prior_encoder_num_wavenet_layers=1,
        posterior_encoder_num_wavenet_layers=1,
        wavenet_dilation_rate=1,
        duration_predictor_num_flows=1,
        duration_predictor_filter_channels=16,
        duration_predictor_flow_bins=4,
        depth_separable_num_layers=1,
    )
    return hf.VitsModel(config).eval()


# fullgraph: kwargs={"past_values": torch.randn(2, 32, 2)}, dynamic_shapes={"past_values": {0: Dim("batch")}}
def patch_tst():
    config = hf.PatchTSTConfig(
        num_input_channels=2,
        context_length=32,
        patch_length=8,
        patch_stride=8,
        d_model=16,
        num_attention_heads=2,
        num_hidden_layers=1,
        ffn_dim=32,
        prediction_length=4,
    )
    return hf.PatchTSTForPrediction(config).eval()


# fullgraph: args=(torch.randint(1, 64, (2, 8)),), dynamic_shapes={"ids": {0: Dim("batch")}}
class Tagger(nn.Module):
    """A library's encoder, with a head and a test of the user's own."""

    def __init__(self):
        super().__init__()
        config = hf.ElectraConfig(vocab_size=64, embedding_size=16, max_position_embeddings=32, **SMALL)
        self.encoder = hf.ElectraModel(config).eval()
        self.head = nn.Linear(16, 3)

    def forward(self, ids):
        hidden = self.encoder(ids).last_hidden_state
        scores = self.head(hidden)
        if (scores > 10).any():
            scores = scores.clamp(max=10)
        return scores
