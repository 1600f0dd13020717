"""`python -m spark_job build --select …`: the entry point, here and on EMR Serverless."""

import sys

from spark_job.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
