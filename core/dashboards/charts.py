"""Charts: a spec with a name over a dataset, always drawn of the dataset's current version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core.dashboards import clicks
from core.dashboards.clicks import Behind, Clicked
from core.dashboards.figures import Drawing, draw
from core.dashboards.omissions import counting, told
from core.dashboards.query import query_of
from core.dashboards.spec import ChartSpec, Kind
from core.dashboards.wire import spec_from_json, spec_to_json
from core.data.datasets import Datasets
from core.data.queries import Queries
from core.errors import Conflict, Invalid, NotFound
from core.operations import audit
from core.principal import Permission, Principal
from core.query.engines import plan_of
from core.query.spec import Answer
from db.rows import ChartRow, DashboardRow, DatasetRow, TileRow, UserRow
from db.session import Database
from db.types import now

__all__ = ["Chart", "ChartSpec", "Charts", "Drawn", "Kind", "query_of", "spec_from_json", "spec_to_json"]

NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Chart:
    id: int
    name: str
    dataset_id: int
    dataset: str
    spec: ChartSpec
    owner_id: int
    owner: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Drawn:
    drawing: Drawing
    answer: Answer


class Charts:
    def __init__(self, database: Database, datasets: Datasets, queries: Queries) -> None:
        self._database = database
        self._datasets = datasets
        self._queries = queries

    def find(self, who: Principal, *, search: str = "", dataset_id: int | None = None, limit: int = 200) -> list[Chart]:
        """Those whose name contains *search*, the latest changed first."""
        who.require(Permission.CHART_READ)
        query = _living().order_by(ChartRow.updated_at.desc(), ChartRow.id.desc()).limit(limit)
        if search:
            query = query.where(func.lower(ChartRow.name).contains(search.lower(), autoescape=True))
        if dataset_id is not None:
            query = query.where(ChartRow.dataset_id == dataset_id)
        with self._database.reading() as session:
            return [chart(*row) for row in session.execute(query)]

    def get(self, who: Principal, id: int) -> Chart:
        who.require(Permission.CHART_READ)
        with self._database.reading() as session:
            return find(session, id)

    def preview(self, who: Principal, dataset_id: int, spec: ChartSpec) -> Drawn:
        """The chart as it would be, without saving it."""
        who.require(Permission.CHART_READ)
        version = self._datasets.version(who, dataset_id)
        asked = counting(query_of(spec, version.table), spec, version.table)
        answer, left_out = told(spec, self._queries.run(who, dataset_id, asked))
        return Drawn(draw(spec, answer, left_out=left_out), answer)

    def rows_behind(self, who: Principal, dataset_id: int, spec: ChartSpec, clicked: Clicked, *, limit: int = 100) -> Behind | None:
        """The rows that add up to the clicked mark; None when there is no such mark (any more)."""
        who.require(Permission.CHART_READ)
        return clicks.rows_behind(who, self._datasets.version(who, dataset_id), spec, clicked, self._queries, limit=limit)

    def save(self, who: Principal, name: str, dataset_id: int, spec: ChartSpec) -> Chart:
        """A new chart. Raises Invalid when the dataset cannot answer it."""
        who.require(Permission.CHART_WRITE)
        self._check(who, dataset_id, spec)
        with self._database.transaction() as session:
            row = ChartRow(name=checked_name(name, "chart"), dataset_id=dataset_id, spec=spec_to_json(spec), owner_id=who.user_id)
            session.add(row)
            session.flush()
            audit.record(session, who, "chart.create", "chart", row.id, name=row.name, dataset_id=dataset_id)
            return find(session, row.id)

    def update(self, who: Principal, id: int, *, name: str | None = None, spec: ChartSpec | None = None) -> Chart:
        """Changes what is given. Dashboards that show the chart show the new one."""
        who.require(Permission.CHART_WRITE)
        if spec is not None:
            self._check(who, self.get(who, id).dataset_id, spec)
        with self._database.transaction() as session:
            row = living_row(session, id)
            changed: dict[str, Any] = {}
            if name is not None:
                changed["name"] = row.name = checked_name(name, "chart")
            if spec is not None:
                changed["spec"] = row.spec = spec_to_json(spec)
            row.updated_at = now()
            audit.record(session, who, "chart.update", "chart", id, **changed)
            session.flush()
            return find(session, id)

    def delete(self, who: Principal, id: int) -> None:
        """Conflict in words while a dashboard shows it."""
        who.require(Permission.CHART_WRITE)
        with self._database.transaction() as session:
            row = living_row(session, id)
            query = (
                select(DashboardRow.name).join(TileRow, TileRow.dashboard_id == DashboardRow.id).where(TileRow.chart_id == id).distinct()
            )
            shown_on = session.scalars(query.order_by(DashboardRow.name)).all()
            if shown_on:
                raise Conflict(f"{row.name} is on the dashboard {' and '.join(shown_on[:3])}. Remove it there first.")
            session.delete(row)
            audit.record(session, who, "chart.delete", "chart", id, name=row.name)

    def _check(self, who: Principal, dataset_id: int, spec: ChartSpec) -> None:
        """Raises Invalid for a column, a formula or a filter that the dataset has no answer to; nothing is asked."""
        table = self._datasets.version(who, dataset_id).table
        plan_of(table, query_of(spec, table))


def checked_name(name: str, thing: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid(f"A {thing} needs a name.", field="name")
    if len(name) > NAME_LENGTH:
        raise Invalid(f"The name has {len(name)} characters; {NAME_LENGTH} are allowed.", field="name")
    if not name.isprintable():
        raise Invalid("The name holds a character that cannot be printed.", field="name")
    return name


def find(session: Session, id: int) -> Chart:
    found = session.execute(_living().where(ChartRow.id == id)).first()
    if found is None:
        raise _unknown(id)
    return chart(*found)


def living_row(session: Session, id: int) -> ChartRow:
    row = session.get(ChartRow, id, with_for_update=True)
    if row is None:
        raise _unknown(id)
    return row


def chart(row: ChartRow, dataset: str, owner: str) -> Chart:
    return Chart(
        id=row.id,
        name=row.name,
        dataset_id=row.dataset_id,
        dataset=dataset,
        spec=spec_from_json(row.spec),
        owner_id=row.owner_id,
        owner=owner,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _living() -> Select[ChartRow, str, str]:
    return (
        select(ChartRow, DatasetRow.name, UserRow.name)
        .join(DatasetRow, DatasetRow.id == ChartRow.dataset_id)
        .join(UserRow, UserRow.id == ChartRow.owner_id)
    )


def _unknown(id: int) -> NotFound:
    return NotFound(f"There is no chart {id}. It may have been deleted.")
