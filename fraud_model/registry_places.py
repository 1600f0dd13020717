"""Where the registry keeps its versions: a database, and a folder or bucket of files.

Belongs here: the addresses of both, and what has to be there before MLflow comes. Does not belong
here: what is kept there; see `registry`.
"""

from urllib.parse import quote

from sentinel.errors import SentinelError
from sentinel.settings import Settings

# Migrations of MLflow and of Dagster keep their state in tables of one name, `alembic_version`, so
# each needs a schema of its own in a database that both use.
SCHEMA = "model_registry"


class RegistryPlaceError(SentinelError):
    """Where versions lie cannot be used."""


def database_url(settings: Settings) -> str:
    """SQLAlchemy's address of the database, a SQLite file in the state folder unless set.

    On PostgreSQL everything lies in the schema `model_registry`.
    """
    if settings.model_registry_url is None:
        return f"sqlite:///{settings.state_folder / 'models' / 'mlflow.db'}"
    if not _is_postgres(settings.model_registry_url):
        return settings.model_registry_url
    joint = "&" if "?" in settings.model_registry_url else "?"
    return f"{settings.model_registry_url}{joint}options={quote(f'-csearch_path={SCHEMA}')}"


def artifacts_url(settings: Settings) -> str:
    """Where the files of versions lie, a folder in the state folder unless set."""
    return settings.model_artifacts_url or (settings.state_folder / "models" / "artifacts").as_uri()


def make_ready(settings: Settings) -> None:
    """Makes what MLflow expects to be there: a folder, or the schema. Safe to repeat.

    Raises:
        RegistryPlaceError: when the database does not answer. MLflow by itself would ask it for
            many minutes.
    """
    if settings.model_registry_url is None:
        (settings.state_folder / "models").mkdir(parents=True, exist_ok=True)
    elif _is_postgres(settings.model_registry_url):
        _make_schema(settings.model_registry_url)


def _is_postgres(url: str) -> bool:
    return url.split(":", 1)[0].split("+", 1)[0] == "postgresql"


def _make_schema(url: str) -> None:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    named = {"name": SCHEMA}
    try:
        engine = create_engine(url)
        with engine.begin() as connection:
            # Two that come first at the same time: one waits for the other.
            connection.execute(text("select pg_advisory_xact_lock(hashtext(:name))"), named)
            if connection.execute(text("select to_regnamespace(:name)"), named).scalar() is None:
                connection.execute(text(f"create schema {SCHEMA}"))
    except SQLAlchemyError as error:
        # What the driver says has no password in it; the address may have one.
        raise RegistryPlaceError(
            f"The database of SENTINEL_MODEL_REGISTRY_URL cannot be used; no version was changed.\n"
            f"{getattr(error, 'orig', None) or type(error).__name__}"
        ) from error
    engine.dispose()
