"""Fixtures of the landing tests."""

import pytest
import shop
from landed import mapping_of, settings_in


@pytest.fixture
def settings(tmp_path):
    """Settings with an empty lake."""
    return settings_in(tmp_path / "home")


@pytest.fixture
def shop_mapping(tmp_path):
    return mapping_of(tmp_path, shop.MAPPING)
