"""The handbook's data landed and built, once for every module that looks at it."""

from pathlib import Path

import pytest

from tests.acceptance.demo import TRANSACTIONS, make_demo


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """State folder after the demo."""
    folder = tmp_path_factory.mktemp("handbook")
    summary = make_demo(folder)
    assert f"{TRANSACTIONS:,}" in summary
    return folder
