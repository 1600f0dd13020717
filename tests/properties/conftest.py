"""What the properties share: how long to look for a counterexample.

`ci` finds the same examples each time, and few where an example is a whole warehouse; `soak`
(HYPOTHESIS_PROFILE=soak) looks for new ones for as long as it takes.
"""

import os

from hypothesis import HealthCheck, Phase, settings

from tests.support.fixtures import empty_warehouse

__all__ = ["empty_warehouse"]

_SLOW = {"deadline": None, "suppress_health_check": list(HealthCheck)}

# Making a counterexample smaller takes minutes where an example is a warehouse: soak does.
settings.register_profile(
    "ci", derandomize=True, max_examples=60, phases=[Phase.explicit, Phase.generate], **_SLOW
)
settings.register_profile("soak", max_examples=3000, print_blob=True, **_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
