"""Versions of the model, and which of them is champion: MLflow.

Belongs here: what a version is registered with, the aliases `champion` and `challenger`, and going
back. Does not belong here: whether a version deserves its place; see `gates`.

MLflow keeps what versions there are in a database and their files in a folder or bucket; see
`registry_places`.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fraud_model.calibration import CalibratedModel, Calibration
from fraud_model.candidates import LightGbmModel, LogisticModel, XgboostModel, candidate
from fraud_model.evaluation import MODEL, Evaluation, Plan
from fraud_model.examples import Inputs
from fraud_model.feature_sets import feature_set
from fraud_model.model_log import code_revision
from fraud_model.onnx_export import INPUT, OUTPUT, check_export, to_onnx
from fraud_model.periods import Fold
from fraud_model.registry_places import (
    RegistryPlaceError,
    artifacts_url,
    database_url,
    make_ready,
)
from sentinel.errors import SentinelError
from sentinel.settings import Settings

NAME = "sentinel_fraud"
CHAMPION, CHALLENGER = "champion", "challenger"
_PREVIOUS = "previous_champion"
_DESCRIPTION = "model.json"
_NATIVE = "native_model"
_GRAPH = "model.onnx"
_REFERENCE = "reference.npz"


class RegistryError(SentinelError):
    """A version is not there, or is not what it says it is."""


@dataclass(frozen=True)
class Version:
    """One registered version, ready to score.

    Attributes:
        number: as the registry counts.
        plan: what it is.
        training: the fold whose training period it learnt from.
        data_hash: names the rows it learnt from.
        threshold: probability from which a transaction is alerted: one genuine in a hundred.
        metrics: means over the evaluation's folds.
        reference: a sample of the inputs it learnt from, for comparing later days.
        by_group: thresholds of groups of customers, by the attribute that the plan names; who is in
            none of them has the common one.
    """

    number: str
    plan: Plan
    model: CalibratedModel
    training: Fold
    data_hash: str
    threshold: float
    metrics: dict[str, float]
    reference: Inputs
    by_group: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Registry:
    """The versions of one environment."""

    settings: Settings

    def register(
        self, plan: Plan, model: CalibratedModel, training: Fold, data_hash: str,
        threshold: float, evaluation: Evaluation, reference: Inputs,
        by_group: Mapping[str, float] | None = None,
    ) -> str:  # fmt: skip
        """Registers a version as the challenger.

        Its ONNX graph is compared with the model on the reference first.

        Returns:
            The version's number.

        Raises:
            ExportError: when the graph says something else than the model.
            RegistryPlaceError: when its files cannot be kept, or the database does not answer.
        """
        from mlflow.models import ModelSignature
        from mlflow.types import Schema, TensorSpec

        graph = to_onnx(model, len(plan.features.inputs))
        difference = check_export(graph, model, reference)
        signature = ModelSignature(
            Schema([TensorSpec(np.dtype("float32"), (-1, len(plan.features.inputs)), INPUT)]),
            Schema([TensorSpec(np.dtype("float32"), (-1, 1), OUTPUT)]),
        )
        metrics = {
            each.metric: evaluation.mean(each.metric, MODEL)
            for each in evaluation.figures
            if each.scorer == MODEL
        }
        described = {
            "kind": plan.candidate.name,
            "feature_version": plan.features.version,
            "feature_fingerprint": plan.features.fingerprint,
            "inputs": list(plan.features.names),
            "parameters": dict(plan.parameters),
            "training_days": plan.training_days,
            "test_start": training.test_start.isoformat(),
            "delay_days": training.delay_days,
            "data_hash": data_hash,
            "code_revision": code_revision(),
            "evaluation_id": evaluation.evaluation_id,
            "calibration": [model.calibration.slope, model.calibration.offset],
            "threshold": threshold,
            "equalised": plan.equalised,
            "thresholds_by_group": dict(by_group or {}),
            "metrics": metrics,
            "signature": signature.to_dict(),
        }
        client = self._client()
        run = client.create_run(self._experiment(client), run_name=plan.title)
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / _GRAPH).write_bytes(graph)
            (folder / _DESCRIPTION).write_text(json.dumps(described, indent=1, sort_keys=True))
            _save_native(model, folder / _NATIVE)
            np.savez_compressed(folder / _REFERENCE, inputs=reference)
            self._keep_files(client, run.info.run_id, place)
        for name, value in {**metrics, "onnx_difference": difference}.items():
            client.log_metric(run.info.run_id, name, value)
        for name in ("kind", "feature_version", "parameters", "training_days", "data_hash",
                     "code_revision", "evaluation_id"):  # fmt: skip
            client.log_param(run.info.run_id, name, described[name])
        client.set_terminated(run.info.run_id)
        source = f"{run.info.artifact_uri}/model"
        version = client.create_model_version(
            NAME, source, run.info.run_id,
            tags={"data_hash": data_hash, "feature_version": plan.features.version,
                  "code_revision": code_revision()},
            description=plan.title,
        )  # fmt: skip
        client.set_registered_model_alias(NAME, CHALLENGER, version.version)
        return str(version.version)

    def version(self, alias_or_number: str) -> Version:
        """A version by alias or number.

        Raises:
            RegistryError: when there is none, or its features have changed since.
        """
        number = self.number(alias_or_number) or alias_or_number
        from mlflow.artifacts import download_artifacts
        from mlflow.exceptions import MlflowException

        client = self._client()
        try:
            source = client.get_model_version_download_uri(NAME, number)
        except MlflowException as error:
            raise RegistryError(
                f"There is no version {alias_or_number!r} of the model: `sentinel model train` "
                "makes the first."
            ) from error
        with tempfile.TemporaryDirectory() as place:
            # The client's address is not the process's: both may be set, and differ.
            folder = Path(
                download_artifacts(
                    artifact_uri=source, dst_path=place, tracking_uri=database_url(self.settings)
                )
            )
            return _loaded(number, folder)

    def number(self, alias: str) -> str | None:
        """Number of the version that has an alias; None when none has."""
        from mlflow.exceptions import MlflowException

        try:
            return str(self._client().get_model_version_by_alias(NAME, alias).version)
        except MlflowException:
            return None

    def promote(self, number: str) -> None:
        """Makes a version champion; the one before it is remembered."""
        client = self._client()
        if before := self.number(CHAMPION):
            client.set_registered_model_alias(NAME, _PREVIOUS, before)
        client.set_registered_model_alias(NAME, CHAMPION, number)
        if self.number(CHALLENGER) == number:
            client.delete_registered_model_alias(NAME, CHALLENGER)

    def roll_back(self) -> str:
        """Makes the champion before this one champion again; a second time goes forward again.

        Returns:
            Its number.

        Raises:
            RegistryError: when there was none.
        """
        before, now = self.number(_PREVIOUS), self.number(CHAMPION)
        if before is None or now is None:
            raise RegistryError("There is no champion before this one to go back to.")
        client = self._client()
        client.set_registered_model_alias(NAME, CHAMPION, before)
        client.set_registered_model_alias(NAME, _PREVIOUS, now)
        return before

    def _client(self) -> Any:
        # MLflow reports its use to its makers unless it is told not to, before it is imported.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("DO_NOT_TRACK", "true")
        # Four small files are no work to watch.
        os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        if self.settings.aws_endpoint_url:
            os.environ["MLFLOW_S3_ENDPOINT_URL"] = self.settings.aws_endpoint_url
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException

        database = database_url(self.settings)
        make_ready(self.settings)
        client = MlflowClient(tracking_uri=database, registry_uri=database)
        try:
            client.get_registered_model(NAME)
        except MlflowException:
            client.create_registered_model(NAME, description="Probability that a payment is fraud.")
        return client

    def _keep_files(self, client: Any, run_id: str, place: str) -> None:
        try:
            client.log_artifacts(run_id, place, "model")
        except Exception as error:  # each kind of store has errors of its own
            client.set_terminated(run_id, "FAILED")
            raise RegistryPlaceError(
                f"Files of a version cannot be kept below {artifacts_url(self.settings)} "
                f"(SENTINEL_MODEL_ARTIFACTS_URL); no version was registered.\n{error}"
            ) from error

    def _experiment(self, client: Any) -> str:
        found = client.get_experiment_by_name(NAME)
        if found is not None:
            return str(found.experiment_id)
        return str(client.create_experiment(NAME, artifact_location=artifacts_url(self.settings)))


def _loaded(number: str, folder: Path) -> Version:
    described = json.loads((folder / _DESCRIPTION).read_text())
    features = feature_set(described["feature_version"])
    if features.fingerprint != described["feature_fingerprint"]:
        raise RegistryError(
            f"Version {number} learnt from other inputs than feature version {features.version} "
            "has now: train a new one."
        )
    from datetime import date

    plan = Plan(
        candidate(described["kind"]), features, described["parameters"],
        described["training_days"], described.get("equalised"),
    )  # fmt: skip
    training = Fold(
        date.fromisoformat(described["test_start"]), described["training_days"],
        described["delay_days"],
    )  # fmt: skip
    model = CalibratedModel(
        _load_native(described["kind"], folder / _NATIVE), Calibration(*described["calibration"])
    )
    with np.load(folder / _REFERENCE) as arrays:
        reference = arrays["inputs"]
    return Version(
        number, plan, model, training, described["data_hash"], described["threshold"],
        described["metrics"], reference, described.get("thresholds_by_group", {}),
    )  # fmt: skip


def _save_native(model: CalibratedModel, path: Path) -> None:
    learnt = model.learnt
    if isinstance(learnt, LightGbmModel):
        path.write_text(learnt.native.model_to_string())
    elif isinstance(learnt, XgboostModel):
        path.write_bytes(learnt.native.save_raw("json"))
    elif isinstance(learnt, LogisticModel):
        path.write_text(
            json.dumps(
                {"means": learnt.means.tolist(), "scales": learnt.scales.tolist(),
                 "weights": learnt.weights.tolist(), "intercept": learnt.intercept}
            )
        )  # fmt: skip


def _load_native(kind: str, path: Path) -> LightGbmModel | XgboostModel | LogisticModel:
    if kind == "lightgbm":
        import lightgbm

        return LightGbmModel(lightgbm.Booster(model_str=path.read_text()))
    if kind == "xgboost":
        import xgboost

        return XgboostModel(xgboost.Booster(model_file=bytearray(path.read_bytes())))
    saved = json.loads(path.read_text())
    return LogisticModel(
        np.array(saved["means"]), np.array(saved["scales"]), np.array(saved["weights"]),
        saved["intercept"],
    )  # fmt: skip
