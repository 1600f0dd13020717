"""Which worker runs which tests. Being here, it also has pytest put the folder above this package
on the path, so that every conftest.py below can import `tests.support`.
"""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `--dist loadgroup` a module stays on one worker, which makes its fixtures once, and so
    does what shares a group: all tests of Spark share one session.
    """
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.split("::", 1)[0]))
