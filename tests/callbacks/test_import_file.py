"""The page that brings in a file, over the wire: from the upload to the job."""

from __future__ import annotations

import io
import json

import pytest
from dash import Input, Output, State

from core.principal import Role
from layouts import shell
from layouts.import_choices import option_id
from layouts.import_file import Ids, name_from
from layouts.import_preview import column_id
from tests.conftest import principal
from tests.core.test_sources import excel, pa, parquet
from tests.wire import fire

CSV = b"id;name;joined\n1;Ann;2020-01-31\n2;Bob;2020-02-01\n3;Cid\n"
BODY = Output(Ids.BODY, "children")
GO = Output(shell.Ids.LOCATION, "href")


def upload(client, content=CSV, name="monthly_people.csv"):
    token = client.get_cookie("_csrf_token").value
    return client.post("/upload", query_string={"name": name}, data=content, headers={"X-CSRFToken": token, "Accept": "application/json"})


@pytest.fixture
def client(dash_for, analyst):
    return dash_for(analyst)


@pytest.fixture
def key(client):
    return upload(client).get_json()["id"]


def page(client, path):
    return client.get(path).get_data(as_text=True)


SHOWN = {
    "options": {"encoding": "utf-8", "delimiter": ";", "quote": '"', "header": True, "skip": 0, "decimal": ".", "nulls": []},
    "columns": {"id": ["id", "integer"], "name": ["name", "text"], "joined": ["joined", "date"]},
    "needs_choice": False,
}
CONTROLS = {"delimiter": ";", "encoding": "utf-8", "header": "yes", "nulls": "", "quote": '"', "decimal": ".", "skip": 0}


def controls(kind, columns=None, *, shown=SHOWN, **options):
    """The values of all controls, as inputs or as states: what was found, but for *options* and *columns*."""
    given = {}
    for name, value in (CONTROLS | options).items():
        given |= {kind(option_id(name), "value"): value, State(option_id(name), "id"): option_id(name)}
    for found, (name, its_type) in shown["columns"].items():
        for part, value in {"name": name, "type": its_type, **(columns or {}).get(found, {})}.items():
            given |= {kind(column_id(part, found), "value"): value, State(column_id(part, found), "id"): column_id(part, found)}
    return given


def form(key, *, chosen=None, shown=SHOWN, **values):
    return {State(Ids.UPLOAD, "data"): key, State(Ids.CHOSEN, "data"): chosen or {}, State(Ids.SHOWN, "data"): shown} | {
        State(getattr(Ids, name), "value"): value for name, value in values.items()
    }


def look(client, key, *, shown=SHOWN, columns=None, **options):
    """What the page gets when its controls show that."""
    return fire(client, BODY, form(key, shown=shown) | controls(Input, columns, shown=shown, **options)).get("response", {})


def rows(answer):
    return [[cell["props"]["children"] for cell in row["props"]["children"]] for row in answer[Ids.BODY]["children"]]


def test_an_upload_answers_with_its_number_and_kind(client) -> None:
    answer = upload(client)

    assert answer.status_code == 200
    assert answer.get_json() | {"id": ""} == {"id": "", "file_name": "monthly_people.csv", "bytes": len(CSV), "kind": "csv"}


@pytest.mark.parametrize(("content", "status", "words"), [(b"", 422, "The file is empty"), (b"%PDF-1.7", 422, "a PDF document")])
def test_a_wrong_file_is_refused_in_words(client, workspace, content, status, words) -> None:
    answer = upload(client, content)

    assert (answer.status_code, words in answer.get_json()["detail"]) == (status, True)
    assert list((workspace.settings.data_dir / "inbox").iterdir()) == []


def test_an_upload_that_breaks_off_leaves_nothing(client, workspace) -> None:
    token = client.get_cookie("_csrf_token").value
    answer = client.post(
        "/upload?name=x.csv",
        input_stream=io.BytesIO(CSV),
        headers={"X-CSRFToken": token},
        # what gunicorn says: it sees to the end of the body itself
        environ_overrides={"CONTENT_LENGTH": str(len(CSV) + 1), "wsgi.input_terminated": True},
    )

    assert (answer.status_code, answer.get_json()["detail"]) == (422, "The upload broke off before the whole file was here. Try again.")
    assert list((workspace.settings.data_dir / "inbox").iterdir()) == []


def test_an_upload_without_proof_of_origin_is_refused(client, workspace) -> None:
    answer = client.post("/upload?name=x.csv", data=CSV, headers={"Accept": "application/json"})

    assert (answer.status_code, list((workspace.settings.data_dir / "inbox").iterdir())) == (403, [])


def test_a_viewer_uploads_nothing_and_has_no_such_page(dash_for, viewer, workspace) -> None:
    client = dash_for(viewer)

    assert (upload(client).status_code, client.get("/data/new").status_code) == (403, 403)
    assert list((workspace.settings.data_dir / "inbox").iterdir()) == []


def test_the_page_asks_for_a_file_and_says_what_it_takes(client) -> None:
    text = page(client, "/data/new")

    assert all(words in text for words in ("Drop a file here", "CSV, TSV, Excel (.xlsx), JSON or Parquet", '"data-upload":"/upload"'))
    assert "No file at hand?" not in text


def test_the_page_of_an_upload_shows_what_was_understood(client, key) -> None:
    text = page(client, f"/data/new?upload={key}")

    assert all(words in text for words in ("Monthly people", "monthly_people.csv", "1 row would be set aside", "2020-01-31", "Semicolon ;"))


def test_an_upload_that_is_gone_is_said_in_words(client) -> None:
    assert "There is no such upload" in page(client, "/data/new?upload=abc")


def test_another_delimiter_is_looked_at_at_once(client, key) -> None:
    answer = look(client, key, delimiter=",")

    assert rows(answer) == [["1;Ann;2020-01-31"], ["2;Bob;2020-02-01"], ["3;Cid"]]
    assert answer[Ids.CHOSEN]["data"] == {"delimiter": ","}
    assert answer[Ids.HEAD]["children"] is not None
    assert answer[Ids.START]["disabled"] is False
    assert answer[Ids.HINT]["children"] == "The first 3 rows. Names and types can be changed."
    assert answer[Ids.SHOWN]["data"]["options"]["delimiter"] == ","


def test_another_type_shows_other_rows_and_leaves_the_controls_alone(client, key) -> None:
    answer = look(client, key, columns={"name": {"type": "integer"}})

    assert rows(answer) == []
    assert Ids.HEAD not in answer
    assert answer[Ids.CHOSEN]["data"] == {"columns": {"name": {"type": "integer"}}}
    assert "3 rows would be set aside" in json.dumps(answer[Ids.ASIDE]["children"])


def test_choices_add_up(client, key) -> None:
    first = look(client, key, columns={"id": {"name": "number"}}, header="no")

    assert first[Ids.CHOSEN]["data"] == {"header": False, "columns": {"id": {"name": "number"}}}


def test_words_for_empty_lines_to_skip_and_no_quotes_are_understood(client, key) -> None:
    answer = look(client, key, nulls="Bob , Cid", quote="none", skip=1)

    assert answer[Ids.CHOSEN]["data"] == {"nulls": ["Bob", "Cid"], "quote": "", "skip": 1}


def test_controls_that_were_only_drawn_change_nothing(client, key) -> None:
    assert look(client, key) == {}


def test_a_choice_that_makes_no_sense_is_a_toast(client, key) -> None:
    given = form(key) | controls(Input, delimiter="abc")

    assert "delimiter:" in fire(client, BODY, given)["sideUpdate"][shell.Ids.TOAST]["data"]["text"]


def test_one_column_asks_before_it_can_be_imported(client) -> None:
    key = upload(client, b"value\n01\n02\n").get_json()["id"]
    shown = {**SHOWN, "options": SHOWN["options"] | {"delimiter": ""}, "columns": {"value": ["value", "text"]}, "needs_choice": True}

    text = page(client, f"/data/new?upload={key}")
    answer = look(client, key, shown=shown, delimiter="none")

    assert all(words in text for words in ("One column?", "Choose one", '"disabled":true'))
    assert (answer[Ids.START]["disabled"], answer[Ids.CHOSEN]["data"]) == (False, {"delimiter": ""})


def test_the_import_starts_with_what_the_controls_show_and_leads_to_its_dataset(client, workspace, analyst, key) -> None:
    given = form(key, chosen={"columns": {"id": {"type": "text"}}}, NAME="People") | controls(State, {"joined": {"name": "since"}})

    answer = fire(client, GO, {Input(Ids.START, "n_clicks"): 1} | given)
    dataset = workspace.datasets.find(analyst)[0]
    job = workspace.jobs.find(analyst)[0]

    assert answer["response"][shell.Ids.LOCATION]["href"] == f"/data/{dataset.id}"
    assert (dataset.name, job.kind, job.arguments["options"]) == (
        "People",
        "dataset.import",
        {"columns": {"id": {"type": "text"}, "joined": {"name": "since"}}},
    )


def test_a_button_that_was_only_drawn_starts_nothing(client, workspace, analyst, key) -> None:
    for button, given in ((Ids.START, form(key, NAME="People") | controls(State)), (Ids.LOAD_SAMPLE, {})):
        assert fire(client, GO, {Input(button, "n_clicks"): None} | given) == {}
    assert workspace.datasets.find(analyst) == []


def test_a_blank_name_is_a_toast(client, key) -> None:
    given = {Input(Ids.START, "n_clicks"): 1} | form(key, NAME=" ") | controls(State)

    assert "A dataset needs a name" in fire(client, GO, given)["sideUpdate"][shell.Ids.TOAST]["data"]["text"]


def test_the_sample_is_offered_and_loaded(dash_for, workspace) -> None:
    scientist = principal(Role.DATA_SCIENTIST)
    client = dash_for(scientist)
    before = page(client, "/data/new")

    answer = fire(client, GO, {Input(Ids.LOAD_SAMPLE, "n_clicks"): 1})

    assert answer["response"][shell.Ids.LOCATION]["href"] == "/data"
    assert len(workspace.jobs.find(scientist)) == 5
    assert ("No file at hand?" in before, "No file at hand?" in page(client, "/data/new")) == (True, False)


def test_excel_offers_its_sheets_and_parquet_only_its_columns(client) -> None:
    workbook = upload(client, excel([["a", "b"], [1, "x"]], Second=[["c"], [2]]), "x.xlsx").get_json()["id"]
    table = upload(client, parquet(pa.table({"a": [1], "t": ["x"], "u": [1.5]})), "x.parquet").get_json()["id"]
    sheets, columns = (page(client, f"/data/new?upload={key}") for key in (workbook, table))

    assert all(words in sheets for words in ('"Sheet"', "Second", "Names the columns"))
    assert "How it is read" not in columns
    assert "Whole number" in columns


def test_a_wide_file_shows_its_first_columns(client) -> None:
    line = b",".join(b"%d" % n for n in range(70))
    key = upload(client, b",".join(b"c%d" % n for n in range(70)) + b"\n" + line + b"\n").get_json()["id"]

    text = page(client, f"/data/new?upload={key}")

    assert ("10 more columns not shown here" in text, '"c59"' in text, "Name of c60" in text) == (True, True, False)


@pytest.mark.parametrize(
    ("file_name", "name"),
    [("flights.csv.gz", "Flights"), ("monthly_sales-2020.XLSX", "Monthly sales 2020"), ("upload", "Upload"), (".csv", "")],
)
def test_a_dataset_is_called_after_its_file(file_name, name) -> None:
    assert name_from(file_name) == name
