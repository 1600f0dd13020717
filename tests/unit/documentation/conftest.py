"""dbt's manifest of the project as it is, parsed once for all tests of the documents."""

import pytest

from sentinel.dbt_project import Manifest, current_manifest


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """Parsed into a folder of its own, so that it owes nothing to an earlier command."""
    return current_manifest(tmp_path_factory.mktemp("dbt") / "target")
