"""The application as one object: every service, wired in one function, passed and never imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.data.datasets import Datasets
from core.data.queries import Queries
from core.data.storage import Storage
from core.errors import Unavailable
from core.operations.accounts import Accounts
from core.operations.audit import AuditLog
from core.operations.health import Health
from core.operations.jobs import Handler, Jobs
from core.operations.secrets import secret_key
from core.operations.tokens import Tokens
from core.query.cache import ResultCache
from core.query.engines import Embedded
from core.settings import Settings
from db.session import Database


@dataclass(frozen=True, slots=True)
class Workspace:
    settings: Settings
    database: Database
    storage: Storage
    engine: Embedded
    cache: ResultCache
    datasets: Datasets
    queries: Queries
    jobs: Jobs
    accounts: Accounts
    tokens: Tokens
    audit_log: AuditLog
    health: Health
    handlers: Mapping[str, Handler]  # what runs a job, by its kind

    def close(self) -> None:
        self.queries.close()
        self.engine.close()
        self.cache.close()
        self.database.close()


def open_workspace(settings: Settings) -> Workspace:
    """Opens (and migrates) the workspace that *settings* name. Raises Unavailable in words when it cannot."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"The data folder {settings.data_dir} cannot be used: {error.strerror}. Set ASTRALYTIQ_DATA_DIR to a folder you may write."
        ) from None
    database = Database(settings.database)
    database.migrate()
    storage = Storage(settings.storage_folder)
    datasets = Datasets(database, storage)
    engine = Embedded(settings)
    cache = ResultCache(settings.data_dir / "cache")
    return Workspace(
        settings=settings,
        database=database,
        storage=storage,
        engine=engine,
        cache=cache,
        datasets=datasets,
        queries=Queries(datasets, engine, cache, threads=settings.threads),
        jobs=Jobs(database, settings),
        accounts=Accounts(database, settings),
        tokens=Tokens(database, secret_key(settings)),
        audit_log=AuditLog(database),
        health=Health(database, settings.data_dir),
        handlers={},
    )
