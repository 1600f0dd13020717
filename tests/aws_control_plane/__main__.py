"""`python -m tests.aws_control_plane PORT`: the server, until it is ended."""

import os
import sys

from tests.aws_control_plane.server import serve

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
serve(int(sys.argv[1]))
