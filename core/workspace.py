"""The application as one object: every service, wired in one function, passed and never imported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from alembic.util import CommandError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from core.dashboards.charts import Charts
from core.dashboards.dashboards import Dashboards
from core.data.datasets import Datasets
from core.data.imports import Imports
from core.data.queries import Queries
from core.data.sample import Sample
from core.data.storage import Storage
from core.errors import Unavailable
from core.ml.artifacts import Artifacts
from core.ml.experiments import Experiments
from core.ml.registry import Models
from core.ml.serving import Shelf
from core.operations import limits
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
    imports: Imports
    sample: Sample
    queries: Queries
    charts: Charts
    dashboards: Dashboards
    experiments: Experiments
    models: Models
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
    _require_writable(settings.data_dir)
    database = _database(settings)
    storage = Storage(settings.storage_folder)
    engine = Embedded(settings)
    datasets = Datasets(database, storage, engine)
    cache = ResultCache(settings.data_dir / "cache")
    queries = Queries(datasets, engine, cache, threads=settings.threads)
    jobs = Jobs(database, settings)
    imports = Imports(database, storage, datasets, jobs, settings)
    shelf = Shelf(Artifacts(settings.data_dir / "models", secret_key(settings)))
    experiments = Experiments(database, datasets, jobs, shelf, settings)
    return Workspace(
        settings=settings,
        database=database,
        storage=storage,
        engine=engine,
        cache=cache,
        datasets=datasets,
        imports=imports,
        sample=Sample(imports, datasets),
        queries=queries,
        charts=Charts(database, datasets, queries),
        dashboards=Dashboards(database, datasets, queries),
        experiments=experiments,
        models=Models(database, shelf),
        jobs=jobs,
        accounts=Accounts(database, settings),
        tokens=Tokens(database, secret_key(settings)),
        audit_log=AuditLog(database),
        health=Health(database, settings.storage_folder),
        handlers={"dataset.import": imports.run, "experiment.train": experiments.train},
    )


_PARTS = ("astralytiq.db", "cache", "followers", "inbox", "models", "storage", "storage/files", "storage/scratch")


def _require_writable(folder: Path) -> None:
    if "?" in str(folder.resolve()):  # where the address of a database ends, which would then be made beside the folder
        raise Unavailable(f"The data folder {folder} cannot be used: its path has a question mark. Set ASTRALYTIQ_DATA_DIR to another one.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        words = f"The data folder {folder} cannot be used: {error.strerror}. Set ASTRALYTIQ_DATA_DIR to a folder you may write."
        raise Unavailable(words) from None
    for part in map(folder.joinpath, _PARTS):
        if not os.access(part, os.W_OK) and part.exists():  # somebody else, often root, has run it once
            words = f"{part} cannot be written. Make what is in {folder} yours, or set ASTRALYTIQ_DATA_DIR to another folder."
            raise Unavailable(words)


def _database(settings: Settings) -> Database:
    """The metadata database, migrated. Raises Unavailable without the password that its URL may hold."""
    try:
        url = make_url(settings.database)
        database = Database(settings.database)
    except (ArgumentError, ImportError, ValueError):  # the last for a port that is no number
        words = "No database of that kind is known. Write ASTRALYTIQ_DATABASE_URL as postgresql://user:password@host/name, or leave it out."
        raise Unavailable(words) from None
    shown = url.render_as_string(hide_password=True)
    try:
        database.migrate()
    except CommandError:  # its revision is none that this version knows
        words = (
            f"The database {shown} was made by a newer AstralytiQ than this one. Start that one, or set ASTRALYTIQ_DATABASE_URL to another."
        )
        raise Unavailable(words) from None
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        words = f"The database {shown} cannot be used: {reason}. Check ASTRALYTIQ_DATABASE_URL."
        raise Unavailable(words) from None
    limits.speak(database.engine)  # not before: here the reason is told
    return database
