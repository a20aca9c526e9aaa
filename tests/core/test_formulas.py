"""Formulas: what a person may write, and the sentence when it may not be."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from core.errors import Invalid
from core.query.formulas import parse_measure, parse_value
from core.query.spec import Column, Table
from core.query.vocabulary import ALLOWED, NAMES

FLIGHTS = Table(
    key="flights",
    files=(Path("/nowhere.parquet"),),
    columns=(
        Column("carrier", "VARCHAR"),
        Column("Delay", "BIGINT"),
        Column("year", "BIGINT"),
        Column("month", "BIGINT"),
        Column("at", "TIMESTAMP"),
        Column("flight no.", "BIGINT"),
        Column('a "quoted" one', "BIGINT"),
        Column("[brackets]", "BIGINT"),
        Column("s.dot", "BIGINT"),
        Column("select", "BIGINT"),
        Column("größe", "DOUBLE"),
        Column("日付", "DATE"),
        Column("Twin", "BIGINT"),
        Column("TWIN", "BIGINT"),
    ),
    row_count=0,
)


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("count(*)", "COUNT(*)"),
        ("count()", "COUNT(*)"),
        ("sum(Delay) / count(*)", 'SUM("data"."Delay") / NULLIF(COUNT(*), 0)'),
        ("sum(Delay) // count(*)", 'SUM("data"."Delay") // NULLIF(COUNT(*), 0)'),
        ("sum(Delay % year)", 'SUM("data"."Delay" % NULLIF("data"."year", 0))'),
        (
            "max(replace(replace(carrier, 'AA', 'A'), 'A', 'American'))",
            "MAX(REPLACE(REPLACE(\"data\".\"carrier\", 'AA', 'A'), 'A', 'American'))",
        ),
        ("mean(delay)", 'AVG("data"."Delay")'),
        ("count(distinct carrier)", 'COUNT(DISTINCT "data"."carrier")'),
        ("approx_count_distinct(carrier)", 'APPROX_COUNT_DISTINCT("data"."carrier")'),
        ("quantile_cont(delay, 0.9)", 'QUANTILE_CONT("data"."Delay", 0.9)'),
        ("sum(delay) filter (where carrier = 'UA')", 'SUM("data"."Delay") FILTER(WHERE "data"."carrier" = \'UA\')'),
        ("avg(case when delay > 15 then 1 else 0 end)", 'AVG(CASE WHEN "data"."Delay" > 15 THEN 1 ELSE 0 END)'),
        ('max("a ""quoted"" one")', 'MAX("data"."a ""quoted"" one")'),
        ('min("[brackets]") - min("s.dot")', 'MIN("data"."[brackets]") - MIN("data"."s.dot")'),
        ("sum(größe)", 'SUM("data"."größe")'),
        ('sum("TWIN") + sum(Twin)', 'SUM("data"."TWIN") + SUM("data"."Twin")'),
        ("median(delay) /* nobody reads this */", 'MEDIAN("data"."Delay")'),
        ("round(stddev(delay), 2) * -1", 'ROUND(STDDEV("data"."Delay"), 2) * -1'),
    ],
)
def test_a_measure_is_read_and_its_columns_are_named_as_they_are_stored(text, sql):
    assert parse_measure(text, FLIGHTS).sql("duckdb") == sql


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("carrier", '"data"."carrier"'),
        ("flight no.", '"data"."flight no."'),
        ("s.dot", '"data"."s.dot"'),
        ("select", '"data"."select"'),
        ("日付", '"data"."日付"'),
        ('a "quoted" one', '"data"."a ""quoted"" one"'),
        ("CARRIER", '"data"."carrier"'),
        ("make_date(year, month, 1)", 'MAKE_DATE("data"."year", "data"."month", 1)'),
        ("date_trunc('month', at)", 'DATE_TRUNC(\'MONTH\', "data"."at")'),
        ("extract(year from at)", 'EXTRACT(YEAR FROM "data"."at")'),
        ("date_part('dow', at)", 'EXTRACT(DAYOFWEEK FROM "data"."at")'),
        ("weekday(at)", 'DAYOFWEEK("data"."at")'),
        ("date_diff('day', 日付, at)", 'DATE_DIFF(\'DAY\', "data"."日付", "data"."at")'),
        ("strftime(at, '%Y-%m')", 'STRFTIME("data"."at", \'%Y-%m\')'),
        ("upper(carrier) || '!'", 'UPPER("data"."carrier") || \'!\''),
        ("try_cast(carrier as double) + 0.5", 'TRY_CAST("data"."carrier" AS DOUBLE) + 0.5'),
        ("carrier in ('UA', 'AA') and delay between 1 and 3", '"data"."carrier" IN (\'UA\', \'AA\') AND "data"."Delay" BETWEEN 1 AND 3'),
        ("at + interval 1 day", '"data"."at" + INTERVAL \'1\' DAY'),
        ("if(carrier like 'U%', coalesce(delay, 0), nullif(delay, 1))", None),
    ],
)
def test_a_value_of_each_row_is_read(text, sql):
    read = parse_value(text, FLIGHTS).sql("duckdb")

    assert read == (sql or read)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("(select 1)", "a subquery"),
        ("carrier in (select 1)", "a subquery"),
        ("exists (select 1)", "a subquery"),
        ("sum(delay) over ()", "a window"),
        ("row_number() over (order by delay)", "a window"),
        ("read_csv('/etc/passwd')", "read_csv"),
        ("read_parquet('x')", "read_parquet"),
        ("glob('*')", "glob"),
        ("getenv('HOME')", "getenv"),
        ("pragma version", "PRAGMA"),
        ("attach 'x'", "ATTACH"),
        ("copy carrier to 'x'", "COPY"),
        ("current_setting('memory_limit')", "current_setting"),
        ("list_transform(carrier, lambda x: x)", "list_transform"),
        ("x -> x + 1", "a lambda"),
        ("columns('a')", "a list of columns"),
        ("*", "a star"),
        ("data.*", "a star"),
        ("count(* exclude carrier)", "a star"),
        ("{'a': 1}", "curly brackets"),
        ("delay[1]", "square brackets"),
        ("?", "a placeholder"),
        ("$1", "a placeholder"),
        ("now()", "now"),
        ("random()", "rand"),
        ("delay as x", "a name (AS)"),
        ("delay::struct(a int)", "a cast to STRUCT"),
        ("cast(delay as int[])", "a cast to INT[]"),
        ("sum(delay order by at)", "ORDER BY"),
        ("unnest(delay)", "unnest"),
        ("1; drop table x", "Leave out the semicolon"),
        ("-- only a comment", "Leave out the semicolon"),
        ("other.delay", 'in double quotes: "other.delay"'),
        ("date_trunc(month, carrier, at)", "date_trunc takes at most 2 arguments"),
        ("date_trunc(carrier, at)", "carrier is no part"),
        ("date_diff('moons', at, at)", "moons is no part"),
        ("extract(wek from at)", "Did you mean week?"),
        ("date_part(carrier, at)", "date_part('year', d)"),
        ("carrier in ()", "IN needs a list"),
        ("min(delay, 3)", "min takes one column"),
        ("quantile_cont(delay, 0.1, 0.9)", "quantile_cont takes at most 2 arguments"),
        ("log2(delay + (1), (2))", "log2 takes at most 1 argument."),
        ("abs(delay) filter (where true)", "FILTER"),
        ("replace(replace(carrier, 'a', 'aaaaaaaaaaaa'), 'a', 'bbbbbbbbb')", "108 times as long; 100 times is the most"),
        ("replace(carrier, 'a', replace(carrier, 'b', carrier))", "10,000 times as long"),
        ("summ(delay)", "Did you mean sum?"),
        ("sum(dely)", "Did you mean Delay?"),
        ('carrier = "UA"', "'UA'"),
        ("twin", "Did you mean Twin?"),
        ('"CARRIER"', "Did you mean carrier?"),
        ("sum(", "cannot be read near ("),
        ("carrier = 'UA", "opened and not closed"),
        ("  ", "is empty"),
        ("1 +" * 700 + "1", "2,000 characters"),
        ("(" * 900 + "1" + ")" * 900, "nested too deeply"),
        ("+".join(["delay"] * 150), "nested too deeply"),
    ],
)
def test_what_is_not_on_the_list_is_refused_by_its_name(text, names):
    for parse in (parse_measure, parse_value):
        with pytest.raises(Invalid, match=re.escape(names)) as refusal:
            parse(text, FLIGHTS, field="measures.0.formula")

        assert refusal.value.field == "measures.0.formula"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("delay", "does not sum up rows"),
        ("1", "does not sum up rows"),
        ("sum(delay) + year", "the column year outside an aggregate"),
        ("sum(sum(delay))", "an aggregate inside another"),
        ("sum(delay) filter (where max(delay) > 1)", "an aggregate inside another"),
    ],
)
def test_a_measure_must_aggregate_once(text, reason):
    with pytest.raises(Invalid, match=reason):
        parse_measure(text, FLIGHTS)


@pytest.mark.parametrize(("text", "reason"), [("count(*)", "sums up rows with count"), ("1 + 1", "names no column")])
def test_a_dimension_must_not_aggregate_and_must_name_a_column(text, reason):
    with pytest.raises(Invalid, match=reason):
        parse_value(text, FLIGHTS)


@given(st.text(max_size=60) | st.from_regex(r"[a-z_]{1,12}\([a-z*,' ()\d]{0,20}\)", fullmatch=True))
def test_whatever_is_written_becomes_an_allowed_tree_or_a_sentence(text):
    for parse in (parse_measure, parse_value):
        with suppress(Invalid):
            tree = parse(text, FLIGHTS)

            assert {type(node) for node in tree.walk()} <= ALLOWED | {exp.Star}


def test_every_function_that_is_offered_is_understood():
    arguments = {
        "cast": "carrier as double",
        "try_cast": "carrier as double",
        "count_if": "delay > 1",
        "extract": "year from at",
        "date_part": "'year', at",
        "date_trunc": "'day', at",
        "date_diff": "'day', at, at",
        "make_date": "year, month, 1",
        "strftime": "at, '%Y'",
        "strptime": "carrier, '%Y'",
        "replace": "carrier, 'a', 'b'",
        "if": "delay > 1, 1, 2",
        **dict.fromkeys(("corr", "quantile_cont", "quantile_disc"), "delay, 0.5"),
        **dict.fromkeys(("mod", "power", "nullif", "ifnull", "date_add"), "delay, 2"),
        **dict.fromkeys(("contains", "starts_with", "ends_with", "regexp_matches", "strpos"), "carrier, 'a'"),
        **dict.fromkeys(("left", "right", "substr", "substring"), "carrier, 2"),
    }
    refused = {}
    for name in NAMES:
        text = f"{name}({arguments.get(name, 'delay')})"
        try:
            parse_measure(text, FLIGHTS)
        except Invalid:
            try:
                parse_value(text, FLIGHTS)
            except Invalid as refusal:
                refused[name] = refusal.message

    assert refused == {}
