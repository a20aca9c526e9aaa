"""Experiments: train models for a target, and see how good they are and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from api.datasets import Name, Number, Strict
from api.jobs import Accepted, Id
from api.problems import answers
from api.security import AskedFirst, Core, Who, needs
from core.ml.experiments import Experiment, ExperimentSpec, TrainedRun
from core.ml.explanation import Waterfall
from core.ml.records import Standing
from core.ml.tasks import Task
from core.principal import Permission

router = APIRouter(prefix="/v1/experiments", tags=["Experiments"], route_class=AskedFirst)
runs_router = APIRouter(prefix="/v1/runs", tags=["Experiments"])

Label = bool | int | float | str


class ExperimentIn(Strict):
    dataset_id: Number
    target: Name
    features: Annotated[
        tuple[Name, ...], Field(max_length=2000, description="Without it, all that the inspection does not advise against")
    ] = ()
    families: Annotated[tuple[Name, ...], Field(max_length=10, description="The dummy is always among them")] = ("linear", "xgboost")
    version: Annotated[Number | None, Field(description="Of the dataset; the current one without it")] = None
    task: Annotated[Task | None, Field(description="Found from the target without it")] = None
    name: Annotated[str, Field(max_length=120)] = ""


class Started(Accepted):
    experiment_id: int


class ScoreOut(Strict):
    value: float
    low: float = Field(description="Lower end of the 95 % interval")
    high: float = Field(description="Upper end of the 95 % interval")


class RunOut(Strict):
    id: int
    family: str
    label: str
    metrics: dict[str, ScoreOut]
    registered: list[str] = Field(description="Model versions made of it, as name/number")


class StandingOut(Strict):
    """One chosen model, finished or not."""

    family: str
    label: str
    status: Literal["waiting", "training", "finished", "stopped"] = Field(
        description="Stopped is what a cancelled or failed training did not finish"
    )
    progress: float = Field(ge=0, le=1, description="Of this model alone")
    message: str = Field(description="What its training is doing, in words")
    run_id: int | None = Field(description="Once it is finished")


class ExperimentOut(Strict):
    id: int
    name: str
    dataset_id: int
    dataset: str
    dataset_version: int
    target: str
    task: Task
    features: list[str]
    families: list[str]
    status: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    job_id: int | None
    error: str | None
    runs: list[RunOut] = Field(description="Those that are finished so far, ranked, the best first")
    models: list[StandingOut] = Field(description="Every chosen model: the finished ones as they are ranked, below them the others")
    owner: str
    created_at: datetime


class FeatureOut(Strict):
    name: str
    kind: str
    distinct: int
    missing: Annotated[float, Field(description="Share of rows without a value")]
    score: float | None = Field(description="What this column alone predicts, in the metric of the findings")
    advice: str
    warnings: list[str]


class FindingsOut(Strict):
    """What is measured before anything is trained: leaks, identifiers, columns that say nothing."""

    target: str
    task: Task
    metric: str
    features: list[FeatureOut]
    warnings: list[str]


class ContributionOut(Strict):
    field: str
    value: Label | None
    amount: float


class WaterfallOut(Strict):
    """`base` and the contributions add up to `total`."""

    label: Label | None
    unit: str
    base: float
    contributions: list[ContributionOut]
    total: float


class ExplainedOut(Strict):
    row: int
    actual: Label | None
    prediction: Label
    probabilities: dict[str, float] | None
    waterfall: WaterfallOut
    warnings: Annotated[list[str], Field(description="Fields that are empty here and never were in training")]


def waterfall_out(waterfall: Waterfall) -> WaterfallOut:
    parts = [ContributionOut(field=each.field, value=each.value, amount=each.amount) for each in waterfall.contributions]
    return WaterfallOut(label=waterfall.label, unit=waterfall.unit, base=waterfall.base, contributions=parts, total=waterfall.total)


def run_out(run: TrainedRun) -> RunOut:
    scores = {name: ScoreOut(value=score.value, low=score.low, high=score.high) for name, score in run.metrics.items()}
    registered = [f"{name}/{number}" for name, number in run.registered]
    return RunOut(id=run.id, family=run.family, label=run.label, metrics=scores, registered=registered)


def _standing(standing: Standing) -> StandingOut:
    return StandingOut(
        family=standing.family,
        label=standing.label,
        status=standing.stage.value,
        progress=min(1.0, max(0.0, standing.progress)),
        message=standing.message,
        run_id=standing.run.id if standing.run else None,
    )


def _experiment(experiment: Experiment) -> ExperimentOut:
    own = ("status", "job_id", "error", "runs", "models")
    known = {name: getattr(experiment, name) for name in ExperimentOut.model_fields if name not in own}
    return ExperimentOut(
        **known,
        status=experiment.status.value,
        job_id=experiment.job.id if experiment.job else None,
        error=experiment.job.error if experiment.job else None,
        runs=[run_out(each) for each in experiment.runs],
        models=[_standing(each) for each in experiment.standings],
    )


@router.get("", responses=answers())
def list_experiments(who: Who, core: Core, dataset_id: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None) -> list[ExperimentOut]:
    """The newest first."""
    return [_experiment(each) for each in core.experiments.find(who, dataset_id=dataset_id)]


@router.post("", status_code=202, responses=answers(404), dependencies=needs(Permission.EXPERIMENT_RUN))
def train(wanted: ExperimentIn, who: Who, core: Core) -> Started:
    """Trains models for a target, by a job; its `state` says model, fold, score so far and seconds left."""
    spec = ExperimentSpec(**dict(wanted))
    experiment = core.experiments.start(who, spec)
    return Started(job_id=experiment.job.id if experiment.job else 0, experiment_id=experiment.id)


@router.get("/inspect", responses=answers(404, 504))
def inspect(
    who: Who,
    core: Core,
    dataset_id: Annotated[int, Query(ge=1, le=2**31 - 1)],
    target: Annotated[str, Query(min_length=1, max_length=200)],
) -> FindingsOut:
    """What could be learned, and what stands against each column, measured before training."""
    found = core.experiments.inspect(who, dataset_id, target)
    features = [FeatureOut(**{name: getattr(each, name) for name in FeatureOut.model_fields}) for each in found.features]
    return FindingsOut(
        target=found.target.name, task=found.target.task, metric=found.metric, features=features, warnings=list(found.warnings)
    )


@router.get("/{id}", responses=answers(404))
def experiment(id: Id, who: Who, core: Core) -> ExperimentOut:
    return _experiment(core.experiments.get(who, id))


@router.delete("/{id}", status_code=204, responses=answers(404, 409))
def delete_experiment(id: Id, who: Who, core: Core) -> None:
    core.experiments.delete(who, id)


@runs_router.get("/{id}", responses=answers(404))
def run_detail(id: Id, who: Who, core: Core) -> dict[str, Any]:
    """Curves, confusion matrix or residuals, and the importance of each column."""
    return core.experiments.detail(who, id)


@runs_router.get("/{id}/explanation", responses=answers(404))
def explanation(id: Id, who: Who, core: Core, row: Annotated[int, Query(ge=0, le=2**53)] = 0) -> ExplainedOut:
    """Why the run says what it says to one row of its dataset, counted from 0."""
    found = core.experiments.waterfall(who, id, row)
    known = {name: getattr(found, name) for name in ExplainedOut.model_fields if name not in ("waterfall", "warnings")}
    return ExplainedOut(**known, waterfall=waterfall_out(found.waterfall), warnings=list(found.warnings))
