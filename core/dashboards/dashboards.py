"""Dashboards: charts as tiles on a grid, filtered together, changed by one person at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.dashboards import charts, clicks, tiles
from core.dashboards.charts import checked_name
from core.dashboards.clicks import Behind, Clicked
from core.dashboards.fields import Field, fields
from core.dashboards.filters import concerning
from core.dashboards.layout import Place, check, free_place
from core.dashboards.tiles import Tile, TileData
from core.data.datasets import Datasets
from core.data.queries import Queries
from core.errors import Conflict, NotFound
from core.operations import audit
from core.principal import Permission, Principal
from core.query.spec import Filter
from db.rows import ChartRow, DashboardRow, DatasetRow, TileRow, UserRow
from db.session import Database
from db.types import now

__all__ = ["Dashboard", "Dashboards", "Listed", "Opened", "Place", "Tile", "TileData"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A dashboard in a list."""

    id: int
    name: str
    description: str
    owner: str
    tile_count: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Dashboard:
    """*tiles* from top left to bottom right; *revision* grows with every change."""

    id: int
    name: str
    description: str
    owner_id: int
    owner: str
    revision: int
    tiles: tuple[Tile, ...]
    created_at: datetime
    updated_at: datetime

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(Place(each.chart.id, each.x, each.y, each.w, each.h, each.id) for each in self.tiles)


@dataclass(frozen=True, slots=True)
class Opened:
    """A dashboard with the data of its tiles under *filters*."""

    dashboard: Dashboard
    tiles: list[TileData]
    filters: tuple[Filter, ...]


class Dashboards:
    def __init__(self, database: Database, datasets: Datasets, queries: Queries) -> None:
        self._database = database
        self._datasets = datasets
        self._queries = queries

    def find(self, who: Principal, *, search: str = "", limit: int = 200) -> list[Listed]:
        """Those whose name contains *search*, the latest changed first."""
        who.require(Permission.DASHBOARD_READ)
        count = select(func.count()).where(TileRow.dashboard_id == DashboardRow.id).scalar_subquery()
        query = select(DashboardRow, UserRow.name, count).join(UserRow, UserRow.id == DashboardRow.owner_id)
        if search:
            query = query.where(func.lower(DashboardRow.name).contains(search.lower(), autoescape=True))
        with self._database.reading() as session:
            found = session.execute(query.order_by(DashboardRow.updated_at.desc(), DashboardRow.id.desc()).limit(limit))
            return [Listed(row.id, row.name, row.description, owner, tiles, row.updated_at) for row, owner, tiles in found]

    def get(self, who: Principal, id: int) -> Dashboard:
        who.require(Permission.DASHBOARD_READ)
        with self._database.reading() as session:
            return _dashboard(session, id)

    def exists(self, who: Principal, id: int) -> bool:
        who.require(Permission.DASHBOARD_READ)
        with self._database.reading() as session:
            return session.get(DashboardRow, id) is not None

    def create(self, who: Principal, name: str, description: str = "", *, places: Sequence[Place] = ()) -> Dashboard:
        """A new one, with charts in *places* when they are given."""
        who.require(Permission.DASHBOARD_WRITE)
        check(places)
        with self._database.transaction() as session:
            row = DashboardRow(name=checked_name(name, "dashboard"), description=description.strip(), owner_id=who.user_id)
            session.add(row)
            session.flush()
            if places:
                _put(session, row, places)
            audit.record(session, who, "dashboard.create", "dashboard", row.id, name=row.name, tiles=len(places))
            return _dashboard(session, row.id)

    def rename(self, who: Principal, id: int, name: str, description: str | None = None) -> Dashboard:
        who.require(Permission.DASHBOARD_WRITE)
        with self._database.transaction() as session:
            row = _row(session, id)
            before, row.name = row.name, checked_name(name, "dashboard")
            if description is not None:
                row.description = description.strip()
            row.updated_at = now()
            audit.record(session, who, "dashboard.rename", "dashboard", id, name=row.name, before=before)
            return _dashboard(session, id)

    def update(self, who: Principal, id: int, places: Sequence[Place], base: int) -> Dashboard:
        """Puts exactly *places* on the dashboard: known tiles are moved, unnamed ones added, the others removed.

        *base* is the revision that the change started from: Conflict when somebody has changed the dashboard since.
        """
        who.require(Permission.DASHBOARD_WRITE)
        check(places)
        with self._database.transaction() as session:
            row = _row(session, id)
            _check_base(row, base)
            _put(session, row, places)
            audit.record(session, who, "dashboard.update", "dashboard", id, name=row.name, tiles=len(places))
            return _dashboard(session, id)

    def add_tile(self, who: Principal, id: int, chart_id: int, base: int, place: Place | None = None) -> Dashboard:
        """The chart in *place*, or in the first gap that is large enough."""
        who.require(Permission.DASHBOARD_WRITE)
        with self._database.transaction() as session:
            row = _row(session, id)
            _check_base(row, base)
            chart = charts.find(session, chart_id)
            places = _dashboard(session, id).places
            added = place or free_place(places, chart_id, chart.spec.kind)
            check((*places, added))
            _put(session, row, (*places, added))
            audit.record(session, who, "dashboard.add_tile", "dashboard", id, name=row.name, chart=chart.name)
            return _dashboard(session, id)

    def remove_tile(self, who: Principal, id: int, tile_id: int, base: int) -> Dashboard:
        """The chart itself stays."""
        who.require(Permission.DASHBOARD_WRITE)
        with self._database.transaction() as session:
            row = _row(session, id)
            _check_base(row, base)
            gone = _tile(_dashboard(session, id), tile_id)
            _put(session, row, [place for place in _dashboard(session, id).places if place.tile_id != tile_id])
            audit.record(session, who, "dashboard.remove_tile", "dashboard", id, name=row.name, chart=gone.chart.name)
            return _dashboard(session, id)

    def delete(self, who: Principal, id: int) -> None:
        """Its charts stay."""
        who.require(Permission.DASHBOARD_WRITE)
        with self._database.transaction() as session:
            row = _row(session, id)
            session.delete(row)
            audit.record(session, who, "dashboard.delete", "dashboard", id, name=row.name)

    def open(self, who: Principal, id: int, filters: Sequence[Filter] = ()) -> Opened:
        """The dashboard and the data of all its tiles, in one batched call."""
        who.require(Permission.DASHBOARD_READ)
        with self._database.reading() as session:
            dashboard = _dashboard(session, id)
        return Opened(dashboard, tiles.fill(who, dashboard.tiles, filters, self._datasets, self._queries), tuple(filters))

    def data(self, who: Principal, id: int, filters: Sequence[Filter] = ()) -> list[TileData]:
        who.require(Permission.DASHBOARD_READ)
        return self.open(who, id, filters).tiles

    def tile(self, who: Principal, id: int, tile_id: int, filters: Sequence[Filter] = ()) -> TileData:
        """One tile alone, as the page shows it under *filters*."""
        who.require(Permission.DASHBOARD_READ)
        with self._database.reading() as session:
            found = _tile(_dashboard(session, id), tile_id)
        return tiles.fill(who, [found], filters, self._datasets, self._queries)[0]

    def rows_behind(
        self, who: Principal, id: int, tile_id: int, clicked: Clicked, filters: Sequence[Filter] = (), *, limit: int = 100
    ) -> Behind | None:
        """The rows that add up to the clicked mark of a tile under *filters*; None when there is no such mark (any more)."""
        who.require(Permission.DASHBOARD_READ)
        with self._database.reading() as session:
            chart = _tile(_dashboard(session, id), tile_id).chart
        version = self._datasets.version(who, chart.dataset_id)
        ours, _ = concerning(filters, version.table)
        spec = replace(chart.spec, filters=(*chart.spec.filters, *ours))
        return clicks.rows_behind(who, version, spec, clicked, self._queries, limit=limit)

    def filter_fields(self, who: Principal, id: int) -> list[Field]:
        """What the dashboard can be filtered by, with values or range."""
        who.require(Permission.DASHBOARD_READ)
        with self._database.reading() as session:
            ids = [each.chart.dataset_id for each in _dashboard(session, id).tiles]
        return fields(who, ids, self._datasets, self._queries)


def _row(session: Session, id: int) -> DashboardRow:
    row = session.get(DashboardRow, id, with_for_update=True)
    if row is None:
        raise _unknown(id)
    return row


def _unknown(id: int) -> NotFound:
    return NotFound(f"There is no dashboard {id}. It may have been deleted.")


def _check_base(row: DashboardRow, base: int) -> None:
    if row.revision != base:
        raise Conflict(
            f"{row.name} was changed by somebody else after you opened it. Your arrangement is still here: load theirs, or keep yours."
        )


def _put(session: Session, row: DashboardRow, places: Sequence[Place]) -> None:
    known = {tile.id: tile for tile in session.scalars(select(TileRow).where(TileRow.dashboard_id == row.id))}
    wanted = {place.chart_id for place in places}
    missing = wanted - set(session.scalars(select(ChartRow.id).where(ChartRow.id.in_(wanted))))
    if missing:
        raise NotFound(f"There is no chart {min(missing)}. It may have been deleted.", field="tiles")
    kept = {place.tile_id for place in places}
    for tile in known.values():
        if tile.id not in kept:
            session.delete(tile)
    for place in places:
        tile = known.get(place.tile_id or 0) or TileRow(dashboard_id=row.id)
        tile.chart_id, tile.x, tile.y, tile.w, tile.h = place.chart_id, place.x, place.y, place.w, place.h
        session.add(tile)
    row.revision += 1
    row.updated_at = now()
    session.flush()


def _dashboard(session: Session, id: int) -> Dashboard:
    found = session.execute(
        select(DashboardRow, UserRow.name).join(UserRow, UserRow.id == DashboardRow.owner_id).where(DashboardRow.id == id)
    ).first()
    if found is None:
        raise _unknown(id)
    row, owner = found
    return Dashboard(
        row.id, row.name, row.description, row.owner_id, owner, row.revision, _tiles(session, id), row.created_at, row.updated_at
    )


def _tiles(session: Session, id: int) -> tuple[Tile, ...]:
    query = (
        select(TileRow, ChartRow, DatasetRow.name, UserRow.name)
        .join(ChartRow, ChartRow.id == TileRow.chart_id)
        .join(DatasetRow, DatasetRow.id == ChartRow.dataset_id)
        .join(UserRow, UserRow.id == ChartRow.owner_id)
        .where(TileRow.dashboard_id == id)
        .order_by(TileRow.y, TileRow.x, TileRow.id)
    )
    return tuple(
        Tile(tile.id, charts.chart(chart, dataset, owner), tile.x, tile.y, tile.w, tile.h)
        for tile, chart, dataset, owner in session.execute(query)
    )


def _tile(dashboard: Dashboard, tile_id: int) -> Tile:
    found = next((each for each in dashboard.tiles if each.id == tile_id), None)
    if found is None:
        raise NotFound(f"{dashboard.name} has no tile {tile_id}. It may have been removed.")
    return found
