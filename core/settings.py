"""Settings: one table, read once from the environment, passed on frozen."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from core.errors import Invalid

PREFIX = "ASTRALYTIQ_"
_MOST = 1_000_000  # minutes, hours, megabytes: more would not fit into the dates and milliseconds that are computed from it
_SIZES = {"mb": 1e6, "gb": 1e9, "mib": 2**20, "gib": 2**30}
_LEAST_MEMORY = 100e6  # bytes; with less the engine cannot sort a table


def _flag(text: str) -> bool:
    try:
        return {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False, "": False}[
            text.lower()
        ]
    except KeyError:
        raise ValueError("expected yes or no") from None


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _whole(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text.strip()) or not least <= int(text) <= _MOST:
            raise ValueError(f"expected a whole number from {least} to {_MOST}")
        return int(text)

    return parse


_positive, _count = _whole(1), _whole(0)


def _log_format(text: str) -> str:
    if text not in ("console", "json"):
        raise ValueError("expected console or json")
    return text


def _host(text: str) -> str:
    return text.strip().removeprefix("[").removesuffix("]")  # which people write around addresses of IPv6, as in a URL


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ValueError("expected a port number from 1 to 65535")
    return int(text)


def _size(text: str) -> str:
    hit = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]+)", text.strip().lower())
    if not hit or float(hit[1]) * _SIZES.get(hit[2], 0) < _LEAST_MEMORY:
        raise ValueError("expected a size such as 2GB, of at least 100MB")
    return text.strip()


def _url(text: str) -> str:
    if re.fullmatch(r"sqlite(\+\w+)?:(//)?/?(:memory:)?", text.strip()):
        raise ValueError("expected a file or a server, because each process would have a database in memory for itself")
    return text.strip()


def _setting(default: Any, help: str, parse: Callable[[str], Any] = str) -> Any:
    return field(default=default, metadata={"help": help, "parse": parse})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Each field is the environment variable of its name in capitals, with the prefix ``ASTRALYTIQ_``."""

    data_dir: Path = _setting(Path("var"), "Folder of everything the workspace keeps.", Path)
    database_url: str = _setting("", "SQLAlchemy URL of the metadata database; empty means SQLite in the data folder.", _url)
    secret_key: str = _setting("", "Key that signs sessions and tokens; empty means the one in the data folder, made at the first start.")
    secret_key_file: str = _setting("", "File that holds the key instead.")
    host: str = _setting("127.0.0.1", "Address the server listens on.", _host)
    port: int = _setting(8050, "Port the server listens on.", _port)
    workers: int = _setting(2, "Web server processes.", _positive)
    threads: int = _setting(4, "Threads of each web server process.", _positive)
    job_slots: int = _setting(0, "Jobs that run at once; 0 means the number of cores less one, at least one.", _count)
    queue_limit: int = _setting(100, "Jobs that may wait at once; one more is refused.", _positive)
    max_upload_mb: int = _setting(2048, "Largest file that may be uploaded, in megabytes; unpacked it may be ten times that.", _positive)
    max_columns: int = _setting(2000, "Most columns that a file may have.", _positive)
    query_timeout_s: int = _setting(60, "Seconds after which a query is stopped.", _positive)
    memory_limit: str = _setting("2GB", "Memory that the query engine of one process may use.", _size)
    training_threads: int = _setting(0, "Threads that one training uses; 0 means the number of cores less one, at least one.", _count)
    admin_email: str = _setting("", "Creates the first administrator when there is none, together with the password.")
    admin_password: str = _setting("", "Password of that first administrator.")
    allowed_hosts: tuple[str, ...] = _setting((), "Host names that requests may name, separated by commas; empty means any.", _names)
    force_https: bool = _setting(False, "Whether the browser is told to come by HTTPS only, and cookies are marked so.", _flag)
    trust_proxy: bool = _setting(False, "Whether one reverse proxy in front sets X-Forwarded-For, -Proto and -Host.", _flag)
    idle_timeout_min: int = _setting(120, "Minutes without use after which a session ends; a page that is only open is no use.", _positive)
    session_timeout_h: int = _setting(168, "Hours after which a session ends in any case.", _positive)
    log_format: str = _setting("console", "console for people, json for machines.", _log_format)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.data_dir / 'astralytiq.db').resolve()}"

    @property
    def storage_folder(self) -> Path:
        """The only folder whose files a query may read."""
        return self.data_dir / "storage"

    @property
    def upload_bytes(self) -> int:
        return self.max_upload_mb * 1_000_000

    @property
    def listening(self) -> str:
        """Host and port as gunicorn and a URL want them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def cores_to_spare(self) -> int:
        return max(1, (os.cpu_count() or 2) - 1)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Raises Invalid naming the variable whose text cannot be read."""
        environment = os.environ if environment is None else environment
        values = {}
        for each in fields(cls):
            text = environment.get(PREFIX + each.name.upper())
            if not text:  # set to nothing, as container files do, is as good as not set
                continue
            try:
                values[each.name] = each.metadata["parse"](text)
            except ValueError as error:
                raise Invalid(f"{PREFIX}{each.name.upper()} is {text!r}: {error}.", field=each.name) from None
        return cls(**values)
