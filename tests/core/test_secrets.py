"""The key of an installation is made once, for its owner only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import Unavailable
from core.operations.secrets import FILE_NAME, secret_key
from core.settings import Settings


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: secret_key(settings), range(8)))

    path = tmp_path / "var" / FILE_NAME
    assert (len(keys), path.stat().st_mode & 0o777, [file.name for file in path.parent.iterdir()]) == (1, 0o600, [FILE_NAME])
    assert keys == {path.read_text()} == {secret_key(settings)}


def test_the_settings_may_bring_a_key(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("f" * 40 + "\n")

    assert secret_key(Settings(data_dir=tmp_path, secret_key="s" * 40)) == "s" * 40
    assert secret_key(Settings(data_dir=tmp_path, secret_key_file=str(file))) == "f" * 40


def test_a_missing_or_short_key_is_said(tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_text("abc")

    with pytest.raises(Unavailable, match="cannot be read: No such file"):
        secret_key(Settings(data_dir=tmp_path, secret_key_file=str(tmp_path / "none")))
    with pytest.raises(Unavailable, match="too short: it needs at least 32"):
        secret_key(Settings(data_dir=tmp_path, secret_key_file=str(short)))
    with pytest.raises(Unavailable, match="in ASTRALYTIQ_SECRET_KEY is too short"):
        secret_key(Settings(data_dir=tmp_path, secret_key="abc"))
