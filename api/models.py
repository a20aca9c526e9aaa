"""Models: registered versions, and their predictions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field, StrictBool, StrictInt

from api.datasets import Number, Strict
from api.experiments import Label, RunOut, WaterfallOut, run_out, waterfall_out
from api.problems import answers
from api.security import AskedFirst, Core, Who, needs
from core.ml.records import Model, ModelVersion
from core.principal import Permission

router = APIRouter(prefix="/v1/models", tags=["Models"], route_class=AskedFirst)

ModelName = Annotated[str, Path(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Registration(Strict):
    run_id: Number
    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    description: Annotated[str, Field(max_length=2000)] = ""


class Alias(Strict):
    version: Number


class VersionOut(Strict):
    number: int
    aliases: list[str]
    run: RunOut
    experiment_id: int
    target: str
    dataset_id: int
    dataset: str
    dataset_version: int
    inputs: list[dict[str, Any]] = Field(description="The fields that a row has")
    created_by: str
    created_at: datetime


class ModelOut(Strict):
    name: str
    description: str
    owner: str
    created_at: datetime
    versions: list[VersionOut] = Field(description="The newest first")


class PredictIn(Strict):
    """Rows are objects of the model's fields. `version` is a number or an alias; without it the champion answers."""

    rows: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=10_000)]
    version: Annotated[StrictInt | str | None, Field(examples=["champion", 1])] = None
    explain: StrictBool = False


class WarningOut(Strict):
    field: str
    message: str


class PredictOut(Strict):
    model: str
    model_version: int
    predictions: list[Label]
    probabilities: list[dict[str, float]] | None = Field(description="By class, for a classification")
    warnings: list[WarningOut] = Field(description="What had to be interpreted, and how")
    explanations: list[WaterfallOut] | None


def _version(version: ModelVersion) -> VersionOut:
    own = ("run", "inputs")
    known = {name: getattr(version, name) for name in VersionOut.model_fields if name not in own}
    return VersionOut(**known, run=run_out(version.run), inputs=[field.to_json() for field in version.inputs])


def _model(model: Model) -> ModelOut:
    known = {name: getattr(model, name) for name in ModelOut.model_fields if name != "versions"}
    return ModelOut(**known, versions=[_version(each) for each in model.versions])


@router.get("", responses=answers())
def list_models(who: Who, core: Core) -> list[ModelOut]:
    """By name."""
    return [_model(each) for each in core.models.find(who)]


@router.post("", status_code=201, responses=answers(404, 409), dependencies=needs(Permission.MODEL_WRITE))
def register(wanted: Registration, who: Who, core: Core) -> VersionOut:
    """Makes a run the next version of a model, the champion when the model is new."""
    return _version(core.models.register(who, wanted.run_id, wanted.name, description=wanted.description))


@router.get("/{name}", responses=answers(404))
def model(name: ModelName, who: Who, core: Core) -> ModelOut:
    return _model(core.models.get(who, name))


@router.delete("/{name}", status_code=204, responses=answers(404))
def delete_model(name: ModelName, who: Who, core: Core) -> None:
    """The model with all its versions; the runs stay."""
    core.models.delete(who, name)


@router.put("/{name}/aliases/{alias}", responses=answers(404), dependencies=needs(Permission.MODEL_WRITE))
def set_alias(
    name: ModelName, alias: Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,31}$")], wanted: Alias, who: Who, core: Core
) -> ModelOut:
    """Points an alias such as `champion` at a version."""
    return _model(core.models.set_alias(who, name, alias, wanted.version))


@router.post("/{name}/predict", responses=answers(404, 413), dependencies=needs(Permission.MODEL_PREDICT))
def predict(name: ModelName, asked: PredictIn, who: Who, core: Core) -> PredictOut:
    """Answers rows. A wrong field is a 422 that names it; what had to be interpreted is in `warnings`."""
    found = core.models.predict(who, name, asked.rows, version=asked.version, explain=asked.explain)
    return PredictOut(
        model=found.model_name,
        model_version=found.model_version,
        predictions=list(found.predictions),
        probabilities=None if found.probabilities is None else list(found.probabilities),
        warnings=[WarningOut(field=each.field, message=each.message) for each in found.warnings],
        explanations=None if found.explanations is None else [waterfall_out(each) for each in found.explanations],
    )
