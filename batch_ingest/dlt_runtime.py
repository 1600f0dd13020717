"""What every use of dlt in this package needs.

Belongs here: switching its telemetry off, and turning its wrapped errors back. Does not belong
here: a source. dlt extracts; it runs no pipeline here, so it writes no load packages with personal
data to disk and keeps no state of its own that could be ahead of the ledger.
"""

import contextlib
import logging
import os
import re
from collections.abc import Iterator

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")

from dlt.extract.exceptions import PipeException

from sentinel.errors import SentinelError, SourceReadError

# Where addresses carry keys and passwords: the query, and what comes before the host.
_SECRET_PLACES = re.compile(r"(?<=://)[^/@\s]+@|\?\S+")

logging.getLogger("dlt").setLevel(logging.ERROR)


@contextlib.contextmanager
def extracting(origin: str, fix: str) -> Iterator[None]:
    """Errors inside a dlt resource, told as errors of what is read.

    Args:
        origin: file, table or address, as a user knows it.
        fix: what to do about an error that no one expected more exactly.
    """
    try:
        yield
    except PipeException as error:
        cause = error.__cause__ or error
        if isinstance(cause, SentinelError):
            raise cause from cause.__cause__
        told = _SECRET_PLACES.sub("", str(cause))
        raise SourceReadError(
            f"{origin}: it cannot be read ({type(cause).__name__}: {told}); {fix}"
        ) from error
