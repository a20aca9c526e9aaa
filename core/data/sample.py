"""The sample that ships with AstralytiQ: flights from New York City in 2013, in five tables, brought in like any other file."""

from __future__ import annotations

from pathlib import Path

from core.data.datasets import Datasets
from core.data.imports import Imports
from core.errors import Conflict
from core.operations.jobs import Job
from core.principal import Permission, Principal

FOLDER = Path(__file__).parents[2] / "sample"
TABLES = {"Flights": "flights", "Airlines": "airlines", "Airports": "airports", "Planes": "planes", "Weather": "weather"}
OPTIONS = {"nulls": ["NA"]}  # as the files' own documentation says, in columns of text too


class Sample:
    def __init__(self, imports: Imports, datasets: Datasets) -> None:
        self._imports = imports
        self._datasets = datasets

    def load(self, who: Principal) -> list[Job]:
        """The jobs that import the tables which are not there yet. Raises Conflict when all are."""
        who.require(Permission.SAMPLE_LOAD)
        missing = self.missing(who)
        if not missing:
            raise Conflict("The sample is loaded already: all its five tables are there.")
        return [self._start(who, name) for name in missing]

    def missing(self, who: Principal) -> list[str]:
        """The tables that are not there yet, by their names."""
        who.require(Permission.DATASET_READ)
        return [name for name in TABLES if not self._has(who, name)]

    def _has(self, who: Principal, name: str) -> bool:
        return any(dataset.name.casefold() == name.casefold() for dataset in self._datasets.find(who, search=name))

    def _start(self, who: Principal, name: str) -> Job:
        path = FOLDER / f"{TABLES[name]}.csv.gz"
        with path.open("rb") as file:
            upload = self._imports.receive(who, path.name, file)
        return self._imports.start(who, upload.id, name, OPTIONS)[1]
