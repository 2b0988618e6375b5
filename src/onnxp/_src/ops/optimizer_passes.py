"""The optimizations that runtimes apply by default, as data: which of them change recorded models.

The names are those in the log of a session, and those of the rules of its first pass. For each pass that
changes models of array functions, a test has some, and compares their results with those of a session that
does not optimize.
"""

from __future__ import annotations

TRIGGERED = (
    "ConstantFolding",
    "ConstantSharing",
    "EliminateIdentity",
    "GatherSliceToSplitFusion",
    "GemmTransposeFusion",
    "LayerNormFusionL1",
    "MatMulAddFusion",
    "MatMulScaleFusion",
    "MatmulTransposeFusion",
    "NoopElimination",
    "NotWhereFusion",
    "SimplifiedLayerNormFusion",
    "SkipLayerNormFusion",
    "SliceConcatToSpaceToDepthFusion",
    "TransposeOptimizer",
    "TransposeOptimizer_CPUExecutionProvider",
)
"""Passes and rules that change models of array functions."""

NAMED_OPERATORS = (
    "BiasGeluFusion",
    "ConvActivationFusion",
    "ConvAddActivationFusion",
    "ConvAddFusion",
    "ConvBNFusion",
    "ConvMulFusion",
    "EliminateDropout",
    "FuseReluClip",
    "GeluFusionL1",
    "GeluFusionL2",
    "GemmActivationFusion",
    "NchwcTransformer",
    "QuickGeluFusion",
)
"""Passes that need operators which `onnxp.onnx.op` records: Conv, Dropout, Erf, Relu, Sigmoid.

Relu is recorded for networks of scikit-learn too, in float32, without a Clip behind it."""

NOT_TRIGGERED: dict[str, str] = {
    "AttentionFusion": "needs the layout of exported BERT models, with a mask of int32",
    "BiasDropoutFusion": "for other execution providers",
    "BiasSkipLayerNormFusion": "needs a bias between a product and SkipLayerNormalization",
    "BiasSoftmaxFusion": "for other execution providers",
    "CastElimination": "casts to the same dtype are not recorded",
    "CastFloat16Transformer": "operators without a float16 kernel are recorded in float32",
    "CommonSubexpressionElimination": "equal nodes are written once",
    "ClipQuantFusion": "needs quantized operators",
    "DivMulFusion": "a Reshape is behind reciprocals: see the table of errors",
    "DoubleQDQPairsRemover": "needs quantized operators",
    "DynamicQuantizeMatMulFusion": "needs quantized operators",
    "EliminateSlice": "slices of everything are not recorded",
    "EmbedLayerNormFusion": "needs the layout of exported BERT models, with indices of int32",
    "EnsureUniqueDQForNodeUnit": "needs quantized operators",
    "ExpandElimination": "expansions to the same shape are not recorded",
    "FastGeluFusion": "the hyperbolic tangent is clipped",
    "FreeDimensionOverrideTransformer": "needs an option of the session",
    "FuseFp16InitializerToFp32NodeTransformer": "operators without a float16 kernel are recorded in float32",
    "GatherToSliceFusion": "a Reshape is before the indices: see the table of errors",
    "GemmSumFusion": "needs a Sum, which is recorded for constants below 1e-45 only",
    "GroupQueryAttentionFusion": "needs operators of Microsoft's domain",
    "GroupQueryAttentionPreNormFusion": "needs operators of Microsoft's domain",
    "LabelEncoderFusion": "needs operators of the domain ai.onnx.ml",
    "LayerNormFusionL2": "does what the pass of level 1 has left",
    "MatMulActivationFusion": "for other execution providers",
    "MatMulIntegerToFloatFusion": "needs quantized operators",
    "MatMulNBitsFusion": "needs quantized operators",
    "MatMul_BatchNormalization_Fusion": "needs BatchNormalization",
    "MemcpyTransformer": "for other execution providers",
    "NhwcTransformer": "needs quantized operators",
    "Pad_Fusion": "needs a Conv or a pooling operator behind a Pad",
    "PreShapeNodeElimination": "sizes are read off the inputs of a Cast",
    "QDQFinalCleanupTransformer": "needs quantized operators",
    "QDQPropagationTransformer": "needs quantized operators",
    "QDQS8ToU8Transformer": "needs quantized operators",
    "QDQSelectorActionTransformer": "needs quantized operators",
    "ReluQuantFusion": "needs quantized operators",
    "RemoveDuplicateCastTransformer": "cannot be disabled: its errors are in the table of errors",
    "ReshapeFusion": "needs shapes of single sizes that Gather takes; they are recorded by Shape with bounds",
    "RocmBlasAltImpl": "for other execution providers",
    "SwiGluFusion": "needs operators of Microsoft's domain",
    "UnsqueezeElimination": "constants are evaluated before they are written",
    "WeightBiasQuantization": "needs quantized operators",
    "WhereDummyDq": "needs quantized operators",
}
"""Passes and rules that no model of array functions triggers, and the reason."""

STAGES = ("Level1_RuleBasedTransformer", "Level2_RuleBasedTransformer")
"""The passes that apply the rules."""
