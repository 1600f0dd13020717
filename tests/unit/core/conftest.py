"""Fixtures of the core's tests."""

import uuid

import pytest
from core_lakes import s3_lake, s3_server

from sentinel.lake import Lake


@pytest.fixture(scope="session")
def s3():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with s3_server() as server:
            yield server


@pytest.fixture(params=["folder", "s3"])
def lake(request, tmp_path):
    """An empty lake of each kind."""
    if request.param == "folder":
        return Lake(str(tmp_path / "lake"))
    address, _ = request.getfixturevalue("s3")
    return s3_lake(address, f"lake-{uuid.uuid4().hex}")
