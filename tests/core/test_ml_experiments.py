"""An experiment from the question to the explained row: what is refused, what is kept, who may what."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from core.errors import Conflict, Invalid, NotFound, Refused
from core.ml import frames, training
from core.ml.experiments import ExperimentSpec
from core.ml.models import FAMILIES, Family
from core.ml.progress import Progress
from core.ml.records import Experiment, Stage
from core.operations.audit import AuditLog
from core.operations.jobs import Status
from core.principal import Principal
from core.workspace import Workspace, open_workspace
from db.rows import JobRow, RunRow
from tests.trained import DELAY, ORIGIN, TUMOUR, add_table, copy_of_trained, run_next, train, tumour_table


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[Workspace]:
    workspace = open_workspace(copy_of_trained(tmp_path / "trained"))
    yield workspace
    workspace.close()


def named(workspace: Workspace, who: Principal, name: str) -> Experiment:
    return next(each for each in workspace.experiments.find(who) if each.name == name)


def small(workspace: Workspace) -> ExperimentSpec:
    """Quick to train."""
    version = add_table(workspace, "Tumours", tumour_table())
    return ExperimentSpec(version.dataset_id, "malignant", features=("mean_radius", "mean_texture"), families=("linear",))


def test_an_experiment_ranks_its_models_with_intervals_beside_the_dummy(trained, analyst):
    experiment = named(trained, analyst, ORIGIN)
    scores = {run.family: run.headline[1] for run in experiment.runs}

    assert (experiment.status, [run.family for run in experiment.runs]) == (Status.SUCCEEDED, ["xgboost", "linear", "dummy"])
    assert scores["dummy"].high < scores["linear"].low < scores["linear"].value < scores["linear"].high < scores["xgboost"].low


def test_an_experiment_says_what_it_did_not_use_and_why(trained, analyst):
    experiment = named(trained, analyst, ORIGIN)
    left_out = {each["name"]: each["warnings"][0][:31] for each in experiment.findings["features"] if each["advice"] == "leave out"}

    assert left_out == {"distance": "This column alone predicts orig"}
    assert set(left_out).isdisjoint(experiment.features)


def test_a_run_has_its_pictures_and_its_importance(trained, analyst):
    delay, origin = (named(trained, analyst, name).runs[0] for name in (DELAY, ORIGIN))
    regression, classes = trained.experiments.detail(analyst, delay.id), trained.experiments.detail(analyst, origin.id)

    assert (sorted(regression), sorted(classes)) == (
        ["bins", "importance", "points", "residuals", "steps", "worst"],
        ["classes", "confusion", "curves", "importance", "steps", "worst"],
    )
    assert np.sum(classes["confusion"]["counts"]) == trained.datasets.version(analyst, 1).row_count


@pytest.mark.parametrize("name", [DELAY, ORIGIN, TUMOUR])
def test_any_row_is_explained_by_contributions_that_add_up_to_its_answer(trained, analyst, name: str):
    for run in named(trained, analyst, name).runs:
        found = trained.experiments.waterfall(analyst, run.id, 3)

        fall = found.waterfall
        assert fall.total == pytest.approx(fall.base + sum(each.amount for each in fall.contributions))
        if name == DELAY:
            assert fall.total == pytest.approx(found.prediction, abs=1e-3)


def test_a_row_without_a_target_is_explained_too_and_what_was_new_in_it_is_said(trained, analyst):
    run = named(trained, analyst, DELAY).runs[0]
    table = frames.sample(trained.datasets.version(analyst, 1).table, ["arr_delay", "air_time"]).table
    missing = table["air_time"].to_pylist().index(None)
    found = trained.experiments.waterfall(analyst, run.id, missing)

    assert (found.actual, found.warnings[-1]) == (None, "air_time is empty, and training never saw it empty.")


def test_a_row_that_is_not_there_is_not_found(trained, analyst):
    run = named(trained, analyst, DELAY).runs[0]

    with pytest.raises(NotFound, match="There is no row 99999; rows go from 0 to"):
        trained.experiments.waterfall(analyst, run.id, 99_999)


def test_infinity_and_what_has_only_a_text_form_train_and_explain(workspace, scientist):
    rows = 80
    version = add_table(workspace, "Odd", pa.table({
        "y": pa.array(np.arange(rows) % 2), "x": pa.array([math.inf, 1.0, 2.0, 3.0] * (rows // 4)),
        "who": pa.array([f"{n % 4:016}".encode() for n in range(rows)], pa.uuid()),
        "at": pa.array(np.arange(rows) % 8 * 3_600_000_000, pa.time64("us")),
        "price": pa.array([Decimal(n % 5) for n in range(rows)], pa.decimal128(9, 2)),
    }))  # fmt: skip
    done = train(workspace, ExperimentSpec(version.dataset_id, "y", features=("x", "who", "at", "price")))
    found = workspace.experiments.waterfall(scientist, done.runs[0].id, 0)

    values = {each.field: each.value for each in found.waterfall.contributions}
    assert (done.status, values["x"], values["at"], values["price"], len(str(values["who"]))) == (
        Status.SUCCEEDED,
        None,
        "00:00:00",
        0.0,
        36,
    )


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"target": "malignent"}, "target", "There is no column malignent. Did you mean malignant?"),
        ({"features": ("mean_radios",)}, "features", "There is no column mean_radios. Did you mean mean_radius?"),
        ({"features": ("malignant",)}, "features", "malignant is the target, so it cannot be a feature too."),
        ({"families": ("forest",)}, "families", "There is no model family forest."),
        ({"name": "n" * 121}, "name", "The name has 121 characters; 120 are allowed."),
    ],
)
def test_what_cannot_be_trained_is_refused_by_name(workspace, scientist, changes: dict[str, Any], field: str, reason: str):
    with pytest.raises(Invalid) as caught:
        workspace.experiments.start(scientist, replace(small(workspace), **changes))

    assert (caught.value.field, caught.value.message) == (field, reason)


def test_a_column_that_says_nothing_cannot_be_asked_for_and_without_any_other_there_is_nothing_to_train(workspace, scientist):
    version = add_table(workspace, "Flat", pa.table({"y": [1.5, 2.5, 4.0] * 20, "same": [1] * 60}))
    asked = ExperimentSpec(version.dataset_id, "y")

    with pytest.raises(Invalid, match=r"same cannot be a feature. The same value in every row."):
        workspace.experiments.start(scientist, replace(asked, features=("same",)))
    with pytest.raises(Invalid, match="No column is left that could be a feature"):
        workspace.experiments.start(scientist, asked)


def test_the_findings_are_measured_once_and_those_asked_for_longest_ago_are_forgotten(workspace, scientist, monkeypatch):
    from core.ml import experiments

    monkeypatch.setattr(experiments, "_FINDINGS_KEPT", 1)
    dataset = small(workspace).dataset_id
    first = workspace.experiments.inspect(scientist, dataset, "malignant")

    assert workspace.experiments.inspect(scientist, dataset, "malignant") is first
    workspace.experiments.inspect(scientist, dataset, "mean_radius")
    assert workspace.experiments.inspect(scientist, dataset, "malignant") is not first


def test_starting_training_and_keeping_a_model_are_in_the_audit_log(workspace, admin, scientist):
    done = train(workspace, small(workspace))
    entries = AuditLog(workspace.database).find(admin, limit=5)

    assert (done.name, done.families, [entry.action for entry in entries]) == (
        "malignant of Tumours", ("dummy", "linear"), ["run.create", "run.create", "experiment.start", "job.submit", "dataset.add_version"],
    )  # fmt: skip


def test_a_second_attempt_starts_clean_but_keeps_what_a_model_was_made_of(workspace, scientist):
    spec = small(workspace)
    first = train(workspace, spec)
    linear = next(run for run in first.runs if run.family == "linear")
    workspace.models.register(scientist, linear.id, "kept")
    with workspace.database.transaction() as session:
        job = session.get_one(JobRow, first.job.id)
        job.status, job.retryable = Status.FAILED, True

    workspace.experiments.retry(scientist, first.id)
    run_next(workspace)
    second = workspace.experiments.get(scientist, first.id)
    assert (second.status, sorted(run.family for run in second.runs), linear.id in [run.id for run in second.runs]) == (
        Status.SUCCEEDED, ["dummy", "linear"], True,
    )  # fmt: skip
    assert {run.id for run in second.runs} != {run.id for run in first.runs}


def test_a_training_that_did_not_fail_cannot_be_tried_again(trained, scientist):
    with pytest.raises(Conflict, match="This job is succeeded and cannot be tried again"):
        trained.experiments.retry(scientist, named(trained, scientist, DELAY).id)


def test_a_cancelled_experiment_that_waited_has_no_models(workspace, scientist):
    waiting = workspace.experiments.start(scientist, small(workspace))

    cancelled = workspace.experiments.cancel(scientist, waiting.id)
    assert (cancelled.status, cancelled.runs) == (Status.CANCELLED, ())


def test_cancelling_keeps_the_models_that_are_finished(workspace, scientist, monkeypatch):
    experiment = workspace.experiments.start(scientist, small(workspace))
    plain = Progress.finish

    def finish_and_cancel(self: Progress, *words: Any) -> None:
        workspace.experiments.cancel(scientist, experiment.id)
        plain(self, *words)

    monkeypatch.setattr(Progress, "finish", finish_and_cancel)
    monkeypatch.setattr("core.operations.jobs.REPORT_EVERY_S", 0.0)
    run_next(workspace)
    found = workspace.experiments.get(scientist, experiment.id)

    assert (found.status, [run.family for run in found.runs]) == (Status.CANCELLED, ["dummy"])
    assert [(each.family, each.stage) for each in found.standings] == [("dummy", Stage.FINISHED), ("linear", Stage.STOPPED)]


def test_each_model_is_ranked_as_soon_as_it_is_finished_and_the_others_stand_below(workspace, scientist, analyst, monkeypatch):
    experiment = workspace.experiments.start(scientist, small(workspace))
    seen = [workspace.experiments.get(analyst, experiment.id)]
    plain = Progress.begin

    def begin_and_look(self: Progress, family: Family) -> None:
        plain(self, family)
        self._run.flush()
        seen.append(workspace.experiments.get(analyst, experiment.id))

    monkeypatch.setattr(Progress, "begin", begin_and_look)
    run_next(workspace)
    seen.append(workspace.experiments.get(analyst, experiment.id))

    assert [[(each.family, each.stage.value) for each in found.standings] for found in seen] == [
        [("dummy", "waiting"), ("linear", "waiting")],
        [("dummy", "training"), ("linear", "waiting")],
        [("dummy", "finished"), ("linear", "training")],
        [("linear", "finished"), ("dummy", "finished")],
    ]
    assert [(run.family, run.headline[1].low <= run.headline[1].value) for run in seen[2].runs] == [("dummy", True)]
    assert (seen[2].standings[1].progress, seen[2].standings[1].message) == (0.0, "starting")


def test_an_experiment_is_deleted_with_its_runs_but_not_under_a_model_nor_while_it_trains(trained, scientist):
    delay = named(trained, scientist, DELAY)
    waiting = trained.experiments.start(scientist, ExperimentSpec(delay.dataset_id, "dep_delay", features=("hour",)))

    with pytest.raises(Conflict, match=r"The model arrival-delay came from arrival-delay. Delete the model first."):
        trained.experiments.delete(scientist, delay.id)
    with pytest.raises(Conflict, match=r"dep_delay of Flights is still training. Cancel it first."):
        trained.experiments.delete(scientist, waiting.id)
    trained.models.delete(scientist, DELAY)
    trained.experiments.delete(scientist, delay.id)
    with trained.database.reading() as session:
        assert session.query(RunRow).where(RunRow.experiment_id == delay.id).count() == 0
    with pytest.raises(NotFound, match=f"There is no experiment {delay.id}"):
        trained.experiments.get(scientist, delay.id)


def test_a_viewer_sees_no_experiment_and_an_analyst_starts_none(trained, viewer, analyst):
    spec = ExperimentSpec(1, "arr_delay")
    run = trained.experiments.find(analyst)[0].runs[0]
    asked = [
        lambda: trained.experiments.find(viewer),
        lambda: trained.experiments.get(viewer, 1),
        lambda: trained.experiments.detail(viewer, run.id),
        lambda: trained.experiments.waterfall(viewer, run.id, 0),
        lambda: trained.experiments.inspect(analyst, 1, "arr_delay"),
        lambda: trained.experiments.start(analyst, spec),
        lambda: trained.experiments.cancel(analyst, 1),
        lambda: trained.experiments.retry(analyst, 1),
        lambda: trained.experiments.delete(analyst, 1),
    ]

    for ask in asked:
        with pytest.raises(Refused):
            ask()


def test_experiments_are_found_by_their_dataset(trained, analyst):
    assert [each.name for each in trained.experiments.find(analyst, dataset_id=1)] == [ORIGIN, DELAY]


def test_a_run_that_was_replaced_is_not_found(workspace, analyst):
    with pytest.raises(NotFound, match=r"There is no run 9. A later attempt may have replaced it."):
        workspace.experiments.detail(analyst, 9)


class Watcher:
    """A job's `Run`, as far as progress goes."""

    def __init__(self) -> None:
        self.said: list[tuple[float, str, dict[str, Any]]] = []

    def report(self, progress: float, message: str, state: dict[str, Any] | None = None) -> None:
        self.said.append((progress, message, state or {}))

    def check(self) -> None:
        """Nobody cancels."""


def test_progress_only_rises_and_says_model_fold_trees_score_and_what_is_finished():
    watcher = Watcher()
    xgboost, dummy = FAMILIES["xgboost"], FAMILIES["dummy"]
    progress = Progress(watcher, [dummy, xgboost], 2)
    progress.begin(dummy)
    progress.finish(dummy, "R²", 0.0)
    progress.begin(xgboost)
    for fold in (1, 2, 3):
        progress.fold(fold)
        progress.tick(10, 500, 0.5)
        progress.tick(50, 500, 0.25)
        progress.fold_done(50)
    progress.explaining(0.5, "explaining")
    progress.finish(xgboost, "R²", 0.9)

    shares = [share for share, _, _ in watcher.said]
    assert (shares == sorted(shares), shares[-1]) == (True, pytest.approx(1))
    words, state = watcher.said[7][1:]
    assert (words, {key: state[key] for key in ("model", "fold", "folds", "trees", "score")}, state["models"][0]["label"]) == (
        "XGBoost: fold 2 of 2, 10 trees, loss on held-out rows 0.5",
        {"model": "XGBoost", "fold": 2, "folds": 2, "trees": 10, "score": 0.5},
        "Always the average",
    )


def test_a_long_silent_step_still_gives_a_sign_every_second():
    import time

    watcher = Watcher()
    with Progress(watcher, [FAMILIES["linear"]], 5).pulse():
        time.sleep(1.3)

    assert [(words, state["seconds_left"]) for _, words, state in watcher.said] == [("Reading the rows", None)]


def test_more_rows_than_the_limit_are_sampled_at_random_in_their_order(workspace, scientist):
    version = add_table(workspace, "Long", pa.table({"n": np.arange(5_000)}))
    found = frames.sample(version.table, ["n"], most=100)

    assert (found.total, len(found.numbers), found.table["n"].to_numpy().tolist()) == (5_000, 100, found.numbers.tolist())


def test_rows_are_found_by_number_across_files(tmp_path):
    import pyarrow.parquet as pq

    from core.query.spec import Column, Table

    files = (tmp_path / "a.parquet", tmp_path / "b.parquet")
    pq.write_table(pa.table({"n": [0, 1, 2]}), files[0], row_group_size=2)
    pq.write_table(pa.table({"n": [3, 4, 5]}), files[1], row_group_size=2)
    table = Table("k", files, (Column("n", "BIGINT"),), 6)

    assert [frames.row(table, number)["n"] for number in range(6)] == [0, 1, 2, 3, 4, 5]
    with pytest.raises(NotFound, match="The row is not in the files of this version"):
        frames.row(replace(table, row_count=7), 6)


def test_a_held_out_part_too_small_for_every_class_is_drawn_at_random():
    from core.ml.tasks import Target, Task

    target = Target("y", Task.MULTICLASS, tuple("abcdefghij"), 50, 0, {})

    assert len(training._held_out(np.arange(50) % 10.0, target, seed=1)) == 8
