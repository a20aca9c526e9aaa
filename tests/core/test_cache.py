"""The result cache: quick, shared, and never in the way."""

import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from core.query.cache import ResultCache, key_of
from core.query.engines import Result
from core.query.spec import Column

RESULT = Result((Column("d", "DATE"), Column("x", "DECIMAL(4,2)")), ((date(2024, 1, 1), Decimal("1.50")), (None, None)))


@pytest.fixture
def cache(tmp_path):
    opened = ResultCache(tmp_path / "cache")
    yield opened
    opened.close()


def test_what_was_kept_comes_back_whole_in_another_process_too(cache, tmp_path):
    cache.set("key", RESULT)
    other = ResultCache(tmp_path / "cache")

    assert [cache.get("key"), other.get("key"), cache.get("other")] == [RESULT, RESULT, None]
    other.close()


def test_a_usual_result_lies_in_the_database_and_not_in_a_file(cache, tmp_path):
    cache.set("key", Result((Column("x", "VARCHAR"),), tuple((f"{n:050}",) for n in range(1000))))

    assert list((tmp_path / "cache").rglob("*.val")) == []


def test_only_its_owner_may_look_into_the_folder(cache, tmp_path):
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


def test_a_key_depends_on_the_data_the_statement_and_what_the_asker_may_see():
    keys = {key_of("a", "b"), key_of("ab", ""), key_of("a", "b", policy="c"), key_of("a", "bc"), key_of("a", "b")}

    assert len(keys) == 4


def test_where_it_fails_nothing_is_kept_and_nothing_breaks(cache, tmp_path):
    cache.set("key", RESULT)
    cache.close()
    shutil.rmtree(tmp_path / "cache")
    Path(tmp_path / "cache").write_text("no folder any more")

    cache.set("key", RESULT)

    assert cache.get("key") is None


def test_what_is_no_result_is_not_taken_for_one(cache):
    cache._kept.set("key", datetime.now().astimezone())

    assert cache.get("key") is None
