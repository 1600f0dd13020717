"""A model as an ONNX graph, and whether that graph says what the model says.

Belongs here: the graph, and the comparison. Does not belong here: where the file is kept.

The graph is made from the trees themselves. Converters follow the libraries' versions with months
of delay, and round a threshold between two neighbouring numbers to the wrong one of them; here each
threshold is rounded so that every float32 input takes the branch that it takes natively.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fraud_model.calibration import CalibratedModel
from fraud_model.candidates import LightGbmModel, LogisticModel, XgboostModel
from fraud_model.examples import Floats, Inputs
from sentinel.errors import SentinelError

INPUT, OUTPUT = "inputs", "fraud_probability"
TOLERANCE = 1e-5
"""Greatest difference of probabilities: leaves are summed as float32 there, as float64 here."""
_OPSETS = (("", 17), ("ai.onnx.ml", 3))
_IR_VERSION = 8


class ExportError(SentinelError):
    """A graph does not say what its model says."""


def to_onnx(model: CalibratedModel, input_count: int) -> bytes:
    """The graph of a model: `inputs`, float32 [rows, inputs], to `fraud_probability`, [rows, 1].

    Args:
        model: what is exported.
        input_count: number of inputs.
    """
    from onnx import TensorProto, checker, helper

    nodes, constants = _raw_score_nodes(model.learnt, input_count)
    curve = model.calibration
    constants |= {
        "slope": np.array([curve.slope], np.float32),
        "offset": np.array([curve.offset], np.float32),
    }
    nodes += [
        helper.make_node("Mul", ["raw_score", "slope"], ["scaled"]),
        helper.make_node("Add", ["scaled", "offset"], ["log_odds"]),
        helper.make_node("Sigmoid", ["log_odds"], [OUTPUT]),
    ]
    graph = helper.make_graph(
        nodes, "fraud_model",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, input_count])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, 1])],
        [_constant(name, value) for name, value in constants.items()],
    )  # fmt: skip
    made = helper.make_model(
        graph, producer_name="sentinel", ir_version=_IR_VERSION,
        opset_imports=[helper.make_opsetid(*each) for each in _OPSETS],
    )  # fmt: skip
    checker.check_model(made)
    return bytes(made.SerializeToString())


def score_onnx(graph: bytes, inputs: Inputs) -> Floats:
    """Probabilities by ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    found = session.run([OUTPUT], {INPUT: np.ascontiguousarray(inputs, dtype=np.float32)})[0]
    return np.asarray(found, dtype=np.float64)[:, 0]


def check_export(graph: bytes, model: CalibratedModel, inputs: Inputs) -> float:
    """Compares the graph with the model on rows.

    Returns:
        The greatest difference of probabilities.

    Raises:
        ExportError: when that is greater than `TOLERANCE`.
    """
    difference = float(np.abs(score_onnx(graph, inputs) - model.scores(inputs)).max())
    if not difference <= TOLERANCE:
        raise ExportError(
            f"The ONNX graph's probabilities differ from the model's by up to {difference:.2g}; "
            f"at most {TOLERANCE:.0e} is rounding."
        )
    return difference


@dataclass
class _Trees:
    """Nodes of all trees as ONNX has them: one entry a node in each list."""

    mode: str
    trees: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    features: list[int] = field(default_factory=list)
    thresholds: list[float] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)
    yes: list[int] = field(default_factory=list)
    no: list[int] = field(default_factory=list)
    missing_is_yes: list[int] = field(default_factory=list)
    leaves: list[tuple[int, int, float]] = field(default_factory=list)

    def branch(
        self, tree: int, number: int, feature: int, threshold: float, yes: int, no: int,
        missing_is_yes: bool,
    ) -> None:  # fmt: skip
        self._node(tree, number, self.mode, feature, threshold, yes, no, missing_is_yes)

    def leaf(self, tree: int, number: int, value: float) -> None:
        self._node(tree, number, "LEAF", 0, 0.0, 0, 0, False)
        self.leaves.append((tree, number, value))

    def _node(
        self, tree: int, number: int, mode: str, feature: int, threshold: float, yes: int, no: int,
        missing_is_yes: bool,
    ) -> None:  # fmt: skip
        self.trees.append(tree)
        self.numbers.append(number)
        self.modes.append(mode)
        self.features.append(feature)
        self.thresholds.append(threshold)
        self.yes.append(yes)
        self.no.append(no)
        self.missing_is_yes.append(int(missing_is_yes))

    def onnx_node(self, base: float) -> Any:
        from onnx import helper

        return helper.make_node(
            "TreeEnsembleRegressor", [INPUT], ["raw_score"], domain="ai.onnx.ml", n_targets=1,
            aggregate_function="SUM", post_transform="NONE", base_values=[base],
            nodes_treeids=self.trees, nodes_nodeids=self.numbers, nodes_modes=self.modes,
            nodes_featureids=self.features, nodes_values=self.thresholds,
            nodes_truenodeids=self.yes, nodes_falsenodeids=self.no,
            nodes_missing_value_tracks_true=self.missing_is_yes,
            target_treeids=[each[0] for each in self.leaves],
            target_nodeids=[each[1] for each in self.leaves],
            target_ids=[0] * len(self.leaves),
            target_weights=[each[2] for each in self.leaves],
        )  # fmt: skip


def _raw_score_nodes(learnt: Any, input_count: int) -> tuple[list[Any], dict[str, Any]]:
    if isinstance(learnt, LogisticModel):
        return _linear_nodes(learnt)
    if isinstance(learnt, LightGbmModel):
        return [_lightgbm_trees(learnt).onnx_node(base=0.0)], {}
    if isinstance(learnt, XgboostModel):
        trees, base = _xgboost_trees(learnt)
        return [trees.onnx_node(base)], {}
    raise ExportError(f"There is no ONNX graph for a model of the kind {type(learnt).__name__}.")


def _linear_nodes(learnt: LogisticModel) -> tuple[list[Any], dict[str, Any]]:
    from onnx import helper

    constants = {
        "means": learnt.means.astype(np.float32),
        "scales": learnt.scales.astype(np.float32),
        "weights": learnt.weights.astype(np.float32)[:, None],
        "intercept": np.array([learnt.intercept], np.float32),
        "nought": np.array([0.0], np.float32),
    }
    nodes = [
        helper.make_node("Sub", [INPUT, "means"], ["centred"]),
        helper.make_node("Div", ["centred", "scales"], ["standardised"]),
        helper.make_node("IsNaN", ["standardised"], ["is_missing"]),
        helper.make_node("Where", ["is_missing", "nought", "standardised"], ["complete"]),
        helper.make_node("MatMul", ["complete", "weights"], ["weighted"]),
        helper.make_node("Add", ["weighted", "intercept"], ["raw_score"]),
    ]
    return nodes, constants


def _lightgbm_trees(learnt: LightGbmModel) -> _Trees:
    """LightGBM: the left branch for values up to the threshold."""
    trees = _Trees("BRANCH_LEQ")
    for tree, info in enumerate(learnt.native.dump_model()["tree_info"]):
        numbered = list(_walk(info["tree_structure"], "left_child", "right_child"))
        number_of = {id(node): number for number, node in enumerate(numbered)}
        for number, node in enumerate(numbered):
            if "leaf_value" in node:
                trees.leaf(tree, number, node["leaf_value"])
                continue
            threshold = float(node["threshold"])
            # Without missing values in training, LightGBM takes one for nought.
            left = node["default_left"] if node["missing_type"] == "NaN" else threshold >= 0
            trees.branch(
                tree, number, node["split_feature"], float32_not_above(threshold),
                number_of[id(node["left_child"])], number_of[id(node["right_child"])], left,
            )  # fmt: skip
    return trees


def _xgboost_trees(learnt: XgboostModel) -> tuple[_Trees, float]:
    """XGBoost: the "yes" branch for values below the threshold, which is a float32 already."""
    trees = _Trees("BRANCH_LT")
    for tree, text in enumerate(learnt.native.get_dump(dump_format="json")):
        for node in _walk(json.loads(text), "children"):
            if "leaf" in node:
                trees.leaf(tree, node["nodeid"], node["leaf"])
                continue
            trees.branch(
                tree, node["nodeid"], int(node["split"].removeprefix("f")),
                node["split_condition"], node["yes"], node["no"], node["missing"] == node["yes"],
            )  # fmt: skip
    # Training starts from probability 0.5 (see `candidates`), of which the log-odds are 0.
    return trees, 0.0


def _walk(node: dict[str, Any], *children: str) -> Iterator[dict[str, Any]]:
    yield node
    for name in children:
        below = node.get(name, [])
        for child in below if isinstance(below, list) else [below]:
            yield from _walk(child, *children)


def float32_not_above(value: float) -> float:
    """The greatest float32 that is not above a number: x <= it is x <= number for every float32."""
    rounded = np.float32(value)
    if float(rounded) > value:
        rounded = np.nextafter(rounded, np.float32(-np.inf))
    return float(rounded)


def _constant(name: str, value: Any) -> Any:
    from onnx import numpy_helper

    return numpy_helper.from_array(value, name)
