"""The job that takes away environments of pull requests whose time is over.

Belongs here: running it in Dagster. Does not belong here: the work (see
`sentinel.review.environments`), and when it runs (see `automation`).
"""

import dagster as dg

from sentinel.review.environments import expire
from sentinel.settings import Settings

EXPIRE = "expire_environments"


@dg.op
def drop_expired(context: dg.OpExecutionContext) -> None:
    """Drops their schemas, and shows which."""
    dropped = expire(Settings.load())
    context.add_output_metadata(
        {each.prefix: f"{len(each.schemas)} schemas" for each in dropped}
        or {"dropped": "nothing was due"}
    )


@dg.job(name=EXPIRE, description="Drop the schemas of pull requests whose time is over.")
def expire_environments() -> None:
    """One op: what it leaves undone the next run does."""
    drop_expired()
