"""The training of an experiment, in its own process: look at the data, train family by family, keep each as soon as it is done."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.ml import evaluation, explanation, frames, inspection, records, tasks, training
from core.ml.artifacts import Artifacts
from core.ml.evaluation import METRICS
from core.ml.inspection import Findings
from core.ml.models import FAMILIES, Family
from core.ml.progress import Progress
from core.ml.records import Experiment
from core.ml.serving import Served
from core.ml.training import Data, Trained
from core.operations import audit
from core.operations.jobs import Run
from core.query.spec import Table
from db.rows import ExperimentRow, ModelVersionRow, RunRow
from db.session import Database

_MEASURING = 0.3  # of the last stage of a family; the rest is for the importance


@dataclass(frozen=True, slots=True)
class Laboratory:
    database: Database
    artifacts: Artifacts
    threads: int

    def train(self, run: Run, experiment: Experiment, table: Table) -> dict[str, Any]:
        """The job's result. An earlier attempt's runs are replaced, but for those that a model was made of: they stand."""
        with self.database.transaction() as session:
            kept = _clear(session, experiment.id)
        families = [FAMILIES[name] for name in experiment.families if name not in kept]
        progress = Progress(run, families, training.FOLDS)
        with progress.pulse():
            progress.say("Reading the rows")
            data, findings = _read(experiment, table)
            with self.database.transaction() as session:
                session.get_one(ExperimentRow, experiment.id).result = _noted(findings, data, table)
            for family in families:
                self._one(run, experiment, family, data, progress)
        with self.database.reading() as session:
            finished = records.experiment(session, experiment.id).runs
        return {"experiment_id": experiment.id, "runs": [{"run_id": each.id, "family": each.family} for each in finished]}

    def _one(self, run: Run, experiment: Experiment, family: Family, data: Data, progress: Progress) -> None:
        """Trains, measures and keeps one family: cancelled later, the training has this one to show."""
        trained = training.train(family, data, training.FOLDS, self.threads, progress)
        metrics = evaluation.scores(
            data.target, data.truth, trained.guesses, lambda share: progress.explaining(share * _MEASURING, "measuring the intervals")
        )
        served = Served(family.name, data.schema, trained.encoder, data.target, trained.model)
        row = RunRow(
            experiment_id=experiment.id,
            family=family.name,
            metrics=evaluation.to_json(metrics),
            detail=_detail(data, trained, progress),
            files=self.artifacts.save(served.files()),
        )
        run.check()
        with self.database.transaction() as session:
            session.add(row)
            session.flush()
            audit.record(session, run.who, "run.create", "run", row.id, experiment_id=experiment.id, family=family.name)
        headline = METRICS[data.target.task][0]
        progress.finish(family, headline.label, metrics[headline.name].value)


def _clear(session: Session, experiment_id: int) -> set[str]:
    """Families of the runs that stay."""
    registered = select(ModelVersionRow.run_id)
    session.execute(delete(RunRow).where(RunRow.experiment_id == experiment_id, RunRow.id.not_in(registered)))
    return set(session.scalars(select(RunRow.family).where(RunRow.experiment_id == experiment_id)))


def _read(experiment: Experiment, table: Table) -> tuple[Data, Findings]:
    columns = table.columns
    sampled = frames.sample(table, [column.name for column in columns])
    column = next(column for column in columns if column.name == experiment.target)
    target = tasks.target(column, sampled.table[column.name], experiment.task)
    findings = inspection.inspect(columns, sampled.table, target)
    return training.prepare(columns, sampled.table, target, experiment.features, sampled.numbers), findings


def _noted(findings: Findings, data: Data, table: Table) -> dict[str, Any]:
    warnings = list(findings.warnings)
    if len(data.numbers) + findings.target.null_count < table.row_count and table.row_count > frames.MOST_ROWS:
        warnings.append(f"{frames.MOST_ROWS:,} of {table.row_count:,} rows were drawn at random for training.")
    return {
        "rows": len(data.truth),
        "classes": list(data.target.classes),
        "warnings": warnings,
        "features": [asdict(feature) for feature in findings.features],
    }


def _detail(data: Data, trained: Trained, progress: Progress) -> dict[str, Any]:
    def rest(share: float) -> None:
        progress.explaining(_MEASURING + share * (1 - _MEASURING), "explaining")

    pictures = evaluation.pictures(data.target, data.truth, trained.guesses, data.numbers)
    importance = explanation.importance(trained.model, trained.encoder, data.schema, data.frame, rest)
    found: dict[str, Any] = _plain({**pictures, "steps": trained.steps, "importance": importance})
    return found


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's own, for JSON."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.item() if isinstance(value, np.generic) else value
