"""What the documents promise is so."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from api.app import build
from core.query.spec import Op
from core.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
API = (ROOT / "docs/api.md").read_text()
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_setting_is_documented_with_its_default_and_meaning() -> None:
    table = dict(re.findall(r"^\| `(ASTRALYTIQ_\w+)` \| (.*) \|$", (ROOT / "docs/settings.md").read_text(), re.M))
    shown = {False: "no", True: "yes", "": "", (): ""}
    expected = {}
    for each in fields(Settings):
        default = (
            shown.get(each.default, str(each.default))
            if not isinstance(each.default, int) or isinstance(each.default, bool)
            else str(each.default)
        )
        expected[PREFIX + each.name.upper()] = f"{f'`{default}`' if default else ''} | {each.metadata['help']}"

    assert table == expected


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text())

    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    rooms = "api|app|assets|callbacks|core|db|docs|layouts|requirements|sample|tests|web"
    named = re.findall(rf"`((?:{rooms})(?:/[\w.-]+)+\.\w+)`", document.read_text())
    allowed = {"layouts/x.py", "callbacks/x.py"}

    assert [name for name in named if name not in allowed and not (ROOT / name).exists()] == []


def test_the_locks_hold_hashes_and_no_addresses() -> None:
    locks = [(ROOT / "requirements" / name).read_text() for name in ("run.txt", "test.txt")]

    assert [("--hash=sha256:" in lock, "://" in lock) for lock in locks] == [(True, False), (True, False)]


def test_ci_runs_the_test_command_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    script = (ROOT / ".ci/run").read_text()

    assert "./test all" in readme
    assert [line for line in script.splitlines() if line.startswith("exec")] == ["exec ./test all"]


def test_every_operation_of_the_api_is_documented_and_no_other() -> None:
    paths = build(None).openapi()["paths"]  # the description needs no workspace
    operations = {f"{method.upper()} /api{path}" for path, each in paths.items() for method in each}

    assert set(re.findall(r"^\| `([A-Z]+ /api/\S+)` \|", API, re.M)) == operations


def test_every_comparison_of_a_filter_is_documented_and_no_other() -> None:
    named = next(line for line in API.splitlines() if line.startswith("`op` is one of")).partition(". ")[0]

    assert re.findall(r"`([^`]+)`", named)[1:] == [op.value for op in Op]
