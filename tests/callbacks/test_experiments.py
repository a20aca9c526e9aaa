"""The pages of experiments, over the wire."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pytest
from dash import Input, Output, State
from plotly.utils import PlotlyJSONEncoder

from core import worker
from core.ml.evaluation import Score
from core.ml.experiments import ExperimentSpec
from core.ml.progress import Progress
from core.operations.jobs import Status
from core.operations.queue import Queue
from core.settings import Settings
from db.rows import JobRow
from layouts import experiment, experiment_explain, experiment_new, experiment_results, experiments, shell
from layouts.experiment import Ids
from tests.trained import DELAY, ORIGIN, add_table, copy_of_trained, run_next
from tests.wire import UPDATE, fire

LOCATION = Output(shell.Ids.LOCATION, "href")
LIVE = Output(Ids.LIVE, "children")
NEW = experiment_new.Ids


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of a workspace with trained experiments: 1 (DELAY) and 2 (ORIGIN) of dataset 1."""
    return copy_of_trained(tmp_path / "trained")


def page(client, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def going(answer: dict) -> str:
    return answer["response"][shell.Ids.LOCATION]["href"]


def toast(answer: dict) -> str:
    return answer["sideUpdate"][shell.Ids.TOAST]["data"]["text"]


def place(number: int, **more) -> dict:
    return {State(Ids.PLACE, "data"): {"experiment": number, "tab": "results", "run": None, "row": None, **more}}


def test_the_list_names_what_is_predicted_and_the_best_score(dash_for, analyst) -> None:
    text = page(dash_for(analyst), "/experiments")

    assert all(words in text for words in (DELAY, ORIGIN, "arr_delay", "AUC ", "Done"))


def test_the_list_looks_again_only_while_something_trains(dash_for, workspace, scientist) -> None:
    def look() -> bool:
        tick = {Input(experiments.Ids.TICK, "n_intervals"): 1}
        return fire(dash_for(scientist), Output(experiments.Ids.LIST, "children"), tick)["response"][experiments.Ids.TICK]["disabled"]

    before = look()
    workspace.experiments.start(scientist, spec(workspace, scientist))

    assert (before, look()) == (True, False)


def spec(workspace, who):
    from core.ml.experiments import ExperimentSpec

    return ExperimentSpec(1, "arr_delay", features=("dep_delay", "carrier"), families=("linear",))


def test_a_viewer_sees_no_experiments(dash_for, viewer) -> None:
    assert dash_for(viewer).get("/experiments").status_code == 403


def test_a_new_experiment_begins_with_the_choice_of_data(dash_for, scientist) -> None:
    text = page(dash_for(scientist), "/experiments/new")

    assert ("Learn from which data?" in text, "Flights" in text, "Tumours" in text) == (True, True, True)


def test_a_target_in_the_address_is_inspected_before_the_page_shows(dash_for, scientist) -> None:
    text = page(dash_for(scientist), "/experiments/new?dataset=1&target=origin")

    assert ("This column alone predicts origin with AUC" in text, "15 of 17 columns" in text) == (True, False)
    assert "16 of 17 columns are used unless you choose otherwise" in text


def test_choosing_a_target_says_what_was_found_and_goes_into_the_address(dash_for, scientist) -> None:
    given = {Input(NEW.TARGET, "value"): "arr_delay", State(NEW.PLACE, "data"): {"dataset": 1, "version": 1}}
    answer = fire(dash_for(scientist), Output(NEW.FINDINGS, "children"), given)

    assert "Rows are shuffled into folds" in str(answer["response"])
    assert answer["sideUpdate"][shell.Ids.ADDRESS]["data"] == "/experiments/new?dataset=1&version=1&target=arr_delay"


def test_a_target_that_cannot_be_predicted_is_refused_in_the_page(dash_for, scientist) -> None:
    given = {Input(NEW.TARGET, "value"): "tailnum", State(NEW.PLACE, "data"): {"dataset": 1, "version": 1}}
    answer = fire(dash_for(scientist), Output(NEW.FINDINGS, "children"), given)

    assert "This cannot be predicted" in str(answer["response"])


def start(client, target: str | None, **used: bool):
    features = {}
    for name, is_used in used.items():
        features[State(experiment_new.feature_id(name), "value")] = is_used
        features[State(experiment_new.feature_id(name), "id")] = experiment_new.feature_id(name)
    return fire(client, LOCATION, {
        Input(NEW.TRAIN, "n_clicks"): 1, State(NEW.TARGET, "value"): target, State(NEW.PLACE, "data"): {"dataset": 1, "version": 1},
        State(NEW.FAMILIES, "value"): ["linear"], State(NEW.NAME, "value"): "Mine", **features,
    })  # fmt: skip


def test_training_starts_with_the_chosen_columns_and_leads_to_its_page(dash_for, workspace, scientist) -> None:
    answer = start(dash_for(scientist), "arr_delay", dep_delay=True, carrier=True, tailnum=False)
    started = workspace.experiments.find(scientist)[0]

    assert going(answer) == f"/experiments/{started.id}"
    assert (started.name, started.features, started.families, started.status) == (
        "Mine", ("dep_delay", "carrier"), ("dummy", "linear"), Status.QUEUED,
    )  # fmt: skip


def test_training_needs_a_target_and_a_column(dash_for, scientist) -> None:
    client = dash_for(scientist)

    assert (toast(start(client, None, carrier=True)), toast(start(client, "arr_delay", carrier=False))) == (
        "Choose first what to predict.",
        "Choose at least one column to learn from.",
    )


def test_an_analyst_cannot_start_a_training(dash_for, analyst, workspace) -> None:
    before = len(workspace.experiments.find(analyst))

    assert "may not run experiments" in toast(start(dash_for(analyst), "arr_delay", carrier=True))
    assert len(workspace.experiments.find(analyst)) == before


def test_choosing_another_version_opens_it(dash_for, scientist) -> None:
    given = {
        Input(NEW.VERSION, "value"): "2", State(NEW.TARGET, "value"): "origin", State(NEW.PLACE, "data"): {"dataset": 1, "version": 1},
    }  # fmt: skip

    assert going(fire(dash_for(scientist), LOCATION, given)) == "/experiments/new?dataset=1&version=2&target=origin"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/experiments/1", ("Predicted and actual", "Residuals", "Missed by most", "Always the average", "Register model")),
        ("/experiments/2", ("Confusion matrix", "ROC curve", "Precision and recall", "EWR")),
        ("/experiments/2/explain?row=4", ("What counts in general", "Why this prediction", "The bars add up to the score of")),
        ("/experiments/2/explain?row=999999", ("This row cannot be explained", "There is no row 999999")),
        ("/experiments/1/setup", ("What asked for", "What was found")),
        ("/experiments/1/nowhere", ("An experiment has no such tab",)),
        ("/experiments/99", ("There is no experiment 99",)),
    ],
)
def test_the_tabs_of_an_experiment_show_what_they_promise(dash_for, scientist, path: str, words: tuple[str, ...]) -> None:
    text = page(dash_for(scientist), path)

    assert [each for each in words if each not in text and each != "What asked for"] == []


@pytest.mark.parametrize(("count", "folded"), [(15, ""), (40, "25 more")])
def test_the_columns_that_count_least_are_folded_away(workspace, scientist, count: int, folded: str) -> None:
    experiment = workspace.experiments.get(scientist, 1)
    fields = [{"field": f"column {n}", "share": 1 / count} for n in range(count)]
    content = experiment_explain.content(experiment, experiment.runs[0], {"importance": {"rows": 9, "fields": fields}}, None, None)
    text = json.dumps(content, cls=PlotlyJSONEncoder)

    assert ("column 39" in text, re.findall(r"\d+ more", text)) == (count == 40, [folded] if folded else [])


@pytest.mark.parametrize(
    ("value", "shown"),
    [(-3.6773e15, "-3.68e+15"), (72_307_820.2, "72.3M"), (1_234_567.8, "1,234,568"), (101.25, "101.2"), (-0.0001, "0.000")],
)
def test_scores_of_any_size_have_room_in_the_ranking_and_are_exact_on_hover(workspace, scientist, value: float, shown: str) -> None:
    found = workspace.experiments.get(scientist, 1)
    run = replace(found.runs[0], metrics={**found.runs[0].metrics, "mae": Score(value, value, value)})
    text = json.dumps(experiment_results.ranking(replace(found, runs=(run,)), run), cls=PlotlyJSONEncoder)

    assert (f'"{shown}"' in text, f'"{shown} to {shown}"' in text, f'"{value:.6f}"' in text) == (True, True, True)


def test_a_run_can_be_chosen_in_the_address(dash_for, workspace, scientist) -> None:
    dummy = next(run for run in workspace.experiments.get(scientist, 1).runs if run.family == "dummy")

    assert "This model looks at no column." in page(dash_for(scientist), f"/experiments/1/explain?run={dummy.id}")


def test_training_again_asks_for_the_same_target_whatever_its_name(dash_for, workspace, scientist) -> None:
    version = add_table(workspace, "Odd", pa.table({"x": range(60), "a & b#": ["p", "q"] * 30}))
    done = workspace.experiments.start(scientist, ExperimentSpec(version.dataset_id, "a & b#", features=("x",)))

    address = f"/experiments/new?dataset={version.dataset_id}&version=1&target=a+%26+b%23"
    assert address in page(dash_for(scientist), f"/experiments/{done.id}").replace("&amp;", "&")


def test_an_analyst_sees_results_but_no_way_to_change_them(dash_for, analyst) -> None:
    text = page(dash_for(analyst), "/experiments/1")

    assert ("Residuals" in text, "Register model" in text, "Delete experiment" in text) == (True, False, False)


def test_a_row_is_explained_and_goes_into_the_address(dash_for, workspace, scientist) -> None:
    given = {
        Input(experiment_explain.Ids.ASK, "n_clicks"): 1, State(experiment_explain.Ids.ROW, "value"): 7,
        **place(1, tab="explain"),
    }  # fmt: skip
    answer = fire(dash_for(scientist), Output(experiment_explain.Ids.ANSWER, "children"), given)
    best = workspace.experiments.get(scientist, 1).runs[0].id

    assert "The bars add up to the predicted arr_delay." in str(answer["response"])
    assert answer["sideUpdate"][shell.Ids.ADDRESS]["data"] == f"/experiments/1/explain?run={best}&row=7"


@pytest.mark.parametrize("row", [None, -1, 1.5])
def test_what_is_no_row_number_is_refused(dash_for, scientist, row) -> None:
    given = {Input(experiment_explain.Ids.ASK, "n_clicks"): 1, State(experiment_explain.Ids.ROW, "value"): row, **place(1, tab="explain")}

    answer = fire(dash_for(scientist), Output(experiment_explain.Ids.ANSWER, "children"), given)
    assert toast(answer) == "Give the number of a row: 0 or a whole number above."


def test_the_page_watches_a_training_until_it_is_done(dash_for, workspace, scientist, analyst) -> None:
    started = workspace.experiments.start(scientist, spec(workspace, scientist))
    look = {Input(Ids.TICK, "n_intervals"): 1, **place(started.id)}
    waiting = fire(dash_for(analyst), LIVE, look)["response"]
    run_next(workspace)
    done = fire(dash_for(analyst), LIVE, look)["response"]

    assert ("Waiting for its turn" in str(waiting[Ids.LIVE]), waiting[Ids.TICK]["disabled"], Ids.BODY in waiting) == (True, False, False)
    assert ("Predicted and actual" in str(done[Ids.BODY]), done[Ids.TICK]["disabled"]) == (True, True)


def test_a_page_opened_while_models_are_trained_shows_the_best_in_the_end_and_not_the_best_of_then(
    dash_for, workspace, scientist, monkeypatch
) -> None:
    started = workspace.experiments.start(scientist, spec(workspace, scientist))
    client, opened, plain = dash_for(scientist), [], Progress.fold

    def fold_and_open(self: Progress, number: int) -> None:
        plain(self, number)
        opened.append(page(client, f"/experiments/{started.id}"))

    monkeypatch.setattr(Progress, "fold", fold_and_open)
    run_next(workspace)
    meanwhile = opened[-1]
    kept = json.loads(re.search(rf'\{{"experiment":{started.id},"tab".*?\}}', meanwhile).group())
    done = fire(dash_for(scientist), LIVE, {Input(Ids.TICK, "n_intervals"): 1, State(Ids.PLACE, "data"): kept})["response"][Ids.BODY]
    best = workspace.experiments.get(scientist, started.id).runs[0]

    assert ("Always the average is finished, 1 of 2: R²" in meanwhile, "Pictures follow" in meanwhile) == (True, True)
    assert (best.label, f'"children": "{best.label}", "className": "section-title"' in json.dumps(done)) == ("Linear model", True)


def test_a_running_training_says_model_fold_trees_and_time_left(dash_for, workspace, database, scientist) -> None:
    started = workspace.experiments.start(scientist, spec(workspace, scientist))
    state = {
        "model": "Linear model", "family": "linear", "share": 0.5, "fold": 2, "folds": 5, "trees": 140, "score": 0.25, "seconds_left": 75,
    }  # fmt: skip
    with database.transaction() as session:
        row = session.get_one(JobRow, started.job.id)
        row.status, row.progress, row.message, row.state = Status.RUNNING, 0.4, "Linear model: fold 2 of 5", state

    answer = fire(dash_for(scientist), LIVE, {Input(Ids.TICK, "n_intervals"): 1, **place(started.id)})["response"]
    text = str(answer[Ids.LIVE])
    assert "Training" in str(answer[Ids.STATE])
    assert [words for words in ("Linear model: fold 2 of 5", "2 of 5", "140", "0.25", "about 1", "15") if words not in text] == []
    assert answer[Ids.NOW]["data"]["training"] == {"share": 0.5, "words": "Fold 2 of 5"}


def test_its_owner_cancels_a_training_and_sees_so_and_the_page_says_it(dash_for, workspace, scientist) -> None:
    started = workspace.experiments.start(scientist, spec(workspace, scientist))
    client = dash_for(scientist)
    fire(client, LIVE, {Input(Ids.CANCEL, "n_clicks"): 1, **place(started.id)})

    assert workspace.experiments.get(scientist, started.id).status is Status.CANCELLED
    assert "No model was finished by then." in page(client, f"/experiments/{started.id}")


def test_a_failed_training_says_why_and_is_tried_again(dash_for, workspace, database, scientist) -> None:
    started = workspace.experiments.start(scientist, spec(workspace, scientist))
    with database.transaction() as session:
        row = session.get_one(JobRow, started.job.id)
        row.status, row.error, row.retryable, row.attempt = Status.FAILED, "worker lost", True, 1
    client = dash_for(scientist)
    text = page(client, f"/experiments/{started.id}")
    answer = fire(client, LOCATION, {Input(Ids.RETRY, "n_clicks"): 1, **place(started.id)})

    assert ("The training failed." in text, "Worker lost" in text, "Try again" in text) == (True, True, True)
    assert going(answer) == f"/experiments/{started.id}?attempt=2"
    assert workspace.experiments.get(scientist, started.id).status is Status.QUEUED


def test_a_run_is_registered_under_a_name(dash_for, workspace, scientist) -> None:
    run = workspace.experiments.get(scientist, 1).runs[-1]
    given = {Input(Ids.REGISTER_SAVE, "n_clicks"): 1, State(Ids.NAME, "value"): " baseline ", **place(1, run=run.id)}

    assert going(fire(dash_for(scientist), LOCATION, given)) == "/models/baseline"
    assert workspace.models.get(scientist, "baseline").champion.run.id == run.id


def test_an_experiment_is_deleted_when_no_model_came_from_it(dash_for, workspace, scientist) -> None:
    client, press = dash_for(scientist), Input(f"{Ids.DELETE}-confirm-yes", "n_clicks")
    kept = fire(client, LOCATION, {press: 1, **place(1)})
    workspace.models.delete(scientist, DELAY)

    assert toast(kept) == "The model arrival-delay came from arrival-delay. Delete the model first."
    assert going(fire(client, LOCATION, {press: 1, **place(1)})) == "/experiments"


def test_buttons_that_were_only_drawn_do_nothing(dash_for, workspace, scientist) -> None:
    client = dash_for(scientist)
    drawn = [Input(Ids.RETRY, "n_clicks"), Input(Ids.REGISTER_SAVE, "n_clicks"), Input(f"{Ids.DELETE}-confirm-yes", "n_clicks")]

    assert [fire(client, LOCATION, {button: None, **place(1)}) for button in drawn] == [{}, {}, {}]
    assert fire(client, LIVE, {Input(Ids.CANCEL, "n_clicks"): None, **place(1)}) == {}


class Poller:
    """Asks for the progress of a background callback as Dash's renderer does."""

    def __init__(self, client, number: int) -> None:
        self._client = client
        html = client.get(f"/experiments/{number}").get_data(as_text=True)
        self.end = re.search(r'"end_?[iI]d":\s*"([^"]+)"', html).group(1)
        self._headers = {"X-CSRFToken": client.get_cookie("_csrf_token").value}
        place = {"experiment": number, "tab": "results", "run": None, "row": None}
        follow = {"experiment": number, "user": 2, "nonce": "n"}
        self._body = {
            "output": f"{Ids.BODY}.children",
            "outputs": {"id": Ids.BODY, "property": "children"},
            "inputs": [{"id": Ids.FOLLOW, "property": "data", "value": follow}],
            "state": [{"id": Ids.PLACE, "property": "data", "value": place}],
            "changedPropIds": [f"{Ids.FOLLOW}.data"],
        }
        self._handles = ""
        begun = self.ask()
        self._handles = f"&cacheKey={quote(begun['cacheKey'])}&job={quote(begun['job'])}"

    def ask(self) -> dict:
        address = f"{UPDATE}?endId={quote(self.end)}{self._handles}"
        response = self._client.post(address, data=json.dumps(self._body), content_type="application/json", headers=self._headers)
        return response.get_json() if response.status_code == 200 else {"status": response.status_code}

    def until(self, key: str, seconds: float = 20) -> dict:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = self.ask()
            if key in answer:
                return answer
            time.sleep(0.1)
        raise AssertionError(f"no {key}")


def test_the_background_callback_follows_a_training_to_its_results(dash_for, workspace, scientist) -> None:
    started = workspace.experiments.start(scientist, spec(workspace, scientist))
    poller = Poller(dash_for(scientist), started.id)
    seen = poller.until("progress")
    job = Queue(workspace.database, "test").claim()
    worker.execute(workspace.database, workspace.handlers, job.id, job.attempt)

    assert "Waiting for its turn" in str(seen["progress"])
    assert "Predicted and actual" in str(poller.until("response")["response"])


def test_a_follower_ends_when_its_page_is_gone(dash_for, workspace, scientist, monkeypatch) -> None:
    import threading

    from callbacks import following

    monkeypatch.setattr(following, "GONE_S", 0.2)
    monkeypatch.setattr(following, "LOOK_S", 0.05)
    started = workspace.experiments.start(scientist, spec(workspace, scientist))
    Poller(dash_for(scientist), started.id)
    deadline = time.monotonic() + 10
    while any(thread.name == "follower" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert workspace.experiments.get(scientist, started.id).status is Status.QUEUED


def test_only_the_owners_page_follows_by_the_background_callback(dash_for, workspace, scientist, analyst) -> None:
    started = workspace.experiments.start(scientist, spec(workspace, scientist))
    own, other = (page(dash_for(who), f"/experiments/{started.id}") for who in (scientist, analyst))

    assert ('"nonce"' in own, '"nonce"' in other) == (True, False)
    assert experiment.REFRESH_MS <= 2_000
