"""The AWS API server on which Terraform's environments are planned and applied.

Belongs here: starting it, clients for it, and what Terraform is told to find it. Does not belong
here: what it answers; see `tests.aws_control_plane`.
"""

import contextlib
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from sentinel.settings import REPOSITORY_ROOT
from tests.aws_control_plane.answers import ACCOUNT
from tests.support.aws_server import REGION
from tests.support.server_process import free_port, server_process
from tests.support.terraform import Terraform

_NOBODY = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
# State beside the configuration, no question about who asks, bucket names in paths, and an end to
# attempts: an operation that the server lacks is asked for again 25 times otherwise.
_OVERRIDE = """\
terraform {
  backend "local" {}
}

provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
  max_retries                 = 3
}
"""


@dataclass(frozen=True)
class ControlPlane:
    """A running server of one account."""

    address: str

    def client(self, service: str, credentials: dict[str, str] | None = None) -> Any:
        """A client whose calls are tried once; of nobody unless credentials are given."""
        signed = credentials or {"AccessKeyId": "test", "SecretAccessKey": "test"}
        return boto3.client(
            service, endpoint_url=self.address, region_name=REGION,
            aws_access_key_id=signed["AccessKeyId"],
            aws_secret_access_key=signed["SecretAccessKey"],
            aws_session_token=signed.get("SessionToken"),
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )  # fmt: skip

    def terraform(self, home: Path) -> Terraform:
        """Terraform on a copy whose calls come here."""
        package = home / "functions.zip"
        package.write_bytes(b"what is in it is not looked at")
        copied = Terraform.copied(
            home,
            {
                **_NOBODY, "AWS_ENDPOINT_URL": self.address, "AWS_DEFAULT_REGION": REGION,
                "TF_VAR_account_id": ACCOUNT, "TF_VAR_region": REGION,
                "TF_VAR_functions_zip": str(package), "TF_VAR_udfs_zip": str(package),
                "TF_VAR_image_digest": f"sha256:{'0' * 64}",
                "TF_VAR_mail_to": '["data@example.com"]', "TF_VAR_repository": "example/sentinel",
            },
        )  # fmt: skip
        for place in (*(copied.home / "environments").iterdir(), copied.home / "bootstrap"):
            (place / "local_override.tf").write_text(_OVERRIDE)
        return copied

    def enforce_rights(self, *, is_on: bool) -> None:
        """Whether calls are looked at for the rights of whoever makes them."""
        request = urllib.request.Request(
            f"{self.address}/moto-api/reset-auth",
            data=b"0" if is_on else b"inf",
            headers={"Content-Type": "text/plain"},
            method="POST",
        )
        urllib.request.urlopen(request, timeout=10).close()


@contextlib.contextmanager
def control_plane(folder: Path) -> Iterator[ControlPlane]:
    """A server of its own on a free port, as a process of its own: it repairs moto for good."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with server_process(
        [sys.executable, "-m", "tests.aws_control_plane", str(port)],
        folder / "control_plane.log",
        lambda: urllib.request.urlopen(f"{address}/moto-api/", timeout=1).close(),
        REPOSITORY_ROOT,
    ):
        yield ControlPlane(address)
