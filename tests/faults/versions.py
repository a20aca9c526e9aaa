"""A process that brings in one version after the other until it is killed: version n holds n rows."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.principal import Principal, Role
from core.query.spec import Column
from core.settings import Settings
from core.workspace import open_workspace


def bring_in_for_ever(folder: Path, dataset_id: int, who: Principal) -> None:
    workspace = open_workspace(Settings(data_dir=folder))
    number = workspace.datasets.get(who, dataset_id).version
    while True:
        number += 1
        with workspace.storage.scratch() as scratch:
            path = scratch / "rows.parquet"
            pq.write_table(pa.table({"n": pa.array([number] * number, pa.int64())}), path)
            columns = [Column("n", "BIGINT")]
            workspace.datasets.add_version(who, dataset_id, [path], columns=columns, rejects=None, source={}, base=number - 1)
        print(number, flush=True)


if __name__ == "__main__":
    bring_in_for_ever(Path(sys.argv[1]), int(sys.argv[2]), Principal(3, "analyst@example.com", "Analyst", Role.ANALYST))
