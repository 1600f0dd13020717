"""What profiles.yml says of a target, for programs that reach the same engine beside dbt.

Belongs here: reading it as dbt does, variables filled in by dbt's own renderer. Does not belong
here: connecting; see `redshift`, and `spark_job.session`.
"""

import os
from typing import Any

import yaml

from sentinel.settings import REPOSITORY_ROOT


def output(target: str) -> dict[str, Any]:
    """The settings of a target by their names in profiles.yml."""
    from dbt.config.renderer import ProfileRenderer
    from dbt_common.context import set_invocation_context

    # What `env_var` reads.
    set_invocation_context(os.environ)
    profile = yaml.safe_load((REPOSITORY_ROOT / "profiles.yml").read_text(encoding="utf-8"))
    rendered: dict[str, Any] = ProfileRenderer({}).render_data(
        profile["sentinel"]["outputs"][target]
    )
    return rendered
