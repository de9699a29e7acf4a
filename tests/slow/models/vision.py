"""Vision models of `transformers`, shrunk: classifiers, detectors, segmenters, and text beside images."""

import torch
import transformers as hf

torch.manual_seed(0)
IMAGE = {"pixel_values": torch.randn(2, 3, 32, 32)}
BATCH = {"pixel_values": {0: torch.export.Dim("batch")}}
SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "image_size": 32,
    "patch_size": 8,
    "attn_implementation": "eager",
}


# fullgraph: kwargs=IMAGE, dynamic_shapes=BATCH
def vit():
    return hf.ViTForImageClassification(hf.ViTConfig(**SMALL)).eval()


# fullgraph: kwargs=IMAGE, dynamic_shapes=BATCH
def vit_mae():
    """It draws the patches to mask at random."""
    config = hf.ViTMAEConfig(
        **SMALL,
        decoder_hidden_size=16,
        decoder_num_hidden_layers=1,
        decoder_num_attention_heads=2,
        decoder_intermediate_size=32,
    )
    return hf.ViTMAEForPreTraining(config).eval()


# fullgraph: kwargs=IMAGE, dynamic_shapes={"pixel_values": {0: Dim("batch"), 2: Dim("height"), 3: Dim("width")}}
def dinov2():
    return hf.Dinov2Model(hf.Dinov2Config(**SMALL)).eval()


# fullgraph: kwargs=IMAGE, dynamic_shapes=BATCH
def swin():
    config = hf.SwinConfig(
        image_size=32, patch_size=4, embed_dim=8, depths=[2, 1], num_heads=[1, 2], window_size=4
    )
    return hf.SwinModel(config).eval()


# fullgraph: kwargs=IMAGE, dynamic_shapes={"pixel_values": {0: Dim("batch"), 2: Dim("height"), 3: Dim("width")}}
def resnet():
    config = hf.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    return hf.ResNetForImageClassification(config).eval()


# fullgraph: kwargs=IMAGE, dynamic_shapes=BATCH
def convnext():
    return hf.ConvNextModel(hf.ConvNextConfig(hidden_sizes=[8, 16], depths=[1, 1], num_stages=2)).eval()


# fullgraph: kwargs=IMAGE, dynamic_shapes=BATCH
def yolos():
    return hf.YolosForObjectDetection(
        hf.YolosConfig(**SMALL | {"image_size": [32, 32]}, num_detection_tokens=4)
    ).eval()


DETECTOR = {
    "use_timm_backbone": False,
    "use_pretrained_backbone": False,
    "backbone": None,
    "d_model": 32,
    "num_queries": 4,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
}


def backbone():
    return hf.ResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 16, 16],
        depths=[1, 1, 1],
        layer_type="basic",
        out_features=["stage1", "stage2", "stage3"],
    )


# fullgraph: kwargs=IMAGE, dynamic_shapes=BATCH
def detr():
    config = hf.DetrConfig(**DETECTOR, backbone_config=backbone(), attn_implementation="eager")
    return hf.DetrForObjectDetection(config).eval()


# fullgraph: kwargs=IMAGE, dynamic_shapes=BATCH
def deformable_detr():
    config = hf.DeformableDetrConfig(
        **DETECTOR | {"decoder_layers": 2}, backbone_config=backbone(), num_feature_levels=3
    )
    return hf.DeformableDetrForObjectDetection(config).eval()


# fullgraph: kwargs=IMAGE, dynamic_shapes={"pixel_values": {0: Dim("batch"), 2: Dim("height"), 3: Dim("width")}}
def segformer():
    config = hf.SegformerConfig(
        num_encoder_blocks=2,
        depths=[1, 1],
        sr_ratios=[2, 1],
        hidden_sizes=[8, 16],
        patch_sizes=[7, 3],
        strides=[4, 2],
        num_attention_heads=[1, 2],
        mlp_ratios=[2, 2],
        decoder_hidden_size=16,
    )
    return hf.SegformerForSemanticSegmentation(config).eval()


# fullgraph: kwargs={"input_ids": torch.randint(1, 64, (2, 8))} | IMAGE,
#            dynamic_shapes={"input_ids": {0: Dim("texts")}} | BATCH
def clip():
    text = {
        "vocab_size": 64,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 16,
        "eos_token_id": 63,
    }
    vision = {name: value for name, value in SMALL.items() if name != "attn_implementation"}
    config = hf.CLIPConfig(
        text_config=text, vision_config=vision, projection_dim=16, attn_implementation="eager"
    )
    return hf.CLIPModel(config).eval()


def llava_inputs():
    words = torch.randint(1, 60, (2, 20))
    words[:, 1:17] = 63
    return {"input_ids": words, "attention_mask": torch.ones_like(words)} | IMAGE


# fullgraph: kwargs=llava_inputs(),
#            dynamic_shapes={"input_ids": {0: Dim("batch")}, "attention_mask": {0: Dim("batch")}} | BATCH
def llava():
    """It counts the image's place holders in the text, and puts the image's features there."""
    text = hf.LlamaConfig(
        vocab_size=64,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=64,
    )
    vision = {name: value for name, value in SMALL.items() if name != "attn_implementation"}
    config = hf.LlavaConfig(
        text_config=text,
        vision_config=hf.CLIPVisionConfig(**vision),
        image_token_index=63,
        vision_feature_layer=-1,
        attn_implementation="eager",
    )
    return hf.LlavaForConditionalGeneration(config).eval()
