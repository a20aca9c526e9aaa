import json
import re

import pytest

from core.principal import Role
from layouts import shell
from tests.flights import add_dataset
from tests.trained import some_flights


def _index(client, path="/"):
    return client.get(path)


def _inlined(page, name):
    return json.loads(re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page.text)[1])


def _files(page):
    """Every script that the page loads by itself."""
    opening = _inlined(page, "opening")
    return [*re.findall(r'<script defer src="([^"]+)"', page.text), *opening["first"], *opening["then"]]


def test_the_first_answer_already_holds_the_page(dash_for, viewer):
    layout = json.dumps(_inlined(_index(dash_for(viewer)), "first-layout"))

    assert (f'"{shell.Ids.CONTENT}"' in layout, viewer.email in layout) == (True, True)


def test_the_first_answer_holds_what_dash_would_ask_for_next(site, dash_for, viewer):
    client = dash_for(viewer)

    assert _inlined(_index(client), "first-dependencies") == client.get("/_dash-dependencies").json


def test_the_index_speaks_english_and_fits_phones(dash_for, viewer):
    page = _index(dash_for(viewer)).text

    assert ('<html lang="en"' in page, 'name="viewport"' in page, "<title>Home · AstralytiQ</title>" in page) == (True, True, True)


@pytest.mark.parametrize(("theme", "attributes"), [("system", 'data-theme="system"'), ("dark", 'data-theme="dark" data-bs-theme="dark"')])
def test_the_theme_of_the_account_is_there_before_anything_is_painted(dash_for, workspace, viewer, theme, attributes):
    workspace.accounts.set_theme(viewer, theme)

    assert f'<html lang="en" {attributes}>' in _index(dash_for(viewer)).text


def test_grids_are_not_loaded_where_there_is_no_grid(dash_for, viewer):
    assert [file for file in _files(_index(dash_for(viewer))) if "ag_grid" in file or "dash_table" in file or "plotly" in file] == []


def test_grids_are_served_and_the_browser_knows_where(dash_for, viewer):
    client = dash_for(viewer)

    (grid,) = _inlined(_index(client), "bundles")["bundles"]["grid"]["scripts"]

    assert (client.get(grid).status_code, "dash_ag_grid" in grid) == (200, True)


def test_all_that_the_index_names_is_there_for_ever(dash_for, viewer):
    client = dash_for(viewer)
    page = _index(client)
    named = set(_files(page)) | set(re.findall(r'<link [^>]*href="([^"]+)"', page.text))

    kept = {url: client.get(url).headers["Cache-Control"] for url in named}

    assert set(kept.values()) == {"public, max-age=31536000, immutable"}


def test_charts_are_drawn_before_dash_starts(dash_for, viewer, analyst, workspace):
    dashboard = workspace.dashboards.create(analyst, "Mine")

    opening = _inlined(_index(dash_for(viewer), f"/dashboards/{dashboard.id}"), "opening")

    assert (["plotly-cartesian" in file for file in opening["first"]], ["dash/dcc" in file for file in opening["then"]]) == (
        [True, False],
        [True],
    )


def test_few_files_are_asked_for(dash_for, viewer):
    assert len(_files(_index(dash_for(viewer)))) == 3


def test_the_parts_that_dash_loads_later_are_where_it_looks_for_them(site, dash_for, viewer):
    client = dash_for(viewer)
    (together,) = _inlined(_index(client), "opening")["then"]
    folder = together.rpartition("/")[0]
    part = next(path for path in site.extensions["dash"].registered_paths["dash"] if path.endswith("async-upload.js"))

    assert client.get(f"{folder}/{part.rpartition('/')[2]}").status_code == 200


def test_nothing_from_elsewhere_is_named(dash_for, viewer):
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', _index(dash_for(viewer)).text) == []


def test_strangers_are_not_told_which_versions_run_here(dash_for, viewer):
    assert "python_version" not in _inlined(_index(dash_for(viewer)), "_dash-config")


def test_a_name_cannot_end_the_script_that_it_stands_in(dash_for, workspace, viewer):
    workspace.accounts.rename(viewer, "</script><script>alert(1)</script>")

    page = _index(dash_for(viewer)).text

    assert "<script>alert" not in page


def test_the_status_says_whether_there_is_such_a_page(dash_for, viewer):
    client = dash_for(viewer)

    assert [_index(client, path).status_code for path in ("/", "/no-such-page", "/gallery")] == [200, 404, 403]


def test_an_address_whose_row_is_gone_or_whose_tab_the_role_may_not_open_answers_so(dash_for, analyst, viewer, workspace):
    dataset = add_dataset(workspace, analyst, "Some", some_flights(10)).dataset_id
    addresses = ("/data/999", f"/data/{dataset}/nonsense", f"/data/{dataset}/settings", f"/data/{dataset}")
    client = dash_for(viewer)

    assert [_index(client, path).status_code for path in addresses] == [404, 404, 403, 200]


def test_admins_may_open_what_others_may_not(dash_for, admin):
    assert (admin.role, _index(dash_for(admin), "/gallery").status_code) == (Role.ADMIN, 200)
