"""No model, test or snapshot has anything that Redshift would refuse or compute otherwise.

A model that breaks this is named with the engine and the construct; three that do are shown here.
"""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sentinel.portability import commands
from sentinel.portability.compiled import CompiledNode, compile_for_redshift
from sentinel.portability.redshift import findings
from tests.support.warehouse import manifest

BROKEN = {
    "ranged": (
        "RANGE frame",
        "select sum(a) over (order by b range between 5 preceding and current row) as c "
        "from {{ ref('plain') }}",
    ),
    "asof_joined": (
        "ASOF join",
        "select l.a from {{ ref('plain') }} as l "
        "asof join {{ ref('plain') }} as r on l.a = r.a and l.b >= r.b",
    ),
    "divided": (
        "integer division",
        "select alert_count / transaction_count as alert_rate from {{ ref('plain') }}",
    ),
}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> list[CompiledNode]:
    return compile_for_redshift(tmp_path_factory.mktemp("compiled"))


def test_redshift_takes_every_node(compiled: list[CompiledNode]) -> None:
    found = {f"{node.kind} {node.name}: {each}" for node in compiled for each in findings(node.sql)}
    assert sorted(found) == []


def test_every_node_is_looked_at_as_first_build_and_as_increment(
    compiled: list[CompiledNode],
) -> None:
    wanted = {
        node.name
        for node in manifest().nodes.values()
        if node.resource_type in ("model", "snapshot") and node.package_name == "sentinel"
    }
    for is_increment in (False, True):
        seen = {node.name for node in compiled if node.is_increment == is_increment}
        assert wanted <= seen
    assert any(node.kind == "test" for node in compiled)


def test_an_increment_is_other_sql_than_a_first_build(compiled: list[CompiledNode]) -> None:
    features = {
        node.is_increment: node.sql for node in compiled if node.name == "feat_transactions"
    }
    assert "recomputed" not in features[False]
    assert "recomputed" in features[True]


def test_a_model_that_breaks_portability_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text(
        'name: broken\nprofile: sentinel\nversion: "1.0.0"\nmodel-paths: [models]\n'
    )
    (project / "models" / "plain.sql").write_text(
        "select 1 as a, 2 as b, 3 as alert_count, 4 as transaction_count"
    )
    for name, (_, sql) in BROKEN.items():
        (project / "models" / f"{name}.sql").write_text(sql)
    monkeypatch.setattr(
        "sentinel.portability.compiled.compile_for_redshift",
        lambda folder: compile_for_redshift(folder, project),
    )
    done = CliRunner().invoke(commands.app, ["redshift"])
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    for name, (construct, _) in BROKEN.items():
        said = f"redshift: model {name}: {construct}"
        assert any(line.startswith(said) for line in lines), done.stdout
    assert not any("model plain" in line for line in lines)
