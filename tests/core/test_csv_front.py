"""Text files of every dialect become the tables they are meant to be."""

from __future__ import annotations

import datetime as dt
import json
import random
from decimal import Decimal
from pathlib import Path

import pytest

from core.data.column_types import CHOICES, find_type
from core.data.dialect import find_dialect
from core.data.encoding import find_encoding
from core.data.headers import unique_names
from core.errors import Invalid
from tests.core.reading import preview, read

moment = dt.datetime.fromisoformat
FIXTURES = Path(__file__).parents[3] / "shared" / "data" / "csv-fixtures"


class TestEncoding:
    @pytest.mark.parametrize(
        ("encoding", "text"),
        [
            ("cp1252", "Café à la crème, Müller, Straße, José Núñez, garçon, naïve, Ærø, Malmö, “quoted” – dash"),
            ("cp1250", "Łódź, Kraków, Wrocław, žluťoučký kůň úpěl ďábelské ódy, Őrség, főváros"),
            ("cp1251", "Москва, Россия, Санкт-Петербург, привет мир"),
            ("koi8-r", "Москва, Россия, Санкт-Петербург, привет мир"),
            ("iso8859-7", "Λεωνιδας, Αλεξανδρος, Μυρων, Ευστοργιος"),
            ("cp1254", "İstanbul, Diyarbakır, şişli, çağrı, güneş, yağmur"),
            ("shift_jis", "東京都,大阪,こんにちは,カタカナ"),
            ("gb18030", "中国人,北京市,上海,你好世界"),
            ("big5", "臺北市,高雄,你好,中華民國"),
            ("euc_kr", "서울,부산,안녕하세요,대한민국,사람들,학교에서"),
            ("mac-roman", "Café à la crème, Müller, naïve señor été"),
            ("utf-16-le", "a,b\n1,2\n"),
            ("utf-16-be", "a,b\n1,2\n"),
            ("utf-8", "中国, naïve"),
        ],
    )
    def test_the_likeliest_encoding_is_found(self, tmp_path: Path, encoding: str, text: str) -> None:
        path = tmp_path / "text"
        path.write_bytes(text.encode(encoding))

        assert find_encoding(path).name == encoding

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-be", "cp1252"])
    def test_letters_survive_whatever_the_encoding(self, tmp_path: Path, encoding: str) -> None:
        assert read(tmp_path, "id,größe\n1,Maß\n2,Fuß\n".encode(encoding)).rows == [(1, "Maß"), (2, "Fuß")]

    def test_a_lone_accent_at_the_end_of_a_large_file_decides(self, tmp_path: Path) -> None:
        lines = b"id,name\n" + b"".join(b"%d,plain\n" % n for n in range(100_000))

        assert read(tmp_path, lines + b"7,caf\xe9\n").rows[-1] == (7, "café")

    def test_a_few_broken_lines_make_a_utf8_file_no_other(self, tmp_path: Path) -> None:
        good = "".join(f"{n},größe\n" for n in range(50)).encode()

        found = read(tmp_path, b"id,name\n" + good + b"50,\xff\xfe\n")

        assert (len(found.rows), found.rejects) == (
            50,
            [(52, "The line holds bytes that are no letters in the file's encoding", "50,\ufffd\ufffd")],
        )

    def test_a_chosen_encoding_is_taken(self, tmp_path: Path) -> None:
        assert read(tmp_path, "id,name\n1,Москва\n".encode("koi8-r"), encoding="koi8-r").rows == [(1, "Москва")]

    def test_nul_characters_are_dropped(self, tmp_path: Path) -> None:
        assert read(tmp_path, b"a,b,c\n\x00,2,3\n1,2\x00,3\n").rows == [(None, 2, 3), (1, 2, 3)]


class TestDialect:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "+", ":", "~", "^"])
    def test_delimiters_are_told_apart(self, delimiter: str) -> None:
        lines = [delimiter.join(row) + "\n" for row in (["id", "name", "day"], ["1", "Ann, B", "2020-01-01"], ["2", "Bob", "2021-02-03"])]

        assert find_dialect(lines).delimiter == delimiter

    def test_single_quotes_with_blanks_after_the_delimiter_are_understood(self, tmp_path: Path) -> None:
        found = read(tmp_path, "'id'+ 'name'\n1+ 'O''Hara'\n2+ 'a+b'\n")

        assert (found.columns, found.rows) == (["id", "name"], [(1, "O'Hara"), (2, "a+b")])

    def test_backslashes_may_escape_quotes(self, tmp_path: Path) -> None:
        assert read(tmp_path, 'id,text\n1,"say \\"hi\\", ok"\n2,plain\n').rows == [(1, 'say "hi", ok'), (2, "plain")]

    def test_doubled_quotes_line_breaks_and_delimiters_stay_in_their_cell(self, tmp_path: Path) -> None:
        assert read(tmp_path, 'id,text\n1,"a ""b"", c\nd"\n2,e\n').rows == [(1, 'a "b", c\nd'), (2, "e")]

    def test_old_mac_line_ends_are_line_ends(self, tmp_path: Path) -> None:
        assert read(tmp_path, b'a,b\r1,2\r3,"x\ry"\r').rows == [(1, "2"), (3, "x\ny")]

    def test_mixed_line_ends_do_no_harm(self, tmp_path: Path) -> None:
        assert read(tmp_path, b'a,b\r\n1,x\n2,y\r\n3,"z\nz"\r\n').rows == [(1, "x"), (2, "y"), (3, "z\nz")]

    def test_the_line_in_which_excel_names_the_delimiter_is_obeyed(self, tmp_path: Path) -> None:
        assert read(tmp_path, "sep=;\na;b\n1,5;2\n").rows == [(1.5, 2)]

    def test_one_column_asks_for_a_choice(self, tmp_path: Path) -> None:
        found = preview(tmp_path, "value\n01\n002\n")

        assert (found.needs_choice, found.rows, found.warnings[0]) == (
            True,
            (("01",), ("002",)),
            "Only one column was found. If there should be more, choose the delimiter.",
        )

    def test_one_column_on_purpose_asks_nothing(self, tmp_path: Path) -> None:
        assert not preview(tmp_path, "value\n1\n2\n", delimiter="").needs_choice

    def test_a_chosen_delimiter_and_quote_are_taken(self, tmp_path: Path) -> None:
        assert read(tmp_path, 'a;b\n1;"x"\n', delimiter=";", quote="").rows == [(1, '"x"')]


class TestHeader:
    def test_comments_titles_and_blank_lines_above_the_header_are_passed_over(self, tmp_path: Path) -> None:
        found = read(tmp_path, "# made by hand\n\nSales 2020\nid,name,sum\n1,Ann,5\n2,Bob,6\n")

        assert (found.columns, found.rows, found.options["skip"]) == (["id", "name", "sum"], [(1, "Ann", 5), (2, "Bob", 6)], 3)

    def test_a_file_without_a_header_gets_names(self, tmp_path: Path) -> None:
        found = read(tmp_path, "1,Ann,2020-01-01\n2,Bob,2020-01-02\n")

        assert (found.columns, len(found.rows)) == (["column_1", "column_2", "column_3"], 2)

    def test_repeated_words_in_the_first_row_are_data(self, tmp_path: Path) -> None:
        assert read(tmp_path, "red,small\nblue,large\nred,large\nblue,small\n").columns == ["column_1", "column_2"]

    def test_years_may_head_columns_of_numbers(self, tmp_path: Path) -> None:
        found = read(tmp_path, "country,2019,2020\nFrance,1.5,2.5\nSpain,3.5,4.5\n")

        assert found.columns == ["country", "2019", "2020"]

    def test_the_header_of_r_that_is_one_cell_short_names_the_other_columns(self, tmp_path: Path) -> None:
        found = read(tmp_path, '"mpg","cyl"\n"Mazda",21,6\n"Datsun",22.8,4\n')

        assert (found.columns, found.rows) == (["column_1", "mpg", "cyl"], [("Mazda", 21.0, 6), ("Datsun", 22.8, 4)])

    def test_a_delimiter_too_many_in_each_row_moves_no_name(self, tmp_path: Path) -> None:
        assert read(tmp_path, "a,b\n1,2,\n3,4,\n").columns == ["a", "b", "column_3"]

    @pytest.mark.parametrize("name", ["two\nlines", "two\r\nlines", "two\rlines", 'say ""hi""\nthere'])
    def test_a_name_of_several_lines_takes_no_row_of_data_with_it(self, tmp_path: Path, name: str) -> None:
        assert read(tmp_path, f'id,"{name}"\n1,2\n3,4\n').rows == [(1, 2), (3, 4)]

    def test_a_lone_quote_above_the_header_takes_no_row_of_data_with_it(self, tmp_path: Path) -> None:
        assert read(tmp_path, '# 5" wide\nid,name\n1,2\n3,4\n').rows == [(1, 2), (3, 4)]

    def test_names_over_missing_last_cells_stay(self, tmp_path: Path) -> None:
        assert read(tmp_path, "a,b,c\n1,2\n3,4\n").rows == [(1, 2, None), (3, 4, None)]

    def test_blank_and_repeated_names_become_unique(self) -> None:
        assert unique_names(["id", "", "ID", " a\nb ", "id", "id_2"]) == ("id", "column_2", "ID_2", "a b", "id_3", "id_2_2")

    def test_a_header_may_be_denied_or_forced(self, tmp_path: Path) -> None:
        assert read(tmp_path, "a,b\n1,2\n", header=False).rows == [("a", "b"), ("1", "2")]
        assert read(tmp_path, "1,2\n3,4\n", header=True).columns == ["1", "2"]

    def test_lines_may_be_skipped(self, tmp_path: Path) -> None:
        assert read(tmp_path, "x,y\nid,name\n1,Ann\n", skip=1).columns == ["id", "name"]

    def test_rows_without_any_value_are_no_rows(self, tmp_path: Path) -> None:
        assert read(tmp_path, "id,name,age\n1,Ann,30\n,,\n\n2,Bob,31\n,,\n").rows == [(1, "Ann", 30), (2, "Bob", 31)]

    def test_in_a_table_that_is_mostly_empty_they_are(self, tmp_path: Path) -> None:
        assert len(read(tmp_path, "a,b,c,,\na,,,,\n,,c,\n,,,,\n").rows) == 3


class TestTypes:
    @pytest.mark.parametrize(
        ("values", "kind"),
        [
            (["1", "-2", "+3"], "integer"),
            (["01", "2"], "text"),
            (["0", "10"], "integer"),
            (["1.5", "2", ".5", "1e3"], "decimal"),
            (["00.11"], "text"),
            (["1", "NA", "-"], "integer"),
            (["NA", "NA"], "text"),
            (["no", "f"], "text"),
            (["yes", "no"], "boolean"),
            (["TRUE", "False"], "boolean"),
            (["true"], "boolean"),
            (["2020-01-31"], "date"),
            (["2020-02-30"], "text"),
            (["31/12/2012", "02/01/2014"], "date_dmy"),
            (["12/28/02", "2/1/03"], "date_mdy"),
            (["1/2/2013", "3/4/2013"], "text"),
            (["3.4.2021"], "date_dmy"),
            (["5-Jan-2013", "31-Dec-2013"], "date"),
            (["January 5, 2013"], "date"),
            (["31-Foo-2013"], "text"),
            (["2013-01-01T10:00:00Z"], "timestamp"),
            (["2013-01-01 10:00", "2013-01-02"], "timestamp"),
            (["1/25/2013 3:04:05 PM"], "timestamp_mdy"),
            (["20130105T103000"], "timestamp"),
            (["20130105"], "integer"),
            (["20:53:06", "8:05"], "time"),
            (["06:00:04+01:00"], "text"),
            (["1.2.3", "10.2.3"], "text"),
            (["12345678901234567890"], "integer"),
            (["1" * 40], "text"),
            (["1,7"], "text"),
            (["12%"], "text"),
            ([""], "text"),
        ],
    )
    def test_nothing_is_guessed_that_would_lose_something(self, values: list[str], kind: str) -> None:
        assert find_type("value", values).type.choice == kind

    def test_compact_dates_are_dates_where_the_name_says_so(self) -> None:
        assert find_type("order_date", ["20130105"]).type.choice == "date"

    def test_one_odd_value_among_many_does_not_make_a_column_text(self) -> None:
        finding = find_type("age", ["abc", *map(str, range(30))])

        assert (finding.type.kind, finding.note) == ("integer", "holds “abc”, which is not a whole number: such rows are set aside.")

    def test_a_word_again_and_again_is_named(self) -> None:
        finding = find_type("age", ["unknown"] * 3 + ["1"] * 60)

        assert (finding.type.kind, finding.note) == (
            "text",
            "would be whole numbers but for “unknown”. Name “unknown” as empty, or it stays text.",
        )

    def test_ambiguous_dates_stay_text_and_ask(self, tmp_path: Path) -> None:
        found = preview(tmp_path, "id,day\n1,1/2/2013\n2,3/4/2013\n")

        assert (found.columns[1].type, found.warnings) == (
            "text",
            ("day: may be dates with the day first or the month first: choose one, or it stays text.",),
        )

    def test_a_person_may_say_which(self, tmp_path: Path) -> None:
        text = "id,day\n1,1/2/2013\n2,3/4/2013\n"

        assert read(tmp_path, text, columns={"day": {"type": "date_dmy"}}).rows[0] == (1, dt.date(2013, 2, 1))
        assert read(tmp_path, text, columns={"day": {"type": "timestamp_mdy"}}).rows[0] == (1, moment("2013-01-02"))

    def test_values_come_out_as_what_they_are(self, tmp_path: Path) -> None:
        found = read(
            tmp_path,
            "n,big,x,b,d,t,z,c,zip\n"
            "1,12345678901234567890,1.5,yes,31/12/2020,2020-01-01 10:00,2020-01-01T10:00:00+02:00,8:05,01234\n"
            "2,1,-2e3,no,1/2/2021,2020-01-01,2020-01-01T10:00:00-0100,23:59:59.5,99999\n",
        )

        assert found.rows == [
            (1, Decimal(12345678901234567890), 1.5, True, dt.date(2020, 12, 31), moment("2020-01-01 10:00"), moment("2020-01-01 08:00"),
             dt.time(8, 5), "01234"),
            (2, Decimal(1), -2000.0, False, dt.date(2021, 2, 1), moment("2020-01-01"), moment("2020-01-01 11:00"),
             dt.time(23, 59, 59, 500000), "99999"),
        ]  # fmt: skip

    def test_a_decimal_comma_is_one_when_all_columns_agree(self, tmp_path: Path) -> None:
        found = read(tmp_path, 'a,b,c\n"1,7","200.000.000",\n"0,5","1.000",7\n')

        assert (found.rows, found.warnings) == ([(1.7, 200000000, None), (0.5, 1000, 7)], ("Numbers are read with a decimal comma.",))

    def test_where_columns_disagree_commas_stay_text(self, tmp_path: Path) -> None:
        assert read(tmp_path, "a;b\n1,7;1.5\n").types == {"a": "VARCHAR", "b": "DOUBLE"}

    def test_the_decimal_mark_may_be_chosen(self, tmp_path: Path) -> None:
        assert read(tmp_path, "a;b\n1.234;x\n", decimal=",").rows == [(1234, "x")]

    def test_null_words_are_text_in_columns_of_text_until_somebody_says_otherwise(self, tmp_path: Path) -> None:
        text = "id,n,code\n1,NA,NA\n2,5,x\n"

        found = read(tmp_path, text)

        assert (found.rows[0], found.warnings) == (
            (1, None, "NA"),
            ("“NA” is empty in columns of numbers and text in code. Name it as empty to change that.",),
        )
        assert read(tmp_path, text, nulls=["NA"]).rows[0] == (1, None, None)

    def test_columns_may_be_renamed_and_read_as_another_type(self, tmp_path: Path) -> None:
        found = read(tmp_path, "a,b\n1,yes\n2,no\n", columns={"a": {"name": "code", "type": "text"}, "b": {"type": "text"}})

        assert (found.types, found.rows[0]) == ({"code": "VARCHAR", "b": "VARCHAR"}, ("1", "yes"))

    @pytest.mark.parametrize("choice", CHOICES)
    def test_values_that_do_not_fit_a_chosen_type_are_kept_apart(self, tmp_path: Path, choice: str) -> None:
        found = read(tmp_path, "id,v\n1,###\n", columns={"v": {"type": choice}})

        assert len(found.rejects) == (choice != "text")


class TestQuarantine:
    def test_broken_rows_are_kept_apart_with_the_line_of_the_file(self, tmp_path: Path) -> None:
        text = 'id,name,n\n1,"two\nlines",3\n2,short\n3,too,long,4\n4,ok,5\n5,"x" y,6\n6,"open,7\n7,ok,8\n'

        found = read(tmp_path, text)

        assert (found.rows, found.rejects) == (
            [(1, "two\nlines", 3), (4, "ok", 5), (7, "ok", 8)],
            [
                (4, "The row has 2 cells, the table 3 columns", "2,short"),
                (5, "The row has 4 cells, the table 3 columns", "3,too,long,4"),
                (7, "Text stands beside a quoted cell", '5,"x" y,6'),
                (8, "A quote is opened and not closed", '6,"open,7'),
            ],
        )

    def test_a_value_that_fails_late_goes_there_too_and_is_never_null(self, tmp_path: Path) -> None:
        rows = "".join(f"{n},{n / 4},2020-01-01\n" for n in range(60_000))
        bad = "x,1,2020-01-01\n5,,soon\n6,inf,2020-01-01\n7,1_0,2020-01-01\n"

        found = read(tmp_path, "id,x,day\n" + rows + bad + rows)

        assert (len(found.rows), found.rejects) == (
            120_000,
            [
                (60_002, "id: “x” is not a whole number", "x,1,2020-01-01"),
                (60_003, "day: “soon” is not a date", "5,,soon"),
                (60_004, "x: “inf” is not a number", "6,inf,2020-01-01"),
                (60_005, "x: “1_0” is not a number", "7,1_0,2020-01-01"),
            ],
        )

    @pytest.mark.parametrize(
        ("values", "late", "type"),
        [
            ("{n}", "1.5", "DOUBLE"),
            ("{n}", "007", "VARCHAR"),
            ("{n}", "99999999999999999999", "DECIMAL(38,0)"),
            ("{n}.5", "00.5", "VARCHAR"),
            ("2020-01-{d:02}", "2020-01-01 10:30:00", "TIMESTAMP"),
        ],
    )
    def test_a_type_that_the_sample_suggested_gives_way_when_that_loses_nothing(
        self, tmp_path: Path, values: str, late: str, type: str
    ) -> None:
        rows = [values.format(n=n, d=n % 28 + 1) + f",{'x' * 40}" for n in range(40_000)]
        rows[10_000] = f"{late},x"

        found = read(tmp_path, "v,t\n" + "\n".join(rows) + "\n")

        assert (found.types["v"], len(found.rows), len(found.warnings)) == (type, 40_000, 1)

    def test_a_column_that_mostly_does_not_fit_is_text(self, tmp_path: Path) -> None:
        rows = [f"{n},{'x' * 40}" if n < 5000 or n > 35_000 or 19_000 < n < 23_000 else f"a{n},y" for n in range(40_000)]

        found = read(tmp_path, "v,t\n" + "\n".join(rows) + "\n")

        assert (found.types["v"], len(found.rows), found.rejects) == ("VARCHAR", 40_000, [])

    def test_an_unclosed_quote_costs_its_own_line_only(self, tmp_path: Path) -> None:
        rows = [f"{n},name {n}" for n in range(5_000)]
        rows[2_500] = '2500,"name'

        found = read(tmp_path, "id,name\n" + "\n".join(rows) + "\n")

        assert (len(found.rows), [line for line, _, _ in found.rejects]) == (4_999, [2_502])

    def test_a_line_without_end_is_kept_apart_and_not_held_in_memory(self, tmp_path: Path) -> None:
        found = read(tmp_path, "id,name\n1,a\n2," + "x" * 5_000_000 + "\n3,b\n")

        assert (found.rows, [(line, reason) for line, reason, _ in found.rejects]) == (
            [(1, "a"), (3, "b")],
            [(3, "The line is longer than 2 MB")],
        )

    def test_two_digit_years_do_not_become_the_first_century(self, tmp_path: Path) -> None:
        rows = "".join(f"{n},{n % 28 + 1}/12/2020\n" for n in range(30_000))

        found = read(tmp_path, "id,day\n" + rows + "9,5/3/21\n" + rows)

        assert [(line, reason) for line, reason, _ in found.rejects] == [(30_002, "day: “5/3/21” is not a date")]

    def test_empty_cells_too_many_are_no_fault(self, tmp_path: Path) -> None:
        assert read(tmp_path, "a,b\n1,2\n3,4,,\n").rows == [(1, 2), (3, 4)]

    def test_random_damage_never_loses_a_row_without_a_trace(self, tmp_path: Path) -> None:
        """Whatever single characters are struck from a file, every line ends as a row or as a reject."""
        chance = random.Random(7)
        for _ in range(15):
            text = bytearray("".join(f'{n},"name, {n}",{n / 2}\n' for n in range(200)).encode())
            for _ in range(5):
                text[chance.randrange(len(text))] = chance.choice(b'x",;')
            found = read(tmp_path, b"id,name,half\n" + bytes(text))
            lines = bytes(text).count(b"\n")
            joined = sum(str(row[1]).count("\n") for row in found.rows)

            assert len(found.rows) + joined + len(found.rejects) == lines


class TestWrongFiles:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "The file is empty"),
            (b" \n\n", "The file is empty"),
            (bytes(random.Random(1).randbytes(5000)).replace(b"\x1f", b"x"), "not text"),
            (b"<!DOCTYPE html><html><body><table>", "a web page or XML"),
            (b"# only\n# comments\n", "holds no rows"),
            (b"a,b,c\n", "names columns and holds no rows"),
        ],
    )
    def test_a_file_that_is_no_table_is_refused_in_words(self, tmp_path: Path, content: bytes, words: str) -> None:
        with pytest.raises(Invalid, match=words):
            read(tmp_path, content, skip=2 if content.startswith(b"#") else None)

    def test_too_many_columns_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match="2,001 columns; at most 2,000"):
            preview(tmp_path, ",".join(f"c{n}" for n in range(2001)) + "\n" + ",".join("1" * 2001) + "\n")

    def test_as_many_as_allowed_are_read(self, tmp_path: Path) -> None:
        line = ",".join("1" for _ in range(2000)) + "\n"

        assert len(read(tmp_path, ",".join(f"c{n}" for n in range(2000)) + "\n" + line * 200).rows[0]) == 2000

    @pytest.mark.parametrize(
        ("options", "field"),
        [
            ({"encoding": "klingon"}, "options.encoding"),
            ({"delimiter": "ab"}, "options.delimiter"),
            ({"delimiter": "x"}, "options.delimiter"),
            ({"quote": "x"}, "options.quote"),
            ({"decimal": ";"}, "options.decimal"),
            ({"skip": -1}, "options.skip"),
            ({"columns": {"a": {"type": "thing"}}}, "options.columns.a.type"),
            ({"colour": 1}, "options.colour"),
        ],
    )
    def test_a_wrong_option_is_named(self, tmp_path: Path, options: dict[str, object], field: str) -> None:
        with pytest.raises(Invalid) as caught:
            preview(tmp_path, "a,b\n1,2\n", **options)

        assert caught.value.field == field


def test_the_preview_shows_the_first_rows_and_what_does_not_parse(tmp_path: Path) -> None:
    found = preview(tmp_path, "id;name\n1;Ann\n2;Bob;x\n3;\n")

    assert (found.kind, found.options, found.rows, found.rejected, found.rejects) == (
        "csv",
        {"encoding": "utf-8", "delimiter": ";", "quote": '"', "header": True, "skip": 0, "decimal": ".", "nulls": []},
        (("1", "Ann"), ("3", None)),
        1,
        ((3, "The row has 3 cells, the table 2 columns", "2;Bob;x"),),
    )


def test_the_preview_says_so_when_nothing_stands_below_the_names(tmp_path: Path) -> None:
    assert preview(tmp_path, "id,name\n").warnings == ("No rows were found below the names of the columns.",)


def test_most_public_fixtures_are_read_as_their_authors_meant(tmp_path: Path) -> None:
    """Columns, header and number of rows of 49 files of other projects' test suites, where they are at hand."""
    if not FIXTURES.exists():
        pytest.skip("the CSV fixtures are not at hand")
    right = 0
    manifest = [json.loads(line) for line in (FIXTURES / "manifest.jsonl").read_text().splitlines()]
    for each in manifest:
        found = read(tmp_path, (FIXTURES / each["file"]).read_bytes())
        header = found.columns[0] != "column_1" or each["header"]
        rows = len(found.rows) + len(found.rejects) + (header and not each["header"])
        right += len(found.columns) == each["cols"] and rows >= each["rows"]

    assert right == len(manifest) == 49
