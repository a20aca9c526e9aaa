"""Dashboards: charts on a grid, and the answers of all of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field, StrictInt

from api.charts import ChartOut, chart_out
from api.datasets import AnswerOut, Name, Number, Strict, answer_out, filters_of
from api.jobs import Id
from api.problems import answers
from api.security import AskedFirst, Core, Who, needs
from core.dashboards.dashboards import Dashboard, Place, TileData
from core.principal import Permission

router = APIRouter(prefix="/v1/dashboards", tags=["Dashboards"], route_class=AskedFirst)


class TileIn(Strict):
    """A chart at a place, in columns (of twelve) and rows from the top left."""

    chart_id: Number
    x: Annotated[StrictInt, Field(ge=0, le=11)]
    y: Annotated[StrictInt, Field(ge=0, le=1000)]
    w: Annotated[StrictInt, Field(ge=2, le=12)]
    h: Annotated[StrictInt, Field(ge=2, le=24)]
    id: Annotated[Number | None, Field(description="Of a tile that is there already")] = None

    def place(self) -> Place:
        return Place(self.chart_id, self.x, self.y, self.w, self.h, self.id)


class DashboardIn(Strict):
    name: Name
    description: Annotated[str, Field(max_length=2000)] = ""
    tiles: Annotated[tuple[TileIn, ...], Field(max_length=60)] = ()


class Arrangement(Strict):
    """*revision* is the one that the change starts from."""

    revision: Number
    tiles: Annotated[list[TileIn], Field(max_length=60)]


class DashboardListed(Strict):
    id: int
    name: str
    description: str
    owner: str
    tile_count: int
    updated_at: datetime


class TileOut(Strict):
    id: int
    x: int
    y: int
    w: int
    h: int
    chart: ChartOut


class DashboardOut(Strict):
    id: int
    name: str
    description: str
    owner: str
    revision: int
    tiles: list[TileOut]
    created_at: datetime
    updated_at: datetime


class TileAnswer(Strict):
    tile_id: int
    state: Literal["ready", "empty", "error"]
    message: str
    left_out: Annotated[str, Field(description="What the chart has no place for, in a sentence; the rows of `answer` have it")]
    unfiltered: list[str] = Field(description="Columns of filters that the tile's data lacks: it is not filtered by them")
    answer: AnswerOut | None


def _dashboard(dashboard: Dashboard) -> DashboardOut:
    tiles = [TileOut(id=each.id, x=each.x, y=each.y, w=each.w, h=each.h, chart=chart_out(each.chart)) for each in dashboard.tiles]
    known = {name: getattr(dashboard, name) for name in DashboardOut.model_fields if name != "tiles"}
    return DashboardOut(**known, tiles=tiles)


def _tile_answer(data: TileData) -> TileAnswer:
    answer = AnswerOut(**answer_out(data.answer)) if data.answer is not None else None
    left_out = data.drawing.left_out if data.drawing is not None else ""
    return TileAnswer(
        tile_id=data.tile.id,
        state=data.state.value,
        message=data.message,
        left_out=left_out,
        unfiltered=list(data.unconcerned),
        answer=answer,
    )


@router.get("", responses=answers())
def list_dashboards(who: Who, core: Core, search: Annotated[str, Query(max_length=200)] = "") -> list[DashboardListed]:
    found = core.dashboards.find(who, search=search)
    return [DashboardListed(**{name: getattr(each, name) for name in DashboardListed.model_fields}) for each in found]


@router.post("", status_code=201, responses=answers(404, 409), dependencies=needs(Permission.DASHBOARD_WRITE))
def add_dashboard(wanted: DashboardIn, who: Who, core: Core) -> DashboardOut:
    """A new dashboard with its tiles."""
    return _dashboard(core.dashboards.create(who, wanted.name, wanted.description, places=[tile.place() for tile in wanted.tiles]))


@router.get("/{id}", responses=answers(404))
def dashboard(id: Id, who: Who, core: Core) -> DashboardOut:
    return _dashboard(core.dashboards.get(who, id))


@router.put("/{id}/tiles", responses=answers(404, 409), dependencies=needs(Permission.DASHBOARD_WRITE))
def arrange(id: Id, wanted: Arrangement, who: Who, core: Core) -> DashboardOut:
    """Puts exactly these tiles on the dashboard. 409 when somebody has changed it since that revision."""
    return _dashboard(core.dashboards.update(who, id, [tile.place() for tile in wanted.tiles], wanted.revision))


@router.delete("/{id}", status_code=204, responses=answers(404))
def delete_dashboard(id: Id, who: Who, core: Core) -> None:
    """Its charts stay."""
    core.dashboards.delete(who, id)


@router.get("/{id}/data", responses=answers(404, 504))
def data(
    id: Id,
    who: Who,
    core: Core,
    where: Annotated[str | None, Query(max_length=4000, description='Filters for all tiles, JSON: [{"column", "op", "value"}]')] = None,
) -> list[TileAnswer]:
    """The answers of all tiles, in one batch. A tile that is broken says so and breaks no other."""
    return [_tile_answer(each) for each in core.dashboards.data(who, id, filters_of(where))]
