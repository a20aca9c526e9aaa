"""Registered models: named, numbered versions of runs, reached by number or alias, that answer rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from core.errors import Conflict, Invalid, NotFound, TooLarge, did_you_mean
from core.ml import records
from core.ml.coercion import Remark, coerce
from core.ml.explanation import Waterfall
from core.ml.records import CHAMPION, Model, ModelVersion
from core.ml.serving import Served, Shelf
from core.ml.tasks import Label
from core.operations import audit
from core.operations.locks import one_at_a_time
from core.principal import Permission, Principal
from db.rows import ExperimentRow, ModelAliasRow, ModelRow, ModelVersionRow, RunRow
from db.session import Database

__all__ = ["Model", "ModelVersion", "Models", "Predictions"]

MOST_EXPLAINED = 100
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_ALIAS = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Predictions:
    """In the order of the rows. *probabilities* by label, None for numbers; *explanations* only when asked for."""

    model_name: str
    model_version: int
    predictions: tuple[Label, ...]
    probabilities: tuple[dict[str, float], ...] | None
    warnings: tuple[Remark, ...]
    explanations: tuple[Waterfall, ...] | None


class Models:
    def __init__(self, database: Database, shelf: Shelf) -> None:
        self._database = database
        self._shelf = shelf

    def register(self, who: Principal, run_id: int, name: str, *, description: str = "") -> ModelVersion:
        """The run becomes the next version of the model *name*, its first one and champion when the name is new."""
        who.require(Permission.MODEL_WRITE)
        if not _NAME.fullmatch(name):
            raise Invalid(
                "A model's name stands in its address: letters, digits, dot, dash and underscore, at most 80, first a letter or digit.",
                field="name",
            )
        with self._database.transaction() as session:
            one_at_a_time(session, f"model.{name}")
            run = session.get(RunRow, run_id)
            if run is None:
                raise NotFound(f"There is no run {run_id}. A later attempt may have replaced it.")
            files = {str(key): str(digest) for key, digest in run.files.items()}
            served = self._shelf.get(files)
            row = self._row(session, who, name, description, session.get_one(ExperimentRow, run.experiment_id))
            number = (session.scalar(select(func.max(ModelVersionRow.number)).where(ModelVersionRow.model_id == row.id)) or 0) + 1
            inputs = [field.to_json() for field in served.schema.fields]
            session.add(ModelVersionRow(model_id=row.id, number=number, run_id=run_id, files=files, inputs=inputs, created_by=who.user_id))
            if number == 1:
                session.add(ModelAliasRow(model_id=row.id, alias=CHAMPION, number=1))
            audit.record(session, who, "model.register", "model", name, version=number, run_id=run_id)
            session.flush()
            return records.model(session, name).versions[0]

    def find(self, who: Principal) -> list[Model]:
        """By name."""
        who.require(Permission.MODEL_READ)
        with self._database.reading() as session:
            return records.models(session)

    def get(self, who: Principal, name: str) -> Model:
        who.require(Permission.MODEL_READ)
        with self._database.reading() as session:
            return records.model(session, name)

    def set_alias(self, who: Principal, name: str, alias: str, number: int) -> Model:
        """Points *alias* at that version, whatever it pointed at before."""
        who.require(Permission.MODEL_WRITE)
        if not _ALIAS.fullmatch(alias):
            raise Invalid("An alias is a short word of small letters, digits and dashes, such as champion.", field="alias")
        with self._database.transaction() as session:
            one_at_a_time(session, f"model.{name}")
            row = _model_row(session, name)
            _check_number(session, row, number)
            pointer = session.scalar(select(ModelAliasRow).where(ModelAliasRow.model_id == row.id, ModelAliasRow.alias == alias))
            before = pointer.number if pointer else None
            if pointer is None:
                session.add(ModelAliasRow(model_id=row.id, alias=alias, number=number))
            else:
                pointer.number = number
            audit.record(session, who, "model.alias", "model", name, alias=alias, version=number, before=before)
            session.flush()
            return records.model(session, name)

    def delete(self, who: Principal, name: str) -> None:
        """The model with all its versions; the runs they were made of stay."""
        who.require(Permission.MODEL_WRITE)
        with self._database.transaction() as session:
            one_at_a_time(session, f"model.{name}")
            row = _model_row(session, name)
            for table in (ModelAliasRow, ModelVersionRow):
                session.execute(delete(table).where(table.model_id == row.id))
            session.delete(row)
            audit.record(session, who, "model.delete", "model", name)

    def predict(
        self, who: Principal, name: str, rows: Sequence[Any], *, version: int | str | None = None, explain: bool = False
    ) -> Predictions:
        """Answers *rows*, objects of fields and values, by the version of that number or alias, the champion without one.

        Raises Invalid naming the first field that is wrong; whatever had to be interpreted is in the warnings.
        """
        who.require(Permission.MODEL_PREDICT)
        if not rows:
            raise Invalid("There is no row to predict. Send at least one.", field="rows")
        if explain and len(rows) > MOST_EXPLAINED:
            raise TooLarge(f"{len(rows):,} rows to explain; at most {MOST_EXPLAINED} are. Ask without explanations.", field="rows")
        with self._database.reading() as session:
            number, files = _version(session, name, CHAMPION if version is None else version)
        return _answer(name, number, self._shelf.get(files), rows, explain)

    def _row(self, session: Session, who: Principal, name: str, description: str, experiment: ExperimentRow) -> ModelRow:
        row = session.scalar(select(ModelRow).where(ModelRow.name == name).with_for_update())
        if row is None:
            row = ModelRow(name=name, description=description.strip(), owner_id=who.user_id)
            session.add(row)
            session.flush()
            return row
        latest = records.model(session, name).versions[0]
        if (latest.target, latest.run.task.value) != (experiment.target, experiment.task):
            raise Conflict(f"The model {name} predicts {latest.target}, this run {experiment.target}. Choose another name.", field="name")
        return row


def _answer(name: str, number: int, served: Served, rows: Sequence[Any], explain: bool) -> Predictions:
    coerced = coerce(served.schema, rows)
    answers = served.answers(coerced.cells)
    probabilities = served.probabilities(answers)
    explanations = None
    if explain:
        shown = ([row.get(field) for field in served.schema.names] for row in rows)
        explanations = tuple(served.waterfall(cells, values) for cells, values in zip(coerced.cells, shown, strict=True))
    return Predictions(
        model_name=name,
        model_version=number,
        predictions=tuple(served.predictions(answers)),
        probabilities=None if probabilities is None else tuple(probabilities),
        warnings=coerced.warnings,
        explanations=explanations,
    )


# Built once: they are on the way of every prediction.
_VERSION = (
    select(ModelVersionRow.number, ModelVersionRow.files)
    .join(ModelRow, ModelRow.id == ModelVersionRow.model_id)
    .where(ModelRow.name == bindparam("name"))
)
_BY_NUMBER = _VERSION.where(ModelVersionRow.number == bindparam("wanted"))
_BY_ALIAS = _VERSION.join(ModelAliasRow, (ModelAliasRow.model_id == ModelRow.id) & (ModelAliasRow.number == ModelVersionRow.number)).where(
    ModelAliasRow.alias == bindparam("wanted")
)


def _version(session: Session, name: str, wanted: int | str) -> tuple[int, dict[str, str]]:
    """Number and files of that number or alias."""
    by_number = isinstance(wanted, int) or (wanted.isdecimal() and len(wanted) < 10)
    key = int(wanted) if by_number else wanted
    # A number that no database can hold is one that no version has.
    possible = not isinstance(key, int) or 0 < key < 2**31
    query = _BY_NUMBER if by_number else _BY_ALIAS
    found = session.execute(query, {"name": name, "wanted": key}).first() if possible else None
    if found is None:
        raise _unknown_version(session, name, key)
    return found[0], {str(key): str(digest) for key, digest in found[1].items()}


def _unknown_version(session: Session, name: str, wanted: int | str) -> NotFound:
    row = _model_row(session, name)
    if isinstance(wanted, int):
        last = session.scalar(select(func.max(ModelVersionRow.number)).where(ModelVersionRow.model_id == row.id))
        return NotFound(f"{name} has no version {wanted}; its versions go from 1 to {last}.")
    aliases = session.scalars(select(ModelAliasRow.alias).where(ModelAliasRow.model_id == row.id)).all()
    return NotFound(f"{name} has no alias {wanted}.{did_you_mean(wanted, aliases)}")


def _model_row(session: Session, name: str) -> ModelRow:
    row = session.scalar(select(ModelRow).where(ModelRow.name == name).with_for_update())
    if row is None:
        raise NotFound(f"There is no model {name}.{did_you_mean(name, session.scalars(select(ModelRow.name)).all())}")
    return row


def _check_number(session: Session, row: ModelRow, number: int) -> None:
    query = select(ModelVersionRow.id).where(ModelVersionRow.model_id == row.id, ModelVersionRow.number == number)
    if not 0 < number < 2**31 or session.scalar(query) is None:
        raise NotFound(f"{row.name} has no version {number}.")
