"""Columns by name, over all datasets: looked for in the database, so that wide tables stay there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from core.query.spec import Column
from db.rows import DatasetRow, DatasetVersionRow
from db.types import elements


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of the current version of a dataset; *place* counts from 0."""

    dataset_id: int
    dataset: str
    column: Column
    place: int


def find_columns(session: Session, search: str, limit: int) -> list[FoundColumn]:
    """Those whose name contains *search*: who is called exactly so first, then who begins so, then of the data that changed last."""
    rows, element, place = elements(DatasetVersionRow.columns, session.get_bind().dialect.name)
    name, wanted = func.lower(element["name"].as_string()), search.lower()
    query = (
        select(DatasetRow.id, DatasetRow.name, element["name"].as_string(), element["type"].as_string(), place)
        .join(DatasetVersionRow, (DatasetVersionRow.dataset_id == DatasetRow.id) & (DatasetVersionRow.number == DatasetRow.current))
        .join(rows, true())
        .where(DatasetRow.deleted_at.is_(None), name.contains(wanted, autoescape=True))
        .order_by(name != wanted, ~name.startswith(wanted, autoescape=True), DatasetRow.updated_at.desc(), DatasetRow.id.desc(), place)
        .limit(limit)
    )
    return [FoundColumn(id_, dataset, Column(*column), place) for id_, dataset, *column, place in session.execute(query)]
