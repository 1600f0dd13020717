"""Producers: records into a stream, whatever the stream does meanwhile.

Belongs here: batching, retrying, order within a key, and keeping records on disk while the service
is down. Does not belong here: a stream of a particular kind; a producer knows only `StreamWriter`.
"""

from streaming_ingest.producers.circuit_breaker import CircuitBreaker, CircuitState
from streaming_ingest.producers.producer import (
    Counters,
    Producer,
    ProducerError,
    RecordTooLargeError,
    Retrying,
)
from streaming_ingest.producers.spool import Spool, SpoolError, SpoolFullError

__all__ = [
    "CircuitBreaker",
    "CircuitState",
    "Counters",
    "Producer",
    "ProducerError",
    "RecordTooLargeError",
    "Retrying",
    "Spool",
    "SpoolError",
    "SpoolFullError",
]
