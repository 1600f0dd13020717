"""`python -m tests.redshift_standin COMMAND …`: runs a command with the stand-in for Redshift and a
local server for S3 and Glue beside it, and ends with its exit code.
"""

import logging
import os
import subprocess
import sys

from tests.redshift_standin.server import redshift_standin
from tests.support.aws_server import REGION, aws_server

BUCKET = "sentinel-standin"


def main(command: list[str]) -> int:
    """Runs the command; its environment leads to the two servers."""
    if not command:
        print("usage: python -m tests.redshift_standin COMMAND [ARGUMENT ...]", file=sys.stderr)
        return 2
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request
    with aws_server() as aws, redshift_standin(aws.address) as standin:
        aws.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        environment = {
            **os.environ,
            **standin.environment("dev"),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "SENTINEL_AWS_ENDPOINT_URL": aws.address,
            "SENTINEL_LAKE_URL": f"s3://{BUCKET}/lake",
        }
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
