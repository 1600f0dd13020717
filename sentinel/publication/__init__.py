"""Publication: a copy of the finished marts for readers.

Belongs here: making the copy, putting it in the old one's place in one step, and going back to the
one before. Does not belong here: building or reading marts.
"""

from sentinel.errors import SentinelError
from sentinel.publication.file import publish_file, roll_back_file
from sentinel.publication.published import PUBLISHED_SCHEMAS, Published
from sentinel.publication.schemas import publish_schemas, roll_back_schemas
from sentinel.redshift import schema
from sentinel.settings import Settings
from sentinel.warehouse import query

__all__ = ["PUBLISHED_SCHEMAS", "PublicationError", "Published", "publish", "roll_back"]

_FAILED_TESTS = "select coalesce(sum(failed_test_count), 0) from {ops}.data_quality_scorecard"


class PublicationError(SentinelError):
    """Readers keep what they have."""


def publish(settings: Settings) -> Published:
    """Copies the marts, views as tables, and puts the copy in the place of the one before.

    Nobody sees half of it, or two states at once. An attempt that is interrupted changes nothing.
    The copy before is kept, for `roll_back`.

    Raises:
        PublicationError: when a data test failed the last time it ran.
        RedshiftError: when the warehouse is Redshift and cannot be reached.
    """
    failed = int(query(settings, _FAILED_TESTS.format(ops=schema(settings, "ops")))[0][0])
    if failed:
        raise PublicationError(
            f"not published: {failed} data tests fail; ops.data_quality_scorecard says where. "
            "Readers keep the copy they have."
        )
    return publish_file(settings) if _is_file(settings) else publish_schemas(settings)


def roll_back(settings: Settings) -> Published:
    """Puts the copy before in the place of the present one, which is kept in its stead.

    Doing it twice changes nothing. The warehouse stays as it is: what is published next is what it
    holds then.

    Raises:
        PublicationError: when there is no copy before.
        RedshiftError: when the warehouse is Redshift and cannot be reached.
    """
    done = roll_back_file(settings) if _is_file(settings) else roll_back_schemas(settings)
    if done is None:
        raise PublicationError(
            "there is nothing to go back to: a copy is kept from the second publication on."
        )
    return done


def _is_file(settings: Settings) -> bool:
    return settings.spec.target == "duckdb"
