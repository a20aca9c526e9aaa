"""A workspace in which experiments have been trained and models registered: made once per process, copied for each test."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn import datasets as bundled

from core import worker
from core.data.datasets import Version
from core.ml.experiments import Experiment, ExperimentSpec
from core.operations.jobs import Job
from core.operations.queue import Queue
from core.principal import Principal, Role
from core.settings import Settings
from core.workspace import Workspace, open_workspace
from db.rows import UserRow
from tests.conftest import principal
from tests.flights import add_dataset, flights_file

SCIENTIST = principal(Role.DATA_SCIENTIST)
DELAY = "arrival-delay"
ORIGIN = "origin"
TUMOUR = "tumour"


@cache
def trained_folder() -> Path:
    """Holds the models DELAY (regression), ORIGIN (three classes, by XGBoost) and TUMOUR (two classes, linear)."""
    folder = Path(mkdtemp(prefix="trained-")) / "var"
    workspace = open_workspace(Settings(data_dir=folder))
    with workspace.database.transaction() as session:
        session.add_all(UserRow(email=f"{role}@example.com", name=role.label, role=role, password_hash="!") for role in Role)
    flights = add_dataset(workspace, SCIENTIST, "Flights", some_flights(1_000))
    tumours = add_table(workspace, "Tumours", tumour_table())
    for name, version, target, family in (
        (DELAY, flights, "arr_delay", "xgboost"),
        (ORIGIN, flights, "origin", "xgboost"),
        (TUMOUR, tumours, "malignant", "linear"),
    ):
        families = ("linear",) if family == "linear" else ("linear", "xgboost")
        done = train(workspace, ExperimentSpec(version.dataset_id, target, families=families, name=name))
        workspace.models.register(SCIENTIST, next(run.id for run in done.runs if run.family == family), name)
    workspace.close()
    return folder


def copy_of_trained(folder: Path) -> Settings:
    shutil.copytree(trained_folder(), folder)
    return Settings(data_dir=folder)


def train(workspace: Workspace, spec: ExperimentSpec, who: Principal = SCIENTIST) -> Experiment:
    experiment = workspace.experiments.start(who, spec)
    run_next(workspace)
    return workspace.experiments.get(who, experiment.id)


def run_next(workspace: Workspace) -> Job:
    """Runs the next job of the queue in this process, as a job process would."""
    job = Queue(workspace.database, "test").claim()
    assert job is not None
    worker.execute(workspace.database, workspace.handlers, job.id, job.attempt)
    return workspace.jobs.get(principal(Role.ADMIN), job.id)


def some_flights(rows: int) -> Path:
    """Every so manyth flight, with a nullable text column among them (tailnum) and without a column of the date's year."""
    path = Path(mkdtemp(prefix="flights-")) / "flights.parquet"
    with duckdb.connect() as connection:
        picked = f"SELECT * EXCLUDE (year) FROM '{flights_file()}' QUALIFY (row_number() OVER ()) % {336_776 // rows} = 0"
        connection.execute(f"COPY ({picked}) TO '{path}' (FORMAT parquet)")
    return path


def tumour_table() -> pa.Table:
    """scikit-learn's breast cancer data: 569 rows, numbers only, two classes."""
    found = bundled.load_breast_cancer()
    columns = {name.replace(" ", "_"): found.data[:, place] for place, name in enumerate(found.feature_names[:10])}
    return pa.table({**columns, "malignant": pa.array(np.asarray(found.target) == 0)})


def add_table(workspace: Workspace, name: str, table: pa.Table, who: Principal = SCIENTIST) -> Version:
    path = Path(mkdtemp(prefix="table-")) / "table.parquet"
    pq.write_table(table, path)
    return add_dataset(workspace, who, name, path)
