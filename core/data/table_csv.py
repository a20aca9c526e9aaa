"""CSV for people: UTF-8, a header, and no cell that a spreadsheet takes for a formula.

A text cell (or column name) that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return gets a single quote in front, as OWASP
advises: Excel and LibreOffice would otherwise run it. Numbers and dates are written as they are, negative ones too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
from sqlglot import exp

from core.query.engines import Embedded
from core.query.formulas import DATA
from core.query.spec import Answer, Table
from core.query.wire import json_value

RISKY = ("=", "+", "-", "@", "\t", "\r")
_PLAIN = ("integer", "decimal", "boolean", "date")


def csv_chunks(engine: Embedded, select: exp.Select, table: Table) -> Iterator[bytes]:
    """The rows of *select*, whose columns are ones of *table* under their names."""
    names = [each.alias for each in select.expressions]
    select = select.copy()
    select.set("expressions", [_cell(each, table) for each in select.expressions])
    header = (",".join(_header(name) for name in names) + "\n").encode()
    for batch in engine.batches(select, {DATA: table}):
        sink = pa.BufferOutputStream()
        pa_csv.write_csv(batch, sink, pa_csv.WriteOptions(include_header=False))
        yield header + sink.getvalue().to_pybytes()
        header = b""
    if header:
        yield header


def answer_csv(answer: Answer) -> bytes:
    """The exact numbers of an answer; those of a spreadsheet's formulas among its texts are made text as above."""
    buffer = io.StringIO()
    lines = csv.writer(buffer, lineterminator="\n")
    lines.writerow([safe_cell(column.name) for column in answer.columns])
    lines.writerows([safe_cell(json_value(cell)) for cell in row] for row in answer.rows)
    return buffer.getvalue().encode()


def safe_cell(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(RISKY) else cell


def _header(name: str) -> str:
    return '"' + str(safe_cell(name)).replace('"', '""') + '"'


def _cell(chosen: exp.Expr, table: Table) -> exp.Expr:
    column = table.column(chosen.alias)
    value = chosen.this
    if column is None or column.kind in _PLAIN:
        return chosen
    if column.kind == "binary":
        return exp.alias_(exp.func("BASE64", value), chosen.alias, quoted=True)
    text = exp.cast(value, "TEXT")
    if column.kind not in ("text", "nested"):
        return exp.alias_(text, chosen.alias, quoted=True)
    first = exp.Left(this=text, expression=exp.Literal.number(1))
    risky = exp.In(this=first, expressions=[exp.Literal.string(each) for each in RISKY])
    guarded = exp.If(this=risky, true=exp.DPipe(this=exp.Literal.string("'"), expression=text.copy(), safe=True))
    return exp.alias_(exp.Case(ifs=[guarded], default=text.copy()), chosen.alias, quoted=True)
