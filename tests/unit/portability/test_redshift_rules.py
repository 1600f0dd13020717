"""What Redshift refuses although other engines take it: each construct is found and named, and what
Redshift has in its place is let through.
"""

import pytest

from sentinel.portability.redshift import findings

REFUSED = {
    "RS001": "select from where",
    "RS101": "select * from a asof join b on a.k = b.k and a.t >= b.t",
    "RS102": "select array[1, 2] as numbers",
    "RS103": "insert into t values (1) on conflict do nothing",
    "RS104": "select * from a semi join b on a.k = b.k",
    "RS105": "select distinct on (a) b from t",
    "RS106": "select a from t qualify row_number() over (partition by a order by b) = 1",
    "RS107": "select * from (values (1), (2)) as t (a)",
    "RS108": "with recursive t as (select 1 as a union all select a + 1 from t) select a from t",
    "RS109": "merge into t using (select 1 as a) as s on t.a = s.a when matched then delete",
    "RS110": "select * from t, lateral (select t.a) as x",
    "RS111": "select * from t tablesample bernoulli (10)",
    "RS112": "select * from t for update",
    "RS201": "select sum(a) over (order by c range between 5 preceding and current row) from t",
    "RS202": "select sum(a) over (partition by b order by c) from t",
    "RS203": "select count(distinct a) over (partition by b) from t",
    "RS204": "select lag(a, 1, 0) over (partition by b order by c) from t",
    "RS205": "select lag(a) over w from t window w as (partition by b order by c)",
    "RS206": "select count(*) filter (where a) from t",
    "RS301": "select now() as at from t",
    "RS302": "select epoch_us(a) from t",
    "RS401": "select alert_count / transaction_count as alert_rate from t",
    "RS402": "select avg(transaction_count) from t",
    "RS501": "select cast(a as uuid) from t",
    "RS502": "select cast(a as decimal) from t",
    "RS503": "select cast(a as varchar) from t",
}  # fmt: skip
TAKEN = (
    "select sum(a) over (order by b rows between unbounded preceding and current row) from t",
    "select sum(a) over (partition by b) from t",
    "select lag(a) over (partition by b order by c) from t",
    "select row_number() over (partition by b order by c) as place from t",
    "select cast(alert_count as double precision) / transaction_count as alert_rate from t",
    "select avg(cast(transaction_count as double precision)) from t",
    "select amount / 2 as half from t",
    "select cast(null as varchar) as nothing",
    "select cast(a as varchar(4096)), cast(b as decimal(18, 2)) from t",
    "select a from t where (a, b) in (select a, b from u)",
    "select sum(case when a then 1 else 0 end) as count from t",
    "insert into t values (1, getdate()), (2, getdate())",
    "with counts (a) as (select 1) select a from counts",
    "select dateadd(day, -7, a), datediff(second, a, b) from t",
    "create temporary table t diststyle key distkey (a) compound sortkey (b) as (select 1 as a)",
    "grant select on t to reporter",
    "select table_name from information_schema.tables where table_schema = 'marts'",
)  # fmt: skip


@pytest.mark.parametrize("code", REFUSED)
def test_what_redshift_refuses_is_found(code: str) -> None:
    assert code in {each.code for each in findings(REFUSED[code])}


@pytest.mark.parametrize("code", REFUSED)
def test_nothing_else_is_said_about_it(code: str) -> None:
    """One fault is one finding, so that what is said is what is to be changed."""
    assert {each.code for each in findings(REFUSED[code])} == {code}


@pytest.mark.parametrize("sql", TAKEN)
def test_what_redshift_takes_is_let_through(sql: str) -> None:
    assert findings(sql) == []


def test_a_finding_names_engine_construct_and_way_out() -> None:
    (found,) = findings(REFUSED["RS201"])
    assert str(found) == "redshift RS201 RANGE frame: ROWS frames only"


def test_division_is_judged_by_what_the_query_says_of_its_columns() -> None:
    """A name says what a column is only where the query does not."""
    counted = "with t as (select count(*) as total from u) select total / 2 as half from t"
    cast = "with t as (select cast(1 as double precision) as a_count) select a_count / 2 from t"
    assert [each.code for each in findings(counted)] == ["RS401"]
    assert findings(cast) == []
