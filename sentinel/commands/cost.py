"""`sentinel cost`: what an environment on AWS costs in a month."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sentinel import costs

Written = Annotated[bool, typer.Option(help="Write docs/cost.md, for every environment.")]


def cost(name: str = typer.Argument("prod"), write: Written = False) -> None:
    """Estimate what an environment costs in a month: sizes, assumed use, committed prices."""
    if write:
        costs.COST_FILE.write_text(costs.render(), encoding="utf-8")
        Console().print(f"Wrote {costs.COST_FILE.name}")
        return
    lines = costs.estimate(name)
    table = Table("Component", "What", "Quantity", "USD a month")
    for line in lines:
        table.add_row(
            line.component, line.what, f"{line.quantity:,.1f}", f"{line.monthly_usd:,.2f}"
        )
    table.add_section()
    for component, total in costs.totals(lines).items():
        table.add_row(component, "", "", f"{total:,.2f}")
    table.add_section()
    table.add_row("together", "", "", f"{sum(costs.totals(lines).values()):,.2f}")
    Console().print(table)
