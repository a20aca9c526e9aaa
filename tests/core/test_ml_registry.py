"""A registered model answers as the training's own pipeline does, never guesses silently, and cannot be swapped unseen."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import Conflict, Invalid, NotFound, Refused, TooLarge, Unavailable
from core.ml import frames, laboratory, serving
from core.ml.artifacts import GRACE_S, SIGNATURE, Artifacts
from core.ml.models import FAMILIES
from core.ml.records import CHAMPION
from core.ml.schema import frame
from core.workspace import Workspace, open_workspace
from db.rows import RunRow
from tests.trained import DELAY, ORIGIN, SCIENTIST, TUMOUR, copy_of_trained


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[Workspace]:
    workspace = open_workspace(copy_of_trained(tmp_path / "trained"))
    yield workspace
    workspace.close()


def rows_of(workspace: Workspace, name: str, count: int) -> list[dict[str, Any]]:
    """Rows of the dataset with a target, as JSON would bring them."""
    version = workspace.models.get(SCIENTIST, name).champion
    table = workspace.datasets.version(SCIENTIST, version.dataset_id).table
    found = frames.sample(table, [version.target, *(field.name for field in version.inputs)]).table.to_pylist()
    rows = [row for row in found if row.pop(version.target) is not None][:count]
    return [{key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()} for row in rows]


def files_of(workspace: Workspace, name: str, family: str) -> dict[str, str]:
    version = workspace.models.get(SCIENTIST, name).champion
    with workspace.database.reading() as session:
        return session.query(RunRow).where(RunRow.experiment_id == version.experiment_id, RunRow.family == family).one().files


@pytest.mark.parametrize(("name", "target"), [(DELAY, "arr_delay"), (ORIGIN, "origin")])
@pytest.mark.parametrize("family", ["xgboost", "linear"])
def test_a_row_is_answered_as_by_the_pipeline_of_the_training(trained, scientist, name: str, target: str, family: str):
    """Nulls, unseen levels and numbers as text; XGBoost to the bit, linear within 1e-12."""
    experiment = next(each for each in trained.experiments.find(scientist) if each.name == name)
    table = trained.datasets.version(scientist, experiment.dataset_id).table
    data, _ = laboratory._read(experiment, table)
    served = serving.Shelf(Artifacts(trained.settings.data_dir / "models", trained.experiments._shelf.artifacts._key.decode())).get(
        files_of(trained, name, family)
    )
    whole = frames.sample(table, [column.name for column in table.columns]).table.filter(_filled(table, target))
    pipeline = served.model.answers(served.encoder.matrix(frame(served.schema, whole)))

    lenient = replace(served.schema, fields=tuple(replace(field, nullable=True) for field in served.schema.fields))
    answers = [replace(served, schema=lenient).answers(_cells(lenient, row)) for row in whole.to_pylist()[:200]]
    if family == "xgboost":
        np.testing.assert_array_equal(np.concatenate(answers), pipeline[:200])
    else:
        np.testing.assert_allclose(np.concatenate(answers), pipeline[:200], rtol=1e-12)
    assert len(data.truth) == len(whole)


def _filled(table: Any, target: str) -> Any:
    import pyarrow.compute as pc

    return pc.is_valid(frames.sample(table, [target]).table[target])


def _cells(schema: Any, row: dict[str, Any]) -> Any:
    from core.ml.coercion import coerce

    numbers = {field.name for field in schema.fields if field.kind == "number"}
    as_text = {name: str(value) if name in numbers and value is not None else value for name, value in row.items()}
    return coerce(schema, [{name: as_text[name] for name in schema.names}]).cells


def test_predictions_come_with_the_shares_of_the_classes_in_the_labels_own_type(trained, analyst):
    origin = trained.models.predict(analyst, ORIGIN, rows_of(trained, ORIGIN, 3))
    tumour = trained.models.predict(analyst, TUMOUR, rows_of(trained, TUMOUR, 2))

    assert (len(origin.predictions), set(origin.probabilities[0]), tumour.predictions[0], set(tumour.probabilities[0])) == (
        3, {"EWR", "JFK", "LGA"}, True, {"false", "true"},
    )  # fmt: skip
    assert sum(origin.probabilities[0].values()) == pytest.approx(1)
    assert origin.predictions[0] == max(origin.probabilities[0], key=origin.probabilities[0].get)


def test_a_number_is_predicted_without_shares_and_the_version_is_told(trained, analyst):
    found = trained.models.predict(analyst, DELAY, rows_of(trained, DELAY, 2))

    assert (found.model_name, found.model_version, found.probabilities, found.explanations, [type(each) for each in found.predictions]) == (
        DELAY, 1, None, None, [float, float],
    )  # fmt: skip


def test_an_unseen_category_is_answered_with_a_warning_and_as_any_other_unseen_one(trained, analyst):
    row = rows_of(trained, DELAY, 1)[0]
    found = trained.models.predict(analyst, DELAY, [row | {"dest": "XXX"}, row | {"dest": "YYYY"}])

    assert [warning.field for warning in found.warnings] == ["rows.0.dest", "rows.1.dest"]
    assert found.predictions[0] == found.predictions[1]


def test_a_missing_nullable_field_equals_null_and_says_so(trained, analyst):
    row = rows_of(trained, ORIGIN, 1)[0]
    without = {name: value for name, value in row.items() if name != "air_time"}
    given = trained.models.predict(analyst, ORIGIN, [row | {"air_time": None}])
    missing = trained.models.predict(analyst, ORIGIN, [without])

    assert (missing.probabilities, [warning.field for warning in missing.warnings], given.warnings) == (
        given.probabilities, ["rows.0.air_time"], (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"carrier": None}, "rows.1.carrier"),
        ({"hour": "six"}, "rows.1.hour"),
        ({"hour": True}, "rows.1.hour"),
        ({"hour": float("nan")}, "rows.1.hour"),
        ({"time_hour": "2013-02-30T10:00:00Z"}, "rows.1.time_hour"),
        ({"carier": "UA"}, "rows.1.carier"),
    ],
)
def test_a_field_that_does_not_fit_is_refused_by_its_name(trained, analyst, change: dict[str, Any], field: str):
    row = rows_of(trained, DELAY, 1)[0]

    with pytest.raises(Invalid) as caught:
        trained.models.predict(analyst, DELAY, [row, row | change])
    assert caught.value.field == field


def test_no_rows_too_many_rows_and_too_many_explanations_are_refused(trained, analyst):
    rows = rows_of(trained, TUMOUR, 101)

    with pytest.raises(Invalid, match="There is no row to predict"):
        trained.models.predict(analyst, TUMOUR, [])
    with pytest.raises(TooLarge, match="10,001 rows at once"):
        trained.models.predict(analyst, TUMOUR, rows[:1] * 10_001)
    with pytest.raises(TooLarge, match="101 rows to explain; at most 100 are"):
        trained.models.predict(analyst, TUMOUR, rows, explain=True)


@pytest.mark.parametrize("name", [DELAY, ORIGIN, TUMOUR])
def test_a_prediction_is_explained_in_the_values_that_came(trained, analyst, name: str):
    row = rows_of(trained, name, 1)[0]
    found = trained.models.predict(analyst, name, [row], explain=True)
    fall = found.explanations[0]

    assert {each.field: each.value for each in fall.contributions} == row
    assert fall.total == pytest.approx(fall.base + sum(each.amount for each in fall.contributions))
    if name == DELAY:
        assert fall.total == pytest.approx(found.predictions[0], abs=1e-3)


def test_versions_are_numbered_and_the_champion_is_the_first_until_it_is_moved(trained, scientist):
    experiment = trained.models.get(scientist, DELAY).champion.experiment_id
    linear = next(run for run in trained.experiments.get(scientist, experiment).runs if run.family == "linear")
    second = trained.models.register(scientist, linear.id, DELAY)
    before = trained.models.predict(scientist, DELAY, rows_of(trained, DELAY, 1))
    trained.models.set_alias(scientist, DELAY, CHAMPION, 2)
    trained.models.set_alias(scientist, DELAY, "old-one", 1)
    row = rows_of(trained, DELAY, 1)
    asked = {wanted: trained.models.predict(scientist, DELAY, row, version=wanted).model_version for wanted in (None, 1, "2", "old-one")}

    assert (second.number, before.model_version, asked) == (2, 1, {None: 2, 1: 1, "2": 2, "old-one": 1})
    assert [(each.number, each.aliases) for each in trained.models.get(scientist, DELAY).versions] == [(2, (CHAMPION,)), (1, ("old-one",))]


@pytest.mark.parametrize(
    ("name", "version", "reason"),
    [
        ("arival-delay", None, "There is no model arival-delay. Did you mean arrival-delay?"),
        (DELAY, 7, "arrival-delay has no version 7; its versions go from 1 to 1."),
        (DELAY, 10**30, f"arrival-delay has no version {10**30}; its versions go from 1 to 1."),
        (DELAY, "champ", "arrival-delay has no alias champ. Did you mean champion?"),
    ],
)
def test_a_model_version_or_alias_that_is_not_there_is_not_found(trained, analyst, name: str, version: Any, reason: str):
    with pytest.raises(NotFound) as caught:
        trained.models.predict(analyst, name, [{}], version=version)

    assert caught.value.message == reason


def test_what_cannot_be_registered_is_refused_in_words(trained, scientist):
    models = trained.models
    origin = models.get(scientist, ORIGIN).champion.run.id

    with pytest.raises(Invalid, match="A model's name stands in its address"):
        models.register(scientist, origin, "a/b")
    with pytest.raises(NotFound, match="There is no run 999"):
        models.register(scientist, 999, "new")
    with pytest.raises(Conflict, match=r"The model arrival-delay predicts arr_delay, this run origin. Choose another name."):
        models.register(scientist, origin, DELAY)
    with pytest.raises(Invalid, match="An alias is a short word"):
        models.set_alias(scientist, DELAY, "7th", 1)
    with pytest.raises(NotFound, match="arrival-delay has no version 9"):
        models.set_alias(scientist, DELAY, CHAMPION, 9)
    with pytest.raises(NotFound, match="There is no model new"):
        models.get(scientist, "new")


def test_models_are_found_with_what_they_were_made_of_and_are_deleted_without_their_runs(trained, scientist):
    models = {model.name: model.champion for model in trained.models.find(scientist)}
    trained.models.delete(scientist, TUMOUR)

    assert [(name, version.run.family, version.target, version.dataset) for name, version in models.items()] == [
        (DELAY, "xgboost", "arr_delay", "Flights"), (ORIGIN, "xgboost", "origin", "Flights"), (TUMOUR, "linear", "malignant", "Tumours"),
    ]  # fmt: skip
    assert [model.name for model in trained.models.find(scientist)] == [DELAY, ORIGIN]
    assert trained.experiments.detail(scientist, models[TUMOUR].run.id) != {}


def test_a_viewer_sees_models_and_predicts_nothing_and_an_analyst_registers_none(trained, viewer, analyst):
    assert [model.name for model in trained.models.find(viewer)] == [DELAY, ORIGIN, TUMOUR]
    for ask in (
        lambda: trained.models.predict(viewer, DELAY, [{}]),
        lambda: trained.models.register(analyst, 1, "mine"),
        lambda: trained.models.set_alias(analyst, DELAY, CHAMPION, 1),
        lambda: trained.models.delete(analyst, DELAY),
    ):
        with pytest.raises(Refused):
            ask()


def test_a_file_that_was_altered_is_not_loaded(trained, analyst):
    for path in (trained.settings.data_dir / "models").iterdir():
        path.write_bytes(path.read_bytes().replace(b"7", b"8"))

    with pytest.raises(Unavailable, match="is damaged or was altered, so it is not loaded"):
        trained.models.predict(analyst, TUMOUR, rows_of(trained, TUMOUR, 1))


def test_a_model_that_another_installation_signed_is_not_loaded(tmp_path):
    names = Artifacts(tmp_path, "their key").save({"model.json": b"{}"})

    with pytest.raises(Unavailable, match="was not signed with the key of this installation"):
        Artifacts(tmp_path, "our key").load(names)
    with pytest.raises(Unavailable, match="was not signed"):
        Artifacts(tmp_path, "their key").load({name: digest for name, digest in names.items() if name != SIGNATURE})


def test_a_file_that_is_gone_is_named(tmp_path):
    artifacts = Artifacts(tmp_path, "key")
    names = artifacts.save({"model.json": b"{}"})
    (tmp_path / names["model.json"]).unlink()

    with pytest.raises(Unavailable, match=r"The file model.json of this model is missing"):
        artifacts.load(names)


def test_files_come_back_as_they_went_in_and_the_same_content_is_stored_once(tmp_path):
    artifacts = Artifacts(tmp_path, "key")
    files = {"a": b"1", "b": b"1", "c": b"2"}

    assert (artifacts.load(artifacts.save(files)), artifacts.save(files) == artifacts.save(files)) == (files, True)
    assert len(list(tmp_path.iterdir())) == 3  # two contents and a signature


def test_files_that_nothing_names_go_after_a_day(tmp_path):
    import os

    artifacts = Artifacts(tmp_path, "key")
    kept, old, new = (artifacts.save({name: name.encode()})[name] for name in ("kept", "old", "new"))
    for digest in (kept, old):
        os.utime(tmp_path / digest, (0, datetime.now(UTC).timestamp() - GRACE_S - 60))
    artifacts.collect({kept})

    assert ((tmp_path / kept).exists(), (tmp_path / old).exists(), (tmp_path / new).exists()) == (True, False, True)


def test_no_file_of_a_model_is_a_pickle(trained):
    for path in (trained.settings.data_dir / "models").iterdir():
        head = path.read_bytes()[:2]
        assert not head.startswith(b"\x80"), path


def test_the_model_used_longest_ago_leaves_the_memory(trained, analyst, monkeypatch):
    monkeypatch.setattr(serving, "KEPT", 1)
    for name in (DELAY, TUMOUR, DELAY):
        trained.models.predict(analyst, name, rows_of(trained, name, 1))

    assert [served.family for served in trained.experiments._shelf._served.values()] == ["xgboost"]


def test_a_pipeline_file_says_what_it_is(trained):
    names = trained.models.get(SCIENTIST, TUMOUR).champion
    files = trained.experiments._shelf.artifacts.load(files_of(trained, TUMOUR, "linear"))
    pipeline = json.loads(files["pipeline.json"])

    assert (pipeline["format"], pipeline["family"], len(pipeline["schema"]["fields"])) == (1, "linear", len(names.inputs))
    assert set(FAMILIES) == {"dummy", "linear", "xgboost"}


def test_no_web_worker_starts_with_the_packages_of_machine_learning():
    heavy = ("sklearn", "xgboost", "shap", "pandas", "scipy", "skops")
    code = f"import sys, core.workspace; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
