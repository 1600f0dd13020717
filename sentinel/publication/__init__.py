"""Publication: a copy of the finished marts for readers.

Belongs here: making the copy and putting it in the old one's place in one step. Does not belong
here: building or reading marts.
"""

from sentinel.publication.file import publish_file
from sentinel.publication.published import PUBLISHED_SCHEMAS, Published
from sentinel.publication.schemas import publish_schemas
from sentinel.settings import Settings

__all__ = ["PUBLISHED_SCHEMAS", "Published", "publish"]


def publish(settings: Settings) -> Published:
    """Copies the marts, views as tables, and puts the copy in the place of the one before.

    Nobody sees half of it, or two states at once. An attempt that is interrupted changes nothing.

    Raises:
        RedshiftError: when the warehouse is Redshift and cannot be reached.
    """
    return publish_file(settings) if settings.spec.target == "duckdb" else publish_schemas(settings)
