"""Experiments: a version of a dataset, a target and some features, and the models that a job trains for them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any

from sqlalchemy import delete, select

from core.data.datasets import Datasets, Version
from core.errors import AstralytiqError, Conflict, Invalid, NotFound, did_you_mean
from core.ml import frames, inspection, records, tasks
from core.ml.coercion import coerce
from core.ml.explanation import Waterfall
from core.ml.inspection import Findings
from core.ml.models import FAMILIES, family
from core.ml.records import Experiment, TrainedRun
from core.ml.schema import Field, Kind, Schema
from core.ml.serving import Shelf
from core.ml.tasks import Label, Task
from core.operations import audit
from core.operations.jobs import Jobs, Run
from core.principal import Permission, Principal
from core.query.spec import Column
from core.settings import Settings
from db.rows import ExperimentRow, ModelVersionRow, RunRow
from db.session import Database

__all__ = ["Experiment", "ExperimentSpec", "Experiments", "Explained", "Findings", "TrainedRun"]

KIND = "experiment.train"
NAME_LENGTH = 120
_FINDINGS_KEPT = 32


@dataclass(frozen=True, slots=True)
class ExperimentSpec:
    """Without *features*, all that the inspection does not advise against; without *version* and *task*, the current and the found one."""

    dataset_id: int
    target: str
    features: tuple[str, ...] = ()
    families: tuple[str, ...] = ("linear", "xgboost")
    version: int | None = None
    task: Task | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """A row of the dataset's version and what a run says to it; the run has learned from the row too when it had a target."""

    row: int
    actual: Label | None
    prediction: Label
    probabilities: dict[str, float] | None
    waterfall: Waterfall
    warnings: tuple[str, ...]


class Experiments:
    def __init__(self, database: Database, datasets: Datasets, jobs: Jobs, shelf: Shelf, settings: Settings) -> None:
        self._database = database
        self._datasets = datasets
        self._jobs = jobs
        self._shelf = shelf
        self._threads = settings.training_threads or settings.cores_to_spare
        self._found: OrderedDict[tuple[str, str, Task | None], Findings] = OrderedDict()
        self._lock = threading.Lock()

    def inspect(self, who: Principal, dataset_id: int, target: str, *, version: int | None = None, task: Task | None = None) -> Findings:
        """What can be learned and what stands against each column, measured. Raises Invalid in words when nothing can be."""
        who.require(Permission.EXPERIMENT_RUN)
        return self._findings(self._datasets.version(who, dataset_id, version), target, task)

    def consider(self, who: Principal, dataset_id: int, target: str, *, version: int | None = None) -> Findings | Invalid:
        """As `inspect`, with the refusal of a target as an answer: for whoever is still choosing one."""
        who.require(Permission.EXPERIMENT_RUN)
        try:
            return self.inspect(who, dataset_id, target, version=version)
        except Invalid as problem:
            return problem

    def start(self, who: Principal, spec: ExperimentSpec) -> Experiment:
        """Submits the training. Raises Invalid naming ``target``, ``features`` or ``families``."""
        who.require(Permission.EXPERIMENT_RUN)
        version = self._datasets.version(who, spec.dataset_id, spec.version)
        families = _families(spec.families)
        findings = self._findings(version, spec.target, spec.task)
        features = _features(version.table.columns, spec, findings)
        name = " ".join(spec.name.split()) or f"{spec.target} of {version.dataset_name}"
        if len(name) > NAME_LENGTH:
            raise Invalid(f"The name has {len(name)} characters; {NAME_LENGTH} are allowed.", field="name")
        with self._database.transaction() as session:
            row = ExperimentRow(
                name=name,
                dataset_id=spec.dataset_id,
                dataset_version=version.number,
                target=spec.target,
                task=findings.target.task,
                spec={"features": list(features), "families": list(families)},
                owner_id=who.user_id,
            )
            session.add(row)
            session.flush()
            job = self._jobs.submit(who, KIND, {"experiment_id": row.id}, title=f"Train {name}", session=session)
            row.job_id = job.id
            audit.record(session, who, "experiment.start", "experiment", row.id, dataset_id=spec.dataset_id, target=spec.target)
            session.flush()
            return records.experiment(session, row.id)

    def find(self, who: Principal, *, dataset_id: int | None = None, limit: int = 200) -> list[Experiment]:
        """Newest first."""
        who.require(Permission.EXPERIMENT_READ)
        conditions = () if dataset_id is None else (ExperimentRow.dataset_id == dataset_id,)
        with self._database.reading() as session:
            return records.experiments(session, *conditions, limit=limit)

    def get(self, who: Principal, id: int) -> Experiment:
        who.require(Permission.EXPERIMENT_READ)
        with self._database.reading() as session:
            return records.experiment(session, id)

    def detail(self, who: Principal, run_id: int) -> dict[str, Any]:
        """The pictures of a run (see `core.ml.evaluation.pictures`) and its ``importance``."""
        who.require(Permission.EXPERIMENT_READ)
        with self._database.reading() as session:
            return dict(_run_row(session.get(RunRow, run_id), run_id).detail)

    def waterfall(self, who: Principal, run_id: int, row: int) -> Explained:
        """Why the run says what it says to the row of that number, counted from 0."""
        who.require(Permission.EXPERIMENT_READ)
        with self._database.reading() as session:
            trained = _run_row(session.get(RunRow, run_id), run_id)
            experiment = session.get_one(ExperimentRow, trained.experiment_id)
            files = {str(name): str(digest) for name, digest in trained.files.items()}
        version = self._datasets.version(who, experiment.dataset_id, experiment.dataset_version)
        found = frames.row(version.table, row)
        served = self._shelf.get(files)
        values = {field.name: _as_learned(field, found[field.name]) for field in served.schema.fields}
        new = [field for field in served.schema.fields if values[field.name] is None and not field.nullable]
        # Rows without a target are often empty elsewhere too: here they are explained all the same, and it is said.
        lenient = Schema(tuple(replace(field, nullable=True) for field in served.schema.fields))
        cells = coerce(lenient, [values]).cells[0]
        answers = served.answers([cells])
        return Explained(
            row=row,
            actual=_shown(found[experiment.target]),
            prediction=served.predictions(answers)[0],
            probabilities=next(iter(served.probabilities(answers) or ()), None),
            waterfall=served.waterfall(cells, [_shown(value) for value in values.values()]),
            warnings=tuple(f"{field.name} is empty, and training never saw it empty." for field in new),
        )

    def explain(self, who: Principal, run_id: int, row: int) -> Explained | AstralytiqError:
        """As `waterfall`, with a refusal as an answer: for whoever is trying rows."""
        who.require(Permission.EXPERIMENT_READ)
        try:
            return self.waterfall(who, run_id, row)
        except (NotFound, Invalid) as problem:
            return problem

    def cancel(self, who: Principal, id: int) -> Experiment:
        """The models that are finished stay."""
        who.require(Permission.EXPERIMENT_RUN)
        self._jobs.cancel(who, self._job_id(who, id))
        return self.get(who, id)

    def retry(self, who: Principal, id: int) -> Experiment:
        """Trains anew after a failure. Raises Conflict when the training did not fail, or would fail again."""
        who.require(Permission.EXPERIMENT_RUN)
        self._jobs.retry(who, self._job_id(who, id))
        return self.get(who, id)

    def delete(self, who: Principal, id: int) -> None:
        """Conflict in words while it is running, or a model came from it."""
        who.require(Permission.EXPERIMENT_RUN)
        with self._database.transaction() as session:
            found = records.experiment(session, id)
            if found.job and not found.status.is_final:
                raise Conflict(f"{found.name} is still training. Cancel it first.")
            models = sorted({name for run in found.runs for name, _ in run.registered})
            if models:
                raise Conflict(f"The model {models[0]} came from {found.name}. Delete the model first.")
            session.execute(delete(RunRow).where(RunRow.experiment_id == id))
            session.delete(session.get_one(ExperimentRow, id))
            audit.record(session, who, "experiment.delete", "experiment", id, name=found.name)

    def train(self, run: Run) -> dict[str, Any]:
        """The handler of the job; called in its process, which may import what it likes."""
        run.report(0.0, "Getting ready")
        from core.ml.laboratory import Laboratory  # noqa: PLC0415 - scikit-learn and XGBoost stay out of the web workers

        experiment = self.get(run.who, int(run.job.arguments["experiment_id"]))
        version = self._datasets.version(run.who, experiment.dataset_id, experiment.dataset_version)
        result = Laboratory(self._database, self._shelf.artifacts, self._threads).train(run, experiment, version.table)
        self._collect()
        return result

    def _job_id(self, who: Principal, id: int) -> int:
        job = self.get(who, id).job
        if job is None:
            raise Conflict("This experiment has no training that could be changed.")
        return job.id

    def _findings(self, version: Version, target: str, task: Task | None) -> Findings:
        column = _column(version.table.columns, target, "target")
        key = (version.table.key, target, task)
        with self._lock:
            found = self._found.get(key)
        if found is None:
            names = [each.name for each in version.table.columns]
            table = frames.sample(version.table, names).table
            found = inspection.inspect(version.table.columns, table, tasks.target(column, table[target], task))
            with self._lock:
                self._found[key] = found
                if len(self._found) > _FINDINGS_KEPT:
                    self._found.popitem(last=False)
        return found

    def _collect(self) -> None:
        with self._database.reading() as session:
            named = [*session.scalars(select(RunRow.files)), *session.scalars(select(ModelVersionRow.files))]
        self._shelf.artifacts.collect({str(digest) for files in named for digest in files.values()})


def _run_row(row: RunRow | None, id: int) -> RunRow:
    if row is None:
        raise NotFound(f"There is no run {id}. A later attempt may have replaced it.")
    return row


def _column(columns: Sequence[Column], name: str, field: str) -> Column:
    for column in columns:
        if column.name == name:
            return column
    raise Invalid(f"There is no column {name}.{did_you_mean(name, [column.name for column in columns])}", field=field)


def _features(columns: Sequence[Column], spec: ExperimentSpec, findings: Findings) -> tuple[str, ...]:
    for name in spec.features:
        _column(columns, name, "features")
    if spec.target in spec.features:
        raise Invalid(f"{spec.target} is the target, so it cannot be a feature too.", field="features")
    wanted = spec.features or findings.advised
    unusable = next((f for f in findings.features if f.name in spec.features and not f.usable), None)
    if unusable is not None:
        raise Invalid(f"{unusable.name} cannot be a feature. {unusable.warnings[0]}", field="features")
    if not wanted:
        raise Invalid("No column is left that could be a feature. Choose some yourself.", field="features")
    return tuple(column.name for column in columns if column.name in wanted)


def _families(names: Sequence[str]) -> tuple[str, ...]:
    """In the order of the table, the dummy always among them: it is what the others are measured against."""
    chosen = {family(name).name for name in names} | {"dummy"}
    return tuple(name for name in FAMILIES if name in chosen)


def _as_learned(field: Field, value: Any) -> Any:
    """The value as training took it: infinity was null, and what has a text form only was text."""
    if isinstance(value, float) and not isfinite(value):
        return None
    return str(value) if field.kind is Kind.CATEGORY and value is not None else value


def _shown(value: Any) -> Label | None:
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
