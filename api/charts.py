"""Charts: saved specs over datasets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from api.datasets import Name, Number, Strict
from api.jobs import Id
from api.problems import answers
from api.security import AskedFirst, Core, Who, needs
from core.dashboards.charts import Chart, spec_from_json, spec_to_json
from core.principal import Permission

router = APIRouter(prefix="/v1/charts", tags=["Charts"], route_class=AskedFirst)

SPEC = Field(
    description="kind, measures, dimensions, colour, filters, sort, top",
    examples=[{"kind": "bar", "measures": [{"aggregate": "count"}], "dimensions": [{"column": "carrier"}]}],
)


class ChartIn(Strict):
    name: Name
    dataset_id: Number
    spec: Annotated[dict[str, Any], SPEC]


class ChartChange(Strict):
    name: Name | None = None
    spec: Annotated[dict[str, Any] | None, SPEC] = None


class ChartOut(ChartIn):
    id: int
    dataset: str
    owner: str
    created_at: datetime
    updated_at: datetime


def chart_out(chart: Chart) -> ChartOut:
    known = {name: getattr(chart, name) for name in ChartOut.model_fields if name != "spec"}
    return ChartOut(**known, spec=spec_to_json(chart.spec))


@router.get("", responses=answers())
def list_charts(
    who: Who,
    core: Core,
    search: Annotated[str, Query(max_length=200)] = "",
    dataset_id: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> list[ChartOut]:
    return [chart_out(each) for each in core.charts.find(who, search=search, dataset_id=dataset_id)]


@router.post("", status_code=201, responses=answers(404), dependencies=needs(Permission.CHART_WRITE))
def add_chart(chart: ChartIn, who: Who, core: Core) -> ChartOut:
    """Saves a chart, when its dataset can answer it."""
    return chart_out(core.charts.save(who, chart.name, chart.dataset_id, spec_from_json(chart.spec)))


@router.get("/{id}", responses=answers(404))
def chart(id: Id, who: Who, core: Core) -> ChartOut:
    return chart_out(core.charts.get(who, id))


@router.patch("/{id}", responses=answers(404), dependencies=needs(Permission.CHART_WRITE))
def change_chart(id: Id, change: ChartChange, who: Who, core: Core) -> ChartOut:
    spec = None if change.spec is None else spec_from_json(change.spec)
    return chart_out(core.charts.update(who, id, name=change.name, spec=spec))


@router.delete("/{id}", status_code=204, responses=answers(404, 409))
def delete_chart(id: Id, who: Who, core: Core) -> None:
    """Deletes a chart that no dashboard shows."""
    core.charts.delete(who, id)
