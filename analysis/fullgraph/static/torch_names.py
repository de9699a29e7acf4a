"""What torch's functions, methods and layers give, by name: a tensor, several, or none of its data.

A name that is in no table gives a value of which nothing is said.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


TENSOR_METHODS = _names(
    """
    abs abs_ absolute absolute_ acos acos_ acosh acosh_ add add_ addbmm addbmm_ addcdiv addcdiv_ addcmul
    addcmul_ addmm addmm_ addmv addmv_ addr addr_ adjoint all amax amin angle any arccos arccos_ arccosh
    arccosh_ arcsin arcsin_ arcsinh arcsinh_ arctan arctan2 arctan2_ arctan_ arctanh arctanh_ argmax
    argmin argsort argwhere as_strided as_strided_ as_strided_scatter as_subclass asin asin_ asinh
    asinh_ atan atan2 atan2_ atan_ atanh atanh_ baddbmm baddbmm_ bernoulli bernoulli_ bfloat16 bincount
    bitwise_and bitwise_and_ bitwise_left_shift bitwise_left_shift_ bitwise_not bitwise_not_ bitwise_or
    bitwise_or_ bitwise_right_shift bitwise_right_shift_ bitwise_xor bitwise_xor_ bmm bool broadcast_to
    byte cauchy_ ccol_indices cdouble ceil ceil_ cfloat chalf char cholesky cholesky_inverse
    cholesky_solve clamp clamp_ clamp_max clamp_max_ clamp_min clamp_min_ clip clip_ clone coalesce
    col_indices conj conj_physical conj_physical_ const_data_ptr contiguous copy_ copysign copysign_
    corrcoef cos cos_ cosh cosh_ count_nonzero cov cpu cross crow_indices cuda cumprod cumprod_ cumsum
    cumsum_ deg2rad deg2rad_ dequantize det detach detach_ diag diag_embed diagflat diagonal
    diagonal_scatter diff digamma digamma_ dist div div_ divide divide_ dot double eq eq_ erf erf_ erfc
    erfc_ erfinv erfinv_ exp exp2 exp2_ exp_ expand expand_as expm1 expm1_ exponential_ fill_
    fill_diagonal_ fix fix_ flatten flip fliplr flipud float float_power float_power_ floor floor_
    floor_divide floor_divide_ fmax fmin fmod fmod_ frac frac_ gather gcd gcd_ ge ge_ geometric_ ger
    greater greater_ greater_equal greater_equal_ gt gt_ half hardshrink hash_tensor heaviside
    heaviside_ histc hypot hypot_ i0 i0_ igamma igamma_ igammac igammac_ index index_add index_add_
    index_copy index_copy_ index_fill index_fill_ index_put index_put_ index_reduce index_reduce_
    index_select indices inner int int_repr inverse ipu isclose isfinite isinf isnan isneginf isposinf
    isreal istft kron lcm lcm_ ldexp ldexp_ le le_ lerp lerp_ less less_ less_equal less_equal_ lgamma
    lgamma_ log log10 log10_ log1p log1p_ log2 log2_ log_ log_normal_ log_softmax logaddexp logaddexp2
    logcumsumexp logdet logical_and logical_and_ logical_not logical_not_ logical_or logical_or_
    logical_xor logical_xor_ logit logit_ logsumexp long lstsq lt lt_ lu_solve masked_fill masked_fill_
    masked_scatter masked_scatter_ masked_select matmul matrix_exp matrix_power maximum mean minimum mm
    moveaxis movedim msort mtia mul mul_ multinomial multiply multiply_ mv mvlgamma mvlgamma_ nan_to_num
    nan_to_num_ nanmean nanquantile nansum narrow narrow_copy ne ne_ neg neg_ negative negative_ new
    new_empty new_empty_strided new_full new_ones new_tensor new_zeros nextafter nextafter_ nonzero
    nonzero_static norm normal_ not_equal not_equal_ orgqr ormqr outer permute pin_memory pinverse
    polygamma polygamma_ positive pow pow_ prelu prod put put_ q_per_channel_axis q_per_channel_scales
    q_per_channel_zero_points quantile rad2deg rad2deg_ random_ ravel reciprocal reciprocal_
    record_stream relu relu_ remainder remainder_ renorm renorm_ repeat repeat_interleave requires_grad_
    reshape reshape_as resize resize_ resize_as resize_as_ resize_as_sparse_ resolve_conj resolve_neg
    roll rot90 round round_ row_indices rsqrt rsqrt_ scatter scatter_ scatter_add scatter_add_
    scatter_reduce scatter_reduce_ select select_scatter sgn sgn_ short sigmoid sigmoid_ sign sign_
    signbit sin sin_ sinc sinc_ sinh sinh_ slice_inverse slice_scatter smm softmax solve sparse_mask
    sqrt sqrt_ square square_ squeeze squeeze_ sspaddmm std stft sub sub_ subtract subtract_ sum
    sum_to_size swapaxes swapaxes_ swapdims swapdims_ t t_ take take_along_dim tan tan_ tanh tanh_ tile
    to to_dense to_mkldnn to_padded_tensor to_sparse to_sparse_bsc to_sparse_bsr to_sparse_coo
    to_sparse_csc to_sparse_csr trace transpose transpose_ tril tril_ triu triu_ true_divide
    true_divide_ trunc trunc_ type_as unflatten unfold uniform_ unsqueeze unsqueeze_ values var vdot
    view view_as where xlogy xlogy_ xpu zero_
    """
)
"""Methods of a tensor that give one tensor."""

SEVERAL_METHODS = _names(
    """
    aminmax chunk cummax cummin dsplit eig frexp geqrf histogram hsplit kthvalue lu max median min mode
    nanmedian qr slogdet sort split split_with_sizes svd symeig tensor_split topk triangular_solve
    unbind unique unique_consecutive unsafe_chunk unsafe_split unsafe_split_with_sizes vsplit
    """
)
"""Methods of a tensor that give several tensors, or one or several, by their arguments."""

HOST_METHODS = _names(
    """
    backward data_ptr dense_dim dim dim_order element_size get_device has_names is_coalesced is_complex
    is_conj is_contiguous is_floating_point is_inference is_neg is_pinned is_same_size is_set_to
    is_shared is_signed layout module_load nbytes ndimension nelement numel q_scale q_zero_point qscheme
    register_hook register_post_accumulate_grad_hook retain_grad size sparse_dim storage storage_offset
    storage_type stride type untyped_storage
    """
)
"""Methods of a tensor that tell what is known without its data."""

TENSOR_FUNCTIONS = _names(
    """
    abs abs_ absolute acos acos_ acosh acosh_ add addbmm addcdiv addcmul addmm addmv addmv_ addr adjoint
    all amax amin angle any arange arccos arccos_ arccosh arccosh_ arcsin arcsin_ arcsinh arcsinh_
    arctan arctan2 arctan_ arctanh arctanh_ argmax argmin argsort argwhere as_strided as_strided_
    as_strided_scatter asin asin_ asinh asinh_ atan atan2 atan_ atanh atanh_ baddbmm bartlett_window
    batch_norm bernoulli bilinear bincount bitwise_and bitwise_left_shift bitwise_not bitwise_or
    bitwise_right_shift bitwise_xor blackman_window block_diag bmm broadcast_to bucketize cartesian_prod
    cat cdist ceil ceil_ chain_matmul cholesky cholesky_inverse cholesky_solve clamp clamp_ clamp_max
    clamp_max_ clamp_min clamp_min_ clip clip_ clone column_stack combinations complex concat
    concatenate conj conj_physical conj_physical_ conv1d conv2d conv3d conv_transpose1d conv_transpose2d
    conv_transpose3d copysign corrcoef cos cos_ cosh cosh_ count_nonzero cov cross cumprod cumsum
    deg2rad deg2rad_ dequantize det detach detach_ diag diag_embed diagflat diagonal diagonal_scatter
    diff digamma dist div divide dot dropout dstack einsum embedding empty empty_like eq erf erf_ erfc
    erfc_ erfinv exp exp2 exp2_ exp_ expm1 expm1_ eye fill_ fix fix_ flatten flip fliplr flipud
    float_power floor floor_ floor_divide fmax fmin fmod frac frac_ full full_like gather gcd gcd_ ge
    ger greater greater_equal group_norm gt hamming_window hann_window hardshrink hash_tensor heaviside
    histc hstack hypot i0 i0_ igamma igammac index_add index_copy index_fill index_put index_put_
    index_reduce index_select inner int_repr inverse isclose isfinite isinf isnan isneginf isposinf
    isreal istft kaiser_window kron layer_norm lcm lcm_ ldexp ldexp_ le lerp less less_equal lgamma
    linspace log log10 log10_ log1p log1p_ log2 log2_ log_ log_softmax logaddexp logaddexp2 logcumsumexp
    logdet logical_and logical_not logical_or logical_xor logit logit_ logspace logsumexp lstsq lt
    lu_solve masked_fill masked_scatter masked_select matmul matrix_exp matrix_power maximum mean
    minimum mm moveaxis movedim msort mul multinomial multiply mv mvlgamma nan_to_num nan_to_num_
    nanmean nanquantile nansum narrow narrow_copy ne neg neg_ negative negative_ nextafter nonzero
    nonzero_static norm normal not_equal ones ones_like orgqr ormqr outer permute pinverse pixel_shuffle
    polar polygamma positive pow prelu prod put q_per_channel_axis q_per_channel_scales
    q_per_channel_zero_points quantile rad2deg rad2deg_ rand rand_like randint randint_like randn
    randn_like randperm ravel reciprocal reciprocal_ relu relu_ remainder renorm repeat_interleave
    reshape resize_as_ resize_as_sparse_ resolve_conj resolve_neg rms_norm roll rot90 round round_
    row_stack rsqrt rsqrt_ scatter scatter_add scatter_reduce searchsorted select select_scatter sgn
    sigmoid sigmoid_ sign signbit sin sin_ sinc sinc_ sinh sinh_ slice_inverse slice_scatter smm softmax
    solve sqrt sqrt_ square square_ squeeze sspaddmm stack std stft sub subtract sum swapaxes swapdims t
    take take_along_dim tan tan_ tanh tanh_ tensordot tile trace transpose tril tril_indices triu
    triu_indices true_divide trunc trunc_ unflatten unsqueeze vander var vdot vstack where xlogy xlogy_
    zero_ zeros zeros_like
    """
)
"""Functions of `torch` that give one tensor."""

NN_FUNCTIONS = _names(
    """
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d
    adaptive_max_pool3d affine_grid alpha_dropout avg_pool1d avg_pool2d avg_pool3d batch_norm bilinear
    binary_cross_entropy binary_cross_entropy_with_logits celu celu_ channel_shuffle conv1d conv2d
    conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d cosine_embedding_loss
    cosine_similarity cross_entropy ctc_loss dropout dropout1d dropout2d dropout3d elu elu_ embedding
    embedding_bag feature_alpha_dropout fold fractional_max_pool2d fractional_max_pool3d
    gaussian_nll_loss gelu glu grid_sample group_norm grouped_mm gumbel_softmax hardshrink hardsigmoid
    hardswish hardtanh hardtanh_ hinge_embedding_loss huber_loss instance_norm interpolate kl_div
    l1_loss layer_norm leaky_relu leaky_relu_ linear linear_cross_entropy local_response_norm
    log_softmax logsigmoid lp_pool1d lp_pool2d lp_pool3d margin_ranking_loss max_pool1d max_pool2d
    max_pool3d max_unpool1d max_unpool2d max_unpool3d mish mse_loss multi_margin_loss
    multilabel_margin_loss multilabel_soft_margin_loss native_channel_shuffle nll_loss normalize one_hot
    pad pairwise_distance pdist pixel_shuffle pixel_unshuffle poisson_nll_loss prelu relu relu6 relu_
    rms_norm rrelu rrelu_ scaled_dot_product_attention scaled_grouped_mm scaled_mm selu selu_ sigmoid
    silu smooth_l1_loss soft_margin_loss softmax softmin softplus softshrink softsign tanh tanhshrink
    threshold threshold_ triplet_margin_loss triplet_margin_with_distance_loss unfold upsample
    upsample_bilinear upsample_nearest
    """
)
"""Functions of `torch.nn.functional` that give one tensor."""

LAYERS = _names(
    """
    AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d
    AdaptiveMaxPool3d AlphaDropout AvgPool1d AvgPool2d AvgPool3d BCELoss BCEWithLogitsLoss BatchNorm1d
    BatchNorm2d BatchNorm3d Bilinear CELU CTCLoss ChannelShuffle CircularPad1d CircularPad2d
    CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d Conv1d Conv2d Conv3d ConvTranspose1d
    ConvTranspose2d ConvTranspose3d CosineEmbeddingLoss CosineSimilarity CrossEntropyLoss CrossMapLRN2d
    Dropout Dropout1d Dropout2d Dropout3d ELU Embedding EmbeddingBag FeatureAlphaDropout Flatten Fold
    FractionalMaxPool2d FractionalMaxPool3d GELU GLU GRUCell GaussianNLLLoss GroupNorm Hardshrink
    Hardsigmoid Hardswish Hardtanh HingeEmbeddingLoss HuberLoss InstanceNorm1d InstanceNorm2d
    InstanceNorm3d KLDivLoss L1Loss LPPool1d LPPool2d LPPool3d LayerNorm LazyBatchNorm1d LazyBatchNorm2d
    LazyBatchNorm3d LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d
    LazyConvTranspose3d LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d LazyLinear LeakyReLU
    Linear LinearCrossEntropyLoss LocalResponseNorm LogSigmoid LogSoftmax MSELoss MarginRankingLoss
    MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d Mish MultiLabelMarginLoss
    MultiLabelSoftMarginLoss MultiMarginLoss NLLLoss NLLLoss2d PReLU PairwiseDistance PixelShuffle
    PixelUnshuffle PoissonNLLLoss RMSNorm RNNCell RReLU ReLU ReLU6 ReflectionPad1d ReflectionPad2d
    ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d SELU SiLU Sigmoid SmoothL1Loss
    SoftMarginLoss Softmax Softmax2d Softmin Softplus Softshrink Softsign SyncBatchNorm Tanh Tanhshrink
    Threshold Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder
    TransformerEncoderLayer TripletMarginLoss TripletMarginWithDistanceLoss Unflatten Unfold Upsample
    UpsamplingBilinear2d UpsamplingNearest2d ZeroPad1d ZeroPad2d ZeroPad3d
    """
)
"""Modules of `torch.nn` that give one tensor."""

DEFINITE_METHODS = _names(
    """
    abs abs_ absolute absolute_ acos acos_ acosh acosh_ addbmm addbmm_ addcdiv addcdiv_ addcmul addcmul_
    addmm addmm_ addmv addmv_ addr addr_ adjoint all amax amin angle any arccos arccos_ arccosh arccosh_
    arcsin arcsin_ arcsinh arcsinh_ arctan arctan2 arctan2_ arctan_ arctanh arctanh_ argmax argmin
    argsort argwhere as_strided as_strided_ as_strided_scatter as_subclass asin asin_ asinh asinh_ atan
    atan2 atan2_ atan_ atanh atanh_ baddbmm baddbmm_ bernoulli bernoulli_ bincount bitwise_and
    bitwise_and_ bitwise_left_shift bitwise_left_shift_ bitwise_not bitwise_not_ bitwise_or bitwise_or_
    bitwise_right_shift bitwise_right_shift_ bitwise_xor bitwise_xor_ bmm broadcast_to byte cauchy_
    cdouble ceil ceil_ cfloat chalf char cholesky cholesky_inverse cholesky_solve clamp clamp_ clamp_max
    clamp_max_ clamp_min clamp_min_ clip_ conj conj_physical conj_physical_ const_data_ptr copysign_
    corrcoef cos cos_ cosh cosh_ count_nonzero cov cumprod cumprod_ cumsum cumsum_ deg2rad deg2rad_ diag
    diag_embed diagflat diagonal diagonal_scatter digamma digamma_ dist div_ divide divide_ eq eq_ erf
    erf_ erfc erfc_ erfinv erfinv_ exp exp2 exp2_ exp_ expand expand_as expm1 expm1_ exponential_ fill_
    fill_diagonal_ fix fix_ flatten fliplr flipud float_power float_power_ floor floor_ floor_divide
    floor_divide_ fmax fmin fmod fmod_ frac frac_ gcd gcd_ ge ge_ geometric_ ger greater greater_
    greater_equal greater_equal_ gt gt_ hardshrink hash_tensor heaviside heaviside_ histc hypot hypot_
    i0 i0_ igamma igamma_ igammac igammac_ index_add index_add_ index_copy index_copy_ index_fill
    index_fill_ index_put index_put_ index_reduce index_reduce_ index_select int_repr isclose isfinite
    isinf isnan isneginf isposinf isreal istft kron lcm lcm_ ldexp ldexp_ le le_ lerp lerp_ less less_
    less_equal less_equal_ lgamma lgamma_ log10 log10_ log1p log1p_ log2 log2_ log_ log_normal_
    log_softmax logaddexp logaddexp2 logcumsumexp logdet logical_and logical_and_ logical_not
    logical_not_ logical_or logical_or_ logical_xor logical_xor_ logit logit_ logsumexp lstsq lt lt_
    lu_solve masked_fill masked_fill_ masked_scatter masked_scatter_ masked_select matmul matrix_exp
    matrix_power max maximum mean min minimum mm moveaxis movedim msort mul_ multinomial multiply
    multiply_ mvlgamma mvlgamma_ nan_to_num nan_to_num_ nanmean nanquantile nansum narrow narrow_copy ne
    ne_ neg_ negative negative_ new new_empty new_empty_strided new_full new_ones new_tensor new_zeros
    nextafter nextafter_ nonzero nonzero_static norm normal_ not_equal not_equal_ orgqr ormqr permute
    pin_memory pinverse polygamma polygamma_ positive pow_ prelu prod put_ q_per_channel_axis
    q_per_channel_scales q_per_channel_zero_points quantile rad2deg rad2deg_ random_ ravel reciprocal_
    relu_ remainder remainder_ renorm renorm_ repeat repeat_interleave reshape reshape_as resize_as_
    resize_as_sparse_ resolve_neg roll rot90 round_ rsqrt rsqrt_ scatter_ scatter_add scatter_add_
    scatter_reduce scatter_reduce_ select_scatter sgn sgn_ short sigmoid_ sign sign_ signbit sin sin_
    sinc sinc_ sinh sinh_ slice_inverse slice_scatter smm softmax solve sparse_mask sqrt sqrt_ square
    square_ squeeze squeeze_ sspaddmm std stft sub_ subtract subtract_ sum sum_to_size swapaxes
    swapaxes_ swapdims swapdims_ t_ take_along_dim tan tan_ tanh_ tile to_mkldnn to_padded_tensor
    to_sparse_bsc to_sparse_bsr to_sparse_coo to_sparse_csc to_sparse_csr transpose transpose_ tril
    tril_ triu triu_ true_divide true_divide_ trunc trunc_ unflatten uniform_ unsqueeze unsqueeze_ var
    vdot view_as xlogy xlogy_ zero_
    """
)
"""Methods that only a tensor has: what answers to one of them is a tensor."""

TENSOR_PROPERTIES = _names(
    """
    shape dtype device ndim layout requires_grad is_cuda is_cpu is_leaf is_sparse is_quantized is_meta is_mps
    is_mkldnn is_nested is_xla is_xpu itemsize nbytes names
    """
)
"""Attributes of a tensor that are known without its data."""

TRUE_IN_EXPORT = _names("torch.compiler.is_exporting torch.compiler.is_compiling torch._dynamo.is_compiling")
FALSE_IN_EXPORT = _names(
    """
    torch.jit.is_scripting torch.jit.is_tracing torch.onnx.is_in_onnx_export torch._C._get_tracing_state
    torch.compiler.is_dynamo_compiling
    """
)
