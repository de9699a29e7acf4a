"""Language models of `transformers`, shrunk: encoders, decoders and both."""

import torch
import transformers as hf

torch.manual_seed(0)
SMALL = {
    "vocab_size": 64,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 32,
    "pad_token_id": 0,
    "attn_implementation": "eager",
}
DECODER = SMALL | {"num_key_value_heads": 2, "head_dim": 8, "use_cache": False}
IDS = {"input_ids": torch.randint(1, 64, (2, 8)), "attention_mask": torch.ones(2, 8, dtype=torch.long)}
BATCH_AND_LENGTH = {
    name: {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=32)} for name in IDS
}
BATCH = {name: {0: torch.export.Dim("batch")} for name in IDS}


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH_AND_LENGTH
def bert():
    return hf.BertModel(hf.BertConfig(**SMALL)).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def roberta():
    return hf.RobertaModel(hf.RobertaConfig(**SMALL | {"max_position_embeddings": 40})).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def distilbert():
    config = hf.DistilBertConfig(
        vocab_size=64, dim=16, n_layers=1, n_heads=2, hidden_dim=32, attn_implementation="eager"
    )
    return hf.DistilBertModel(config).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH_AND_LENGTH
def deberta_v2():
    config = hf.DebertaV2Config(**SMALL, relative_attention=True, pos_att_type=["p2c", "c2p"])
    return hf.DebertaV2Model(config).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def modern_bert():
    config = hf.ModernBertConfig(**SMALL, global_attn_every_n_layers=1, local_attention=4)
    return hf.ModernBertModel(config).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def funnel():
    config = hf.FunnelConfig(
        vocab_size=64, block_sizes=[1, 1], num_decoder_layers=1, d_model=16, n_head=2, d_head=8, d_inner=32
    )
    return hf.FunnelModel(config).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def big_bird():
    config = hf.BigBirdConfig(**SMALL, block_size=2, num_random_blocks=1, attention_type="block_sparse")
    return hf.BigBirdModel(config).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def longformer():
    return hf.LongformerModel(
        hf.LongformerConfig(**SMALL | {"max_position_embeddings": 40}, attention_window=[4])
    ).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def reformer():
    config = hf.ReformerConfig(
        vocab_size=64,
        hidden_size=16,
        attention_head_size=8,
        num_attention_heads=2,
        feed_forward_size=32,
        attn_layers=["lsh"],
        lsh_attn_chunk_length=4,
        num_buckets=2,
        axial_pos_shape=(4, 2),
        axial_pos_embds_dim=(8, 8),
        is_decoder=False,
    )
    return hf.ReformerModel(config).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH_AND_LENGTH
def gpt2():
    config = hf.GPT2Config(
        vocab_size=64,
        n_embd=16,
        n_layer=1,
        n_head=2,
        n_positions=32,
        use_cache=False,
        attn_implementation="eager",
    )
    return hf.GPT2LMHeadModel(config).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH_AND_LENGTH
def llama():
    return hf.LlamaForCausalLM(hf.LlamaConfig(**DECODER)).eval()


# fullgraph: kwargs=IDS, dynamic_shapes=BATCH
def gemma2():
    return hf.Gemma2ForCausalLM(hf.Gemma2Config(**DECODER, sliding_window=4)).eval()


# fullgraph: model=llama_with_cache(), kwargs=IDS, dynamic_shapes=BATCH
def llama_with_cache():
    """The cache that it returns is a class of the library's."""
    return hf.LlamaForCausalLM(hf.LlamaConfig(**DECODER | {"use_cache": True})).eval()


SEQUENCES = {"input_ids": IDS["input_ids"], "decoder_input_ids": torch.randint(1, 64, (2, 5))}
SEQUENCES_BATCH = {name: {0: torch.export.Dim("batch")} for name in SEQUENCES}


# fullgraph: kwargs=SEQUENCES, dynamic_shapes=SEQUENCES_BATCH
def t5():
    config = hf.T5Config(
        vocab_size=64, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, use_cache=False
    )
    return hf.T5Model(config).eval()


# fullgraph: kwargs=SEQUENCES, dynamic_shapes=SEQUENCES_BATCH
def bart():
    config = hf.BartConfig(
        vocab_size=64,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=32,
        use_cache=False,
        attn_implementation="eager",
    )
    return hf.BartModel(config).eval()


# fullgraph: kwargs=IDS | {"labels": torch.tensor([0, 1])}, dynamic_shapes=BATCH | {"labels": {0: Dim("batch")}}
def bert_with_loss():
    return hf.BertForSequenceClassification(hf.BertConfig(**SMALL)).eval()
