"""Builds the quantised ONNX graph of all-MiniLM-L6-v2 from its weights. Slow to import: only for a missing cache."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped]  # It ships no types.
from safetensors.numpy import load_file

LAYERS = 6
HEADS = 12
DIMENSION = 384

Weights = dict[str, NDArray[np.float32]]


def build_quantised_graph(weights_file: Path, scratch_folder: Path) -> bytes:
    """The serialised graph: input `ids` (1, tokens), output `vector` (1, 384) of unit length."""
    with TemporaryDirectory(dir=scratch_folder) as folder:
        quantised = Path(folder) / "quantised.onnx"
        # Reduced range keeps int8 products from saturating on processors without VNNI:
        # mean cosine to float32 is .953 there otherwise, .994 with it.
        quantize_dynamic(
            build_graph(load_file(weights_file)),
            quantised,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": TensorProto.FLOAT},
        )
        return quantised.read_bytes()


def build_graph(weights: Weights) -> onnx.ModelProto:
    """The float32 graph. One text a run, so there is no padding and no attention mask."""
    return _GraphBuilder(weights).build()


class _GraphBuilder:
    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[NodeProto] = []
        self._initializers: list[TensorProto] = []

    def build(self) -> onnx.ModelProto:
        x = self._embeddings()
        for layer in range(LAYERS):
            x = self._layer(x, f"encoder.layer.{layer}.")
        mean = self._node("ReduceMean", [x, self._integers(1)], keepdims=0)
        self._nodes.append(helper.make_node("LpNormalization", [mean], ["vector"], name="vector", axis=-1, p=2))
        graph = helper.make_graph(
            self._nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, DIMENSION])],
            self._initializers,
        )
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
        # Tells the quantiser that there is nothing to prepare; it logs a warning otherwise.
        helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
        return model

    def _embeddings(self) -> str:
        words = self._node("Gather", [self._weight("embeddings.word_embeddings.weight"), "ids"])
        # Every token is of type 0, so its vector is part of the position's.
        positions = self._constant(
            self._weights["embeddings.position_embeddings.weight"]
            + self._weights["embeddings.token_type_embeddings.weight"][0]
        )
        # A Range over the positions trips an optimiser of onnxruntime 1.31; a slice of their table does not.
        length = self._node("Shape", ["ids"], start=1, end=2)
        placed = self._node("Slice", [positions, self._integers(0), length, self._integers(0)])
        return self._layer_norm(self._node("Add", [words, placed]), "embeddings.LayerNorm")

    def _layer(self, x: str, prefix: str) -> str:
        parts = [self._linear(x, f"{prefix}attention.self.{part}") for part in ("query", "key", "value")]
        attention = self._node("MultiHeadAttention", parts, domain="com.microsoft", num_heads=HEADS)
        attended = self._node("Add", [self._linear(attention, f"{prefix}attention.output.dense"), x])
        x = self._layer_norm(attended, f"{prefix}attention.output.LayerNorm")
        hidden = self._node("Gelu", [self._linear(x, f"{prefix}intermediate.dense")])
        fed = self._node("Add", [self._linear(hidden, f"{prefix}output.dense"), x])
        return self._layer_norm(fed, f"{prefix}output.LayerNorm")

    def _linear(self, x: str, name: str) -> str:
        product = self._node("MatMul", [x, self._constant(self._weights[f"{name}.weight"].T)])
        return self._node("Add", [product, self._weight(f"{name}.bias")])

    def _layer_norm(self, x: str, name: str) -> str:
        """Written out: onnxruntime's own LayerNormalization took 28 % of the whole run, this takes 12 %.

        The epsilon of 1e-12 is left out; it is below the precision of the sum that it would be added to.
        """
        centred = self._node("Sub", [x, self._node("ReduceMean", [x, self._integers(-1)], keepdims=1)])
        squares = self._node("ReduceSumSquare", [centred, self._integers(-1)], keepdims=1)
        variance = self._node("Mul", [squares, self._constant(np.array([1 / DIMENSION], np.float32))])
        scale = self._node("Reciprocal", [self._node("Sqrt", [variance])])
        weighted = self._node("Mul", [self._node("Mul", [centred, scale]), self._weight(f"{name}.weight")])
        return self._node("Add", [weighted, self._weight(f"{name}.bias")])

    def _weight(self, name: str) -> str:
        return self._constant(self._weights[name])

    def _integers(self, value: int) -> str:
        return self._constant(np.array([value], dtype=np.int64))

    def _constant(self, value: NDArray[np.float32] | NDArray[np.int64]) -> str:
        name = f"constant_{len(self._initializers)}"
        self._initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(self, operation: str, inputs: list[str], domain: str = "", **attributes: float) -> str:
        name = f"{operation}_{len(self._nodes)}"
        node = helper.make_node(operation, inputs, [name], name, domain=domain)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self._nodes.append(node)
        return name
