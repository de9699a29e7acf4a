"""Mixtures of experts and state-space models of `transformers`, shrunk."""

import torch
import transformers as hf

torch.manual_seed(0)
SMALL = {
    "vocab_size": 64,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "intermediate_size": 32,
    "max_position_embeddings": 32,
    "use_cache": False,
    "pad_token_id": 0,
    "attn_implementation": "eager",
}
IDS = {"input_ids": torch.randint(1, 64, (2, 8))}
BATCH = {"input_ids": {0: torch.export.Dim("batch")}}


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def mixtral():
    config = hf.MixtralConfig(
        **SMALL, num_local_experts=4, num_experts_per_tok=2, experts_implementation="eager"
    )
    return hf.MixtralForCausalLM(config).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def mixtral_grouped():
    config = hf.MixtralConfig(**SMALL, num_local_experts=4, num_experts_per_tok=2)
    return hf.MixtralForCausalLM(config).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def qwen2_moe():
    config = hf.Qwen2MoeConfig(
        **SMALL,
        num_experts=4,
        num_experts_per_tok=2,
        moe_intermediate_size=16,
        shared_expert_intermediate_size=16,
        experts_implementation="eager",
    )
    return hf.Qwen2MoeForCausalLM(config).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def olmoe():
    config = hf.OlmoeConfig(**SMALL, num_experts=4, num_experts_per_tok=2, experts_implementation="eager")
    return hf.OlmoeForCausalLM(config).eval()


SEQUENCES = {"input_ids": IDS["input_ids"], "decoder_input_ids": torch.randint(1, 64, (2, 5))}
SEQUENCES_BATCH = {name: {0: torch.export.Dim("batch")} for name in SEQUENCES}


# fullgraph: kwargs=SEQUENCES, dynamic_shapes=SEQUENCES_BATCH
def switch_transformer():
    config = hf.SwitchTransformersConfig(
        vocab_size=64,
        d_model=16,
        d_kv=8,
        d_ff=32,
        num_layers=2,
        num_sparse_encoder_layers=1,
        num_decoder_layers=2,
        num_sparse_decoder_layers=1,
        num_heads=2,
        num_experts=4,
        use_cache=False,
    )
    return hf.SwitchTransformersModel(config).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def mamba():
    config = hf.MambaConfig(vocab_size=64, hidden_size=16, state_size=4, num_hidden_layers=1, use_cache=False)
    return hf.MambaForCausalLM(config).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def mamba2():
    config = hf.Mamba2Config(
        vocab_size=64,
        hidden_size=16,
        state_size=4,
        num_hidden_layers=1,
        num_heads=4,
        head_dim=8,
        expand=2,
        n_groups=1,
        chunk_size=4,
        use_cache=False,
    )
    return hf.Mamba2ForCausalLM(config).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def rwkv():
    config = hf.RwkvConfig(
        vocab_size=64,
        hidden_size=16,
        attention_hidden_size=16,
        num_hidden_layers=2,
        context_length=32,
        use_cache=False,
    )
    return hf.RwkvForCausalLM(config).eval()
