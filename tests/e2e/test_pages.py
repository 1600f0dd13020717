"""What people see: Dagster's UI and the dbt docs after `make demo`, in a real browser.

Belongs here: pages opened in Debian's Chromium. Does not belong here: commands; see `test_readme`.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.conftest import DemoHome, RunningUi

pytestmark = pytest.mark.xdist_group("e2e")

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
TIMEOUT_MS = 60_000


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1800, "height": 1100})
        page.set_default_timeout(TIMEOUT_MS)
        yield page
        browser.close()


def test_the_asset_graph_shows_materialised_marts(page: Page, dagster_ui: RunningUi) -> None:
    group = "/locations/dagster_defs.definitions/asset-groups/marts/lineage"
    page.goto(dagster_ui.address + group, wait_until="domcontentloaded")
    for text in ("fct_transactions", "Materialized", "Passed"):
        expect(page.get_by_text(text).first).to_be_visible(timeout=TIMEOUT_MS)


def test_every_day_of_the_daily_figures_is_there(page: Page, dagster_ui: RunningUi) -> None:
    asset = "/assets/marts/fraud_kpis_daily?view=lineage"
    page.goto(dagster_ui.address + asset, wait_until="domcontentloaded")
    expect(page.get_by_text("100% filled").first).to_be_visible(timeout=TIMEOUT_MS)


def test_an_asset_shows_rows_checks_owner_and_columns(page: Page, dagster_ui: RunningUi) -> None:
    page.goto(f"{dagster_ui.address}/assets/marts/fct_transactions", wait_until="domcontentloaded")
    for text in ("Row count", "fraud-analytics@sentinel.example", "card_token", "Freshness policy"):
        expect(page.get_by_text(text).first).to_be_visible(timeout=TIMEOUT_MS)


def test_every_run_of_the_demo_succeeded(page: Page, dagster_ui: RunningUi) -> None:
    page.goto(f"{dagster_ui.address}/runs", wait_until="domcontentloaded")
    for job in ("land_raw_data", "rebuild_warehouse", "daily_figures", "publish"):
        expect(page.get_by_text(job).first).to_be_visible(timeout=TIMEOUT_MS)
    assert page.get_by_text("Failure", exact=True).count() == 0


def test_the_docs_are_one_page_with_lineage(page: Page, demo_home: DemoHome) -> None:
    demo_home.run("make docs")
    docs = demo_home.path / "dbt" / "target" / "static_index.html"
    page.goto(f"file://{docs}#!/overview?g_v=1&g_i=%2Bfct_transactions%2B")
    expect(page.get_by_text("Lineage Graph").first).to_be_visible()
    # The graph is drawn on a canvas, so what is in it is read off the page's own data.
    page.wait_for_function("document.querySelectorAll('canvas').length > 0")
    content = docs.read_text()
    assert "int_transactions__versioned" in content
    assert "One card authorisation in its latest version" in content
