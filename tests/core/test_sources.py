"""Files of every kind: found by their content, read whole, refused in words."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from math import inf
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook
from pyarrow.parquet import encryption

from core.data import excel_formulas
from core.data.archives import unpack
from core.data.kinds import Kind, find_kind
from core.data.reader import Unwatched
from core.errors import Cancelled, Invalid, TooLarge
from core.settings import Settings
from tests.core.reading import preview, read, source


def excel(rows: list[list[object]], **more: list[list[object]]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for number, (title, content) in enumerate({"Sheet1": rows, **more}.items()):
        sheet = book.active if number == 0 else book.create_sheet()
        sheet.title = title
        for row in content:
            sheet.append(row)
    book.save(out)
    return out.getvalue()


def zipped(members: dict[str, bytes], **options: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def parquet(table: pa.Table, **how: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **how)
    return out.getvalue()


def open_list_of_columns() -> object:
    """How to write a Parquet file whose values are encrypted and whose footer is not."""
    return encryption.create_encryption_properties(b"k" * 16, plaintext_footer=True)


class TestKinds:
    @pytest.mark.parametrize(
        ("content", "name", "kind"),
        [
            (b"a,b\n1,2\n", "x.json", Kind.CSV),
            (b'{"a": 1}\n', "x.csv", Kind.JSON),
            (b'\xef\xbb\xbf [{"a": 1}]', "x", Kind.JSON),
            (b"[1, 2]", "x.json", Kind.JSON),
            (b"[1, 2]\n", "x.csv", Kind.CSV),
            (b"{a},b\n", "x.csv", Kind.CSV),
            (b"PARENT,b\n1,2\n", "x.csv", Kind.CSV),
            (parquet(pa.table({"a": [1]})), "x.csv", Kind.PARQUET),
            (excel([["a"], [1]]), "x.zip", Kind.EXCEL),
        ],
    )
    def test_content_decides_and_the_name_where_it_does_not(self, tmp_path: Path, content: bytes, name: str, kind: Kind) -> None:
        path = tmp_path / "upload"
        path.write_bytes(content)

        assert find_kind(path, name) is kind

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"%PDF-1.7", "a PDF document"),
            (b"\x89PNG\r\n", "a picture"),
            (b"SQLite format 3\0", "an SQLite database"),
            (b"\x7fELF", "a program"),
            (gzip.compress(b"a"), "packed with gzip"),
            (b"BZh9", "packed with bzip2"),
            (b"\0" * 257 + b"ustar", "a tar archive"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "the old Excel format"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
            (b"PARE" + b"\0" * 600 + b"PARE", "The Parquet file is encrypted"),
            (b"PK\x03\x04 broken", "damaged"),
            (zipped({"xl/workbook.bin": b""}), "a binary Excel file"),
            (zipped({"content.xml": b""}), "an OpenDocument file"),
            (zipped({"[Content_Types].xml": b""}), "an Office document without a table"),
            (zipped({"a.csv": b"a"}), "a zip archive inside another one"),
        ],
    )
    def test_what_is_no_table_is_called_by_its_name(self, tmp_path: Path, content: bytes, words: str) -> None:
        path = tmp_path / "upload"
        path.write_bytes(content)

        with pytest.raises(Invalid, match=words):
            find_kind(path, "table.csv")


class TestArchives:
    def unpacked(self, folder: Path, content: bytes, name: str, limit: int = 1_000_000) -> tuple[str | None, bytes | None]:
        path, target = folder / "packed", folder / "unpacked"
        path.write_bytes(content)
        inner = unpack(path, name, target, limit)
        return inner, target.read_bytes() if target.exists() else None

    @pytest.mark.parametrize(
        ("content", "name", "inner"),
        [
            (gzip.compress(b"a,b\n"), "x.csv.gz", "x.csv"),
            (gzip.compress(b"a,") + gzip.compress(b"b\n") + b"\0\0", "x.gzip", "x"),
            (gzip.compress(b"a,b\n"), "x.tgz", "x.tar"),
            (gzip.compress(b"a,b\n"), "x", "x"),
            (zipped({"folder/": b"", "folder/x.csv": b"a,b\n", "__MACOSX/x.csv": b"junk"}), "y.zip", "x.csv"),
        ],
    )
    def test_one_packed_file_is_unpacked(self, tmp_path: Path, content: bytes, name: str, inner: str) -> None:
        assert self.unpacked(tmp_path, content, name) == (inner, b"a,b\n")

    def test_what_is_not_packed_is_left_alone(self, tmp_path: Path) -> None:
        assert self.unpacked(tmp_path, b"a,b\n", "x.gz") == (None, None)

    @pytest.mark.parametrize("first", ["[Content_Types].xml", "content.xml"])
    def test_a_document_of_several_files_is_not_taken_for_an_archive(self, tmp_path: Path, first: str) -> None:
        assert self.unpacked(tmp_path, zipped({"mimetype": b"", first: b"", "META-INF/manifest.xml": b""}), "x.ods") == (None, None)

    @pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped({"bomb.csv": content})])
    def test_a_bomb_goes_off_at_the_limit(self, tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
        with pytest.raises(TooLarge, match="Unpacked the file is larger than 5 MB"):
            self.unpacked(tmp_path, pack(bytes(30_000_000)), "x", limit=5_000_000)

        assert not (tmp_path / "unpacked").exists()

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (gzip.compress(bytes(range(256)) * 50)[:-20], "ends too early"),
            (gzip.compress(b"abc" * 50)[:10] + b"\xff" * 30, "damaged"),
            (zipped({"a.csv": b"a", "b.csv": b"b"}), r"holds 2 files \(a.csv, b.csv\)"),
            (zipped({}), "empty"),
            (zipped({"folder/": b""}), "is empty"),
            (zipped({"a.csv": b"abc" * 500})[:-10], "damaged"),
            (zipped({"a.csv": b"abcdefgh" * 500}).replace(b"\x4b\x4c", b"\x4b\x4d", 1)[:40] + b"PK", "damaged"),
        ],
    )
    def test_other_packed_files_are_refused_in_words(self, tmp_path: Path, content: bytes, words: str) -> None:
        with pytest.raises(Invalid, match=words):
            self.unpacked(tmp_path, content, "x")

    def test_an_excel_file_that_was_cut_off_is_called_one(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match="The Excel file is damaged or was not copied whole"):
            self.unpacked(tmp_path, excel([["a"], [1]])[:-100], "x.xlsx")

    def test_a_locked_zip_is_refused_in_words(self, tmp_path: Path) -> None:
        content = bytearray(zipped({"a.csv": b"secret"}))
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.find(mark) + offset] |= 1

        with pytest.raises(Invalid, match="protected by a password"):
            self.unpacked(tmp_path, bytes(content), "x.zip")

    def test_a_zip_of_an_unknown_method_is_refused_in_words(self, tmp_path: Path) -> None:
        content = bytearray(zipped({"a.csv": b"text"}))
        for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
            content[content.find(mark) + offset] = 99

        with pytest.raises(Invalid, match="packed in a way"):
            self.unpacked(tmp_path, bytes(content), "x.zip")


class TestExcel:
    def test_cells_become_what_they_are(self, tmp_path: Path) -> None:
        moment = dt.datetime.fromisoformat("2020-01-02 03:04:05")
        rows = [
            ["id", "name", "x", "day", "moment", "ok", "zip"],
            [1, "Ann, B", 1.5, dt.date(2020, 1, 2), moment, True, "01234"],
            [2, None, 3, dt.date(2020, 1, 3), moment, False, "00001"],
        ]

        found = read(tmp_path, excel(rows), "x.xlsx")

        assert (found.columns, found.rows) == (
            ["id", "name", "x", "day", "moment", "ok", "zip"],
            [(1, "Ann, B", 1.5, dt.date(2020, 1, 2), moment, True, "01234"), (2, None, 3.0, dt.date(2020, 1, 3), moment, False, "00001")],
        )

    def test_a_title_above_the_table_is_passed_over_and_long_rows_are_kept_apart(self, tmp_path: Path) -> None:
        rows = [["Sales"], [], ["id", "day", "n"], *([n, f"d{n}", n] for n in range(2500)), [7, "x", 8, "too", "much"]]

        found = read(tmp_path, excel(rows), "x.xlsx")

        assert (found.columns, len(found.rows), found.rejects, found.options["skip"]) == (
            ["id", "day", "n"],
            2500,
            [(2504, "The row has 5 cells, the table 3 columns", "7,x,8,too,much")],
            1,
        )

    def test_the_sheet_may_be_chosen(self, tmp_path: Path) -> None:
        content = excel([], Second=[["a", "b"], [1, 2]], Third=[["c", "d"], ["x", "y"]])

        first = preview(tmp_path, content, "x.xlsx")

        assert (first.sheets, first.options["sheet"], first.rows) == (("Sheet1", "Second", "Third"), "Second", (("1", "2"),))
        assert read(tmp_path, content, "x.xlsx", sheet="Third").rows == [("x", "y")]
        with pytest.raises(Invalid, match="There is no sheet Fourth"):
            preview(tmp_path, content, "x.xlsx", sheet="Fourth")
        with pytest.raises(Invalid, match="The sheet Sheet1 is empty"):
            preview(tmp_path, content, "x.xlsx", sheet="Sheet1")

    def test_formulas_that_were_never_calculated_are_counted_before_and_after_the_import(self, tmp_path: Path) -> None:
        content = excel([["id", "n", "twice"], *([n, n, f"=2*B{n}"] for n in range(2, 14))])
        words = "12 formulas have no stored value and come in empty: open the file in Excel and save it, then upload it again."

        seen, found = preview(tmp_path, content, "x.xlsx"), read(tmp_path, content, "x.xlsx")

        assert (seen.warnings[0], found.warnings[0], found.rows[0]) == (words, words, (2, 2, None))

    def test_a_sheet_of_nothing_but_such_formulas_is_refused_saying_so(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match=r"The sheet Sheet1 is empty\. 1 formula has no stored value and comes in empty: open"):
            preview(tmp_path, excel([["=1+1"]]), "x.xlsx")

    @pytest.mark.parametrize(
        ("cell", "count"),
        [
            ("<c r='C2'><f>2*B2</f></c>", 1),
            ("<c r='C2'><f>2*B2</f><v/></c>", 1),
            ("<c r='C2' s='1'><f>2*B2</f> <v></v></c>", 1),
            ("<c r='C2'><f t='shared' si='0'/></c>", 1),
            ("<c r='C2'><f t='shared' ref='C2:C3' si='0'>2*B2</f> <v>4</v></c>", 0),
            ("<c r='C2'><f t='shared' si='0'/><v xml:space='preserve'>4</v></c>", 0),
            ("<c r='C2' t='str'><f>IF(B2&lt;3,&quot;&quot;)</f><v></v></c>", 0),  # a text without letters is a value
            ("<c r='C2' t='n'><v>4</v></c><c r='D2'/>", 0),
            ("<c r='C2'><f>1</f></c><c r='D2' t='str'><f>T(1)</f><v/></c><c r='E2'><f>3</f></c>", 2),
        ],
    )
    @pytest.mark.parametrize("prefix", ["", "x:"])
    @pytest.mark.parametrize("chunk", [1 << 20, 7])
    def test_a_formula_without_a_value_is_told_from_one_with(self, monkeypatch, prefix: str, cell: str, count: int, chunk: int) -> None:
        monkeypatch.setattr(excel_formulas, "_CHUNK", 2 * len("<x:worksheet>") + chunk)
        sheet = re.sub(r"<(/?)(?=\w)", rf"<\1{prefix}", f"<worksheet><sheetData><row r='2'>{cell}</row></sheetData></worksheet>")

        assert excel_formulas.uncalculated(io.BytesIO(sheet.encode())) == count

    def test_a_damaged_workbook_is_refused_in_words(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match="The Excel file is damaged"):
            preview(tmp_path, zipped({"xl/workbook.xml": b"<broken"}), "x.xlsx")

    def test_a_bomb_in_a_workbook_is_refused(self, tmp_path: Path) -> None:
        content = zipped({"xl/workbook.xml": b"", "xl/worksheets/sheet1.xml": bytes(11_000_000)})

        with pytest.raises(TooLarge, match="larger than 10 MB"):
            preview_with(Settings(data_dir=tmp_path, max_upload_mb=1), tmp_path, content)

    def test_more_text_than_memory_should_hold_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(TooLarge, match="too much text"):
            preview(tmp_path, also(excel([["a"], ["b"]]), {"xl/sharedStrings.xml": bytes(401_000_000)}), "x.xlsx")

    def test_entities_in_a_workbook_are_not_expanded(self, tmp_path: Path) -> None:
        book = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><workbook>&a;</workbook>'

        with pytest.raises(Invalid, match="The Excel file is damaged"):
            preview(tmp_path, also(excel([["a"], ["b"]]), {"xl/workbook.xml": book}), "x.xlsx")


def also(content: bytes, members: dict[str, bytes]) -> bytes:
    """The zip file with those members in place of its own."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist()} | members)


def preview_with(settings: Settings, folder: Path, content: bytes) -> object:
    return source(folder, content, "x.xlsx", settings).preview()


class TestNumbersOfJson:
    @pytest.mark.parametrize("name", ["x.json", "x.jsonl"])
    @pytest.mark.parametrize(
        ("values", "kind", "found", "warnings"),
        [
            (["12345678901234567890123", "-1", "null"], "DECIMAL(38,0)", [Decimal("12345678901234567890123"), Decimal(-1), None], ()),
            (["-9223372036854775809"], "DECIMAL(38,0)", [Decimal("-9223372036854775809")], ()),
            (["9223372036854775807", "0"], "BIGINT", [9223372036854775807, 0], ()),
            (["3", "-2", "null"], "BIGINT", [3, -2, None], ()),
            (["9223372036854775807", "-9223372036854775808"], "BIGINT", [9223372036854775807, -9223372036854775808], ()),
            (["9223372036854775808", "-2"], "DECIMAL(38,0)", [Decimal(9223372036854775808), Decimal(-2)], ()),
            ([f"-{'9' * 38}"], "DECIMAL(38,0)", [Decimal(f"-{'9' * 38}")], ()),
            ([f"{'9' * 400}", "1"], "VARCHAR", ["9" * 400, "1"], ("a: numbers of more than 38 digits are kept as text.",)),
            (
                ["12345678901234567890123", "9007199254740993", "1.5"], "DOUBLE", [12345678901234567890123.0, 9007199254740992.0, 1.5],
                ("a: 2 values have more digits than can be kept there, and are rounded.",),
            ),
            (["1e400", "-1E400", "1e3"], "DOUBLE", [inf, -inf, 1000.0], ("a: 2 numbers are too large and come in as infinite.",)),
            (["1e400"], "DOUBLE", [inf], ("a: 1 number is too large and comes in as infinite.",)),
            (["1e22", "9007199254740992", "-0", "0.12345678901234567"], "DOUBLE", [1e22, 2.0**53, 0.0, 0.12345678901234567], ()),
            (
                ['{"b": [12345678901234567890123]}', "null"], "STRUCT(b DOUBLE[])", [{"b": [12345678901234567890123.0]}, None],
                ("a: 1 value has more digits than can be kept there, and is rounded.",),
            ),
            (['"12345678901234567890123"'], "VARCHAR", ["12345678901234567890123"], ()),
        ],
    )  # fmt: skip
    def test_are_exact_or_said_to_be_rounded(self, tmp_path: Path, name, values, kind, found, warnings) -> None:  # noqa: PLR0917 - one case
        lines = [f'{{"a": {value}, "day": "2020-01-0{i + 1}"}}' for i, value in enumerate(values)]
        content = "\n".join(lines) if name == "x.jsonl" else f"[{', '.join(lines)}]"

        seen, table = preview(tmp_path, content, name), read(tmp_path, content, name)

        assert (table.types["a"], [row[0] for row in table.rows]) == (kind, found)
        assert (table.types["day"], seen.warnings, table.warnings) == ("DATE", warnings, warnings)

    def test_of_names_that_differ_in_capitals_alone_or_are_odd_stay_in_their_columns(self, tmp_path: Path) -> None:
        big = "12345678901234567890123"
        content = f'[{{"A": 1.5, "a": {big}, "it\'s \\"b\\"": {big}, "exact": 2.5}}]'

        found = read(tmp_path, content, "x.json")

        assert found.rows == [(1.5, float(big), Decimal(big), 2.5)]
        assert found.warnings == ()

    def test_of_a_list_without_names_are_exact_too(self, tmp_path: Path) -> None:
        assert read(tmp_path, "[1, 12345678901234567890123]", "x.json").rows == [(Decimal(1),), (Decimal("12345678901234567890123"),)]


class TestJson:
    def test_lines_arrays_and_objects_are_read_alike(self, tmp_path: Path) -> None:
        for content in (b'{"a": 1, "b": "007"}\n{"a": 2}\n', b'[{"a": 1, "b": "007"}, {"a": 2}]', b'{\n "a": 1, "b": "007"\n}\n{"a": 2}'):
            assert read(tmp_path, content, "x.json").rows == [(1, "007"), (2, None)]

    def test_other_encodings_are_read(self, tmp_path: Path) -> None:
        assert read(tmp_path, '[{"a": "größe"}]'.encode("utf-16"), "x.json").rows == [("größe",)]

    def test_a_key_that_comes_late_is_a_column_too(self, tmp_path: Path) -> None:
        content = b"".join(b'{"a": %d}\n' % n for n in range(30_000)) + b'{"a": 1, "late": "x"}\n'

        assert read(tmp_path, content, "x.jsonl").rows[-1] == (1, "x")

    def test_lines_that_are_no_objects_are_kept_apart(self, tmp_path: Path) -> None:
        found = read(tmp_path, b'{"a": 1}\n{"a": \n5\n\n{"a": 2}\n', "x.jsonl")

        assert (found.rows, [(line, raw) for line, _, raw in found.rejects]) == ([(1,), (2,)], [(2, '{"a": '), (3, "5")])

    def test_values_of_mixed_types_become_text(self, tmp_path: Path) -> None:
        found = read(tmp_path, b'{"a": true, "b": 1}\n{"a": 1.5, "b": "x"}\n{"a": "x", "b": null}\n', "x.json")

        assert found.rows == [("true", "1"), ("1.5", "x"), ("x", None)]

    def test_nested_values_stay_nested(self, tmp_path: Path) -> None:
        assert read(tmp_path, b'{"a": {"b": [1, 2]}}\n', "x.json").rows == [({"b": [1, 2]},)]

    def test_a_preview_shows_names_types_and_rows(self, tmp_path: Path) -> None:
        found = preview(tmp_path, b'{"a": 1, "b": "x"}\n5\n', "x.json", columns={"a": {"type": "text"}})

        assert ([(column.name, column.type) for column in found.columns], found.rows, found.rejected) == (
            [("a", "text"), ("b", "VARCHAR")],
            (("1", "x"),),
            1,
        )

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b'[{"a": 1}, {"a": 2]', r"not well-formed near record 3"),
            (b"[]", "holds no rows"),
            (b'{"a": 1} x {', "not well-formed"),
            (b'[{"a": 1}, {"a": 1, "a": 2}]', "Record 2 of the JSON names “a” twice"),
            (b'{"a": 1}\n{"a": 1, "a": 2}\n', "Record 2 of the JSON names “a” twice"),
            (b"{}{", "not well-formed"),
            (b"{\n", "not well-formed"),
        ],
    )
    def test_damaged_json_is_refused_in_words(self, tmp_path: Path, content: bytes, words: str) -> None:
        with pytest.raises(Invalid, match=words):
            preview(tmp_path, content, "x.json")


class TestParquet:
    def test_one_with_encrypted_columns_is_not_called_damaged(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match="The Parquet file is encrypted"):
            read(tmp_path, parquet(pa.table({"a": [1]}), encryption_properties=open_list_of_columns()), "x.parquet")

    def test_types_survive(self, tmp_path: Path) -> None:
        table = pa.table({"n": pa.array([1, None], pa.int32()), "t": ["01", "x"], "d": [dt.date(2020, 1, 1), None]})

        found = read(tmp_path, parquet(table), "x.parquet")

        assert (found.types, found.rows) == (
            {"n": "INTEGER", "t": "VARCHAR", "d": "DATE"},
            [(1, "01", dt.date(2020, 1, 1)), (None, "x", None)],
        )

    def test_moments_of_a_time_zone_are_kept_as_a_kind_that_can_be_asked(self, tmp_path: Path) -> None:
        moments = pa.array([dt.datetime(2020, 1, 1, tzinfo=dt.UTC)], pa.timestamp("ns", "Europe/Berlin"))

        assert read(tmp_path, parquet(pa.table({"at": moments})), "x.parquet").types == {"at": "TIMESTAMP WITH TIME ZONE"}

    def test_names_become_unique_and_usable(self, tmp_path: Path) -> None:
        table = pa.table([pa.array([1]), pa.array([2]), pa.array([3])], names=["a", "A", " "])

        assert read(tmp_path, parquet(table), "x.parquet").rows == [(1, 2, 3)]

    def test_columns_may_be_renamed_and_text_read_as_something_else(self, tmp_path: Path) -> None:
        table = pa.table({"n": ["1", "2"], "day": ["31/12/2020", "1/2/2020"], "x": [1.5, 2.5], "b": ["yes", None]})
        columns = {
            "n": {"name": "number", "type": "integer"},
            "day": {"type": "date_dmy"},
            "x": {"type": "text"},
            "b": {"type": "boolean"},
        }

        found = read(tmp_path, parquet(table), "x.parquet", columns=columns)

        assert (found.columns, found.rows[0]) == (["number", "day", "x", "b"], (1, dt.date(2020, 12, 31), "1.5", True))

    def test_a_value_that_does_not_fit_a_chosen_type_is_an_error_in_words(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match="does not fit the type chosen for n"):
            read(tmp_path, parquet(pa.table({"n": ["1", "1.5"]})), "x.parquet", columns={"n": {"type": "integer"}})

    def test_only_text_can_be_read_as_something_else(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match="n is BIGINT in the file"):
            preview(tmp_path, parquet(pa.table({"n": [1]})), "x.parquet", columns={"n": {"type": "date"}})

    def test_a_column_without_any_value_is_one_of_text(self, tmp_path: Path) -> None:
        found = read(tmp_path, parquet(pa.table({"n": [1], "nothing": pa.nulls(1)})), "x.parquet")

        assert (found.types, found.rows) == ({"n": "BIGINT", "nothing": "VARCHAR"}, [(1, None)])

    def test_categories_become_text(self, tmp_path: Path) -> None:
        table = pa.table({"c": pa.array(["a", "b", "a"]).dictionary_encode()})

        assert read(tmp_path, parquet(table), "x.parquet").types == {"c": "VARCHAR"}

    def test_a_damaged_file_is_refused_in_words(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match="The Parquet file is damaged"):
            preview(tmp_path, parquet(pa.table({"n": list(range(1000))}))[:-50], "x.parquet")

    def test_a_file_whose_pages_are_damaged_is_refused_in_words(self, tmp_path: Path) -> None:
        content = bytearray(parquet(pa.table({"n": [f"text {n}" for n in range(5000)]})))
        content[10:4000] = bytes(3990)

        for look in (preview, read):
            with pytest.raises(Invalid, match="The Parquet file is damaged"):
                look(tmp_path, bytes(content), "x.parquet")

    def test_no_rows_and_too_many_columns_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match="holds no rows"):
            preview(tmp_path, parquet(pa.table({"n": pa.array([], pa.int64())})), "x.parquet")
        with pytest.raises(Invalid, match="2,001 columns"):
            preview(tmp_path, parquet(pa.table({f"c{n}": [1] for n in range(2001)})), "x.parquet")


class TestOrder:
    def test_rows_far_from_the_order_of_their_time_are_sorted(self, tmp_path: Path) -> None:
        rows = 300_000
        days = [dt.datetime.fromisoformat("2020-01-01") + dt.timedelta(minutes=n * 7919 % rows) for n in range(rows)]

        found = read(tmp_path, parquet(pa.table({"n": list(range(rows)), "day": days})), "x.parquet")

        assert found.rows == sorted(zip(range(rows), days, strict=True), key=lambda row: row[1])

    def test_rows_in_order_and_small_tables_stay_as_they_are(self, tmp_path: Path) -> None:
        assert read(tmp_path, "id,day\n1,2020-02-01\n2,2020-01-01\n").rows[0][0] == 1


def test_a_reading_that_is_watched_can_be_stopped(tmp_path: Path) -> None:
    class Stop(Unwatched):
        def check(self) -> None:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        source(tmp_path, "a,b\n1,2\n").load(Stop())
