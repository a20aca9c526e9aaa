"""Experiments and models as they are read: rows of the database become frozen results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from core.errors import NotFound
from core.ml.evaluation import METRICS, Metric, Score
from core.ml.models import FAMILIES, Family
from core.ml.schema import Field
from core.ml.tasks import Task
from core.operations.jobs import Job, Status, job_of
from db.rows import DatasetRow, ExperimentRow, JobRow, ModelAliasRow, ModelRow, ModelVersionRow, RunRow, UserRow

CHAMPION = "champion"


@dataclass(frozen=True, slots=True)
class TrainedRun:
    """One trained model of an experiment. *registered* are the (model name, version number) it became."""

    id: int
    experiment_id: int
    family: str
    label: str
    task: Task
    metrics: Mapping[str, Score]
    registered: tuple[tuple[str, int], ...]
    created_at: datetime

    @property
    def headline(self) -> tuple[Metric, Score]:
        """What runs are ranked by."""
        metric = METRICS[self.task][0]
        return metric, self.metrics[metric.name]


@unique
class Stage(StrEnum):
    """Of one model of an experiment. *STOPPED* is what a cancelled or failed training did not finish."""

    WAITING = "waiting"
    TRAINING = "training"
    FINISHED = "finished"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one chosen model is: *progress* from 0 to 1 and *message* are its own, *run* is there once it is finished."""

    family: str
    label: str
    stage: Stage
    progress: float = 0.0
    message: str = ""
    run: TrainedRun | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """*runs* are ranked, the best first. *findings* and *rows* are there once the training has looked at the data."""

    id: int
    name: str
    dataset_id: int
    dataset: str
    dataset_version: int
    target: str
    task: Task
    features: tuple[str, ...]
    families: tuple[str, ...]
    findings: Mapping[str, Any]
    owner_id: int
    owner: str
    created_at: datetime
    job: Job | None
    runs: tuple[TrainedRun, ...]

    @property
    def status(self) -> Status:
        return self.job.status if self.job else Status.FAILED

    @property
    def standings(self) -> tuple[Standing, ...]:
        """Every chosen model: the finished ones ranked, below them the others in the order in which they are trained."""
        finished = [Standing(run.family, run.label, Stage.FINISHED, 1.0, run=run) for run in self.runs]
        done = {run.family for run in self.runs}
        return (*finished, *(self._unfinished(FAMILIES[name]) for name in self.families if name not in done))

    def _unfinished(self, family: Family) -> Standing:
        if self.job is None or self.status.is_final:
            return Standing(family.name, family.label, Stage.STOPPED)
        if self.job.state.get("family") != family.name:
            return Standing(family.name, family.label, Stage.WAITING)
        message = self.job.message.removeprefix(f"{family.label}: ")
        return Standing(family.name, family.label, Stage.TRAINING, float(self.job.state.get("share", 0.0)), message)


@dataclass(frozen=True, slots=True)
class ModelVersion:
    model: str
    number: int
    aliases: tuple[str, ...]
    inputs: tuple[Field, ...]
    run: TrainedRun
    experiment_id: int
    target: str
    dataset_id: int
    dataset: str
    dataset_version: int
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Model:
    """*versions* from the newest; there is at least one."""

    name: str
    description: str
    owner: str
    created_at: datetime
    versions: tuple[ModelVersion, ...]

    @property
    def champion(self) -> ModelVersion:
        return next((version for version in self.versions if CHAMPION in version.aliases), self.versions[0])


def experiments(session: Session, *conditions: Any, limit: int = 200) -> list[Experiment]:
    """Newest first."""
    query = (
        select(ExperimentRow, DatasetRow.name, UserRow.name, JobRow)
        .join(DatasetRow, DatasetRow.id == ExperimentRow.dataset_id)
        .join(UserRow, UserRow.id == ExperimentRow.owner_id)
        .outerjoin(JobRow, JobRow.id == ExperimentRow.job_id)
        .where(*conditions)
        .order_by(ExperimentRow.id.desc())
        .limit(limit)
    )
    found = session.execute(query).all()
    trained = runs(session, RunRow.experiment_id.in_([row[0].id for row in found]))
    return [_experiment(row, dataset, owner, job, trained) for row, dataset, owner, job in found]


def experiment(session: Session, id: int) -> Experiment:
    found = experiments(session, ExperimentRow.id == id)
    if not found:
        raise NotFound(f"There is no experiment {id}. It may have been deleted.")
    return found[0]


def _experiment(row: ExperimentRow, dataset: str, owner: str, job: JobRow | None, trained: Iterable[TrainedRun]) -> Experiment:
    task = Task(row.task)
    return Experiment(
        id=row.id,
        name=row.name,
        dataset_id=row.dataset_id,
        dataset=dataset,
        dataset_version=row.dataset_version,
        target=row.target,
        task=task,
        features=tuple(row.spec["features"]),
        families=tuple(row.spec["families"]),
        findings=row.result or {},
        owner_id=row.owner_id,
        owner=owner,
        created_at=row.created_at,
        job=job_of(job) if job else None,
        runs=tuple(sorted((run for run in trained if run.experiment_id == row.id), key=_rank)),
    )


def _rank(run: TrainedRun) -> tuple[float, int]:
    metric, score = run.headline
    return (-score.value if metric.better == "higher" else score.value), run.id


def runs(session: Session, *conditions: Any) -> list[TrainedRun]:
    query = select(RunRow, ExperimentRow.task).join(ExperimentRow, ExperimentRow.id == RunRow.experiment_id).where(*conditions)
    found = session.execute(query.options(defer(RunRow.detail)).order_by(RunRow.id)).all()
    names = select(ModelVersionRow.run_id, ModelRow.name, ModelVersionRow.number).join(ModelRow, ModelRow.id == ModelVersionRow.model_id)
    registered = session.execute(names.where(ModelVersionRow.run_id.in_([row.id for row, _ in found]))).all()
    return [
        TrainedRun(
            id=row.id,
            experiment_id=row.experiment_id,
            family=row.family,
            label=FAMILIES[row.family].label,
            task=Task(task),
            metrics={name: Score(**score) for name, score in row.metrics.items()},
            registered=tuple((name, number) for run_id, name, number in registered if run_id == row.id),
            created_at=row.created_at,
        )
        for row, task in found
    ]


def models(session: Session, *conditions: Any) -> list[Model]:
    """By name."""
    owners = select(ModelRow, UserRow.name).join(UserRow, UserRow.id == ModelRow.owner_id).where(*conditions).order_by(ModelRow.name)
    found = session.execute(owners).all()
    versions = _versions(session, [row.id for row, _ in found])
    return [Model(row.name, row.description, owner, row.created_at, tuple(versions.get(row.id, ()))) for row, owner in found]


def model(session: Session, name: str) -> Model:
    found = models(session, ModelRow.name == name)
    if not found:
        raise NotFound(f"There is no model {name}.")
    return found[0]


def _versions(session: Session, model_ids: list[int]) -> dict[int, list[ModelVersion]]:
    query = (
        select(ModelVersionRow, ModelRow.name, ExperimentRow, DatasetRow.name, UserRow.name)
        .join(ModelRow, ModelRow.id == ModelVersionRow.model_id)
        .join(RunRow, RunRow.id == ModelVersionRow.run_id)
        .join(ExperimentRow, ExperimentRow.id == RunRow.experiment_id)
        .join(DatasetRow, DatasetRow.id == ExperimentRow.dataset_id)
        .join(UserRow, UserRow.id == ModelVersionRow.created_by)
        .where(ModelVersionRow.model_id.in_(model_ids))
        .order_by(ModelVersionRow.number.desc())
    )
    found = session.execute(query).all()
    trained = {run.id: run for run in runs(session, RunRow.id.in_([row.run_id for row, *_ in found]))}
    aliases = session.scalars(select(ModelAliasRow).where(ModelAliasRow.model_id.in_(model_ids)).order_by(ModelAliasRow.alias)).all()
    versions: dict[int, list[ModelVersion]] = {}
    for row, name, experiment_row, dataset, creator in found:
        version = ModelVersion(
            model=name,
            number=row.number,
            aliases=tuple(each.alias for each in aliases if (each.model_id, each.number) == (row.model_id, row.number)),
            inputs=tuple(Field.from_json(each) for each in row.inputs),
            run=trained[row.run_id],
            experiment_id=experiment_row.id,
            target=experiment_row.target,
            dataset_id=experiment_row.dataset_id,
            dataset=dataset,
            dataset_version=experiment_row.dataset_version,
            created_by=creator,
            created_at=row.created_at,
        )
        versions.setdefault(row.model_id, []).append(version)
    return versions
