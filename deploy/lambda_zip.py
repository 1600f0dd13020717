"""The zips of the Lambdas; `make transform-zip` and `make udfs-zip` make them.

Belongs here: which modules and packages go in, and that the same sources give the same bytes. Does
not belong here: what the functions do. `streaming_ingest.firehose_transform` is called by Firehose
before it writes, and `streaming_ingest.firehose_commit` commits what it has written: both read
records by the same contracts, so they are deployed together, from one zip.
`spark_udfs.redshift_function` answers Redshift.

Lambda takes 250 MB unzipped, and 50 MB zipped unless the zip comes through S3, as these have to.
Its runtime for Python 3.11 has a C library that pyarrow's wheels do not run on (glibc 2.26, they
need 2.28); the one for 3.12 has (2.34), so that is what a zip is made for.
"""

import fnmatch
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sentinel.errors import SentinelError
from sentinel.settings import REPOSITORY_ROOT

RUNTIME_PYTHON = "3.12"
MOST_UNZIPPED_BYTES = 250 * 2**20

_COMMON_MODULES = (
    "sentinel/__init__.py",
    "sentinel/delivery.py",
    "sentinel/durable_files.py",
    "sentinel/errors.py",
    "sentinel/lake.py",
    "sentinel/lake_access.py",
    "sentinel/ledger.py",
    "sentinel/object_store.py",
    "sentinel/settings.py",
    "sentinel/contracts/*.py",
    "sentinel/contracts/*.yml",
    "sentinel/transform/*.py",
)
# What the modules import, and what those import.
_COMMON_PACKAGES = (
    "annotated-types",
    # Lambda's runtime has its own, of an age that nobody here chooses.
    "boto3",
    "botocore",
    "duckdb",
    "jmespath",
    "msgspec",
    "pyarrow",
    "pydantic",
    "pydantic-core",
    "pydantic-settings",
    "python-dateutil",
    "python-dotenv",
    "pyyaml",
    "s3transfer",
    "six",
    "structlog",
    "typing-extensions",
    "typing-inspection",
    "urllib3",
)


@dataclass(frozen=True)
class Functions:
    """Functions that are deployed from one zip.

    Attributes:
        handlers: what Lambda calls, one for each function.
        modules: files of this repository, as patterns.
        packages: names of distributions.
    """

    handlers: tuple[str, ...]
    modules: tuple[str, ...]
    packages: tuple[str, ...]


FIREHOSE = Functions(
    handlers=(
        "streaming_ingest.firehose_transform.handler",
        "streaming_ingest.firehose_commit.function.handler",
    ),
    modules=(
        *_COMMON_MODULES,
        "streaming_ingest/__init__.py",
        "streaming_ingest/decoding.py",
        "streaming_ingest/firehose_commit/__init__.py",
        "streaming_ingest/firehose_commit/bucket.py",
        "streaming_ingest/firehose_commit/committer.py",
        "streaming_ingest/firehose_commit/content.py",
        "streaming_ingest/firehose_commit/error_records.py",
        "streaming_ingest/firehose_commit/events.py",
        "streaming_ingest/firehose_commit/function.py",
        "streaming_ingest/firehose_transform.py",
        "streaming_ingest/streams.py",
    ),
    packages=_COMMON_PACKAGES,
)
UDFS = Functions(
    handlers=("spark_udfs.redshift_function.handler",),
    modules=(
        *_COMMON_MODULES,
        "spark_udfs/__init__.py",
        "spark_udfs/addresses.py",
        "spark_udfs/card_numbers.py",
        "spark_udfs/contacts.py",
        "spark_udfs/distances.py",
        "spark_udfs/functions.py",
        "spark_udfs/names.py",
        "spark_udfs/redshift_function.py",
    ),
    packages=(*_COMMON_PACKAGES, "numpy", "rapidfuzz"),
)

SERVICES = ("s3", "secretsmanager", "sts")
"""What the functions call; botocore describes hundreds of services, in 25 MB."""

LEFT_OUT = (
    # Arrow's doors to object stores, other formats and other processes, and what it is built with.
    "pyarrow/*azure*", "pyarrow/*flight*", "pyarrow/*gcs*", "pyarrow/*hdfs*", "pyarrow/*orc*",
    "pyarrow/*s3*", "pyarrow/*cpp_tests*", "pyarrow/include/*",
    "pyarrow/includes/*", "pyarrow/src/*", "pyarrow/tests/*", "pyarrow/*.p[xy][dxi]",
    # The same library under names that only linkers use.
    "pyarrow/lib*.so", "pyarrow/lib*.so.*.*",
    "numpy/tests/*", "numpy/*/tests/*", "numpy/*/include/*", "numpy/f2py/*",
    "adbc_driver_duckdb/*", "_duckdb-stubs/*", "bin/*",
    "*/__pycache__/*", "*.pyi", "*.dist-info/RECORD", "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED", "*.dist-info/direct_url.json", "*.dist-info/uv_cache.json", ".lock",
)  # fmt: skip
_TOO_EAGER = ("pyarrow/lib.cpython-*.so",)
_MADE_AT = (1980, 1, 1, 0, 0, 0)  # a zip's earliest time


class PackagingError(SentinelError):
    """The zip cannot be made."""


def build(
    functions: Functions,
    target: Path,
    python: str = RUNTIME_PYTHON,
    architecture: str = "x86_64",
) -> int:
    """Makes a zip; the same sources, locked versions and zlib give the same bytes.

    Args:
        functions: what it is of.
        target: where it is written.
        python: version of the runtime, as "3.12".
        architecture: of the function, "x86_64" or "aarch64".

    Returns:
        Bytes of its content, unzipped.

    Raises:
        PackagingError: when a package cannot be installed or the content is too large for Lambda.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _install(functions.packages, folder, python, architecture)
        content = {
            str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()
        }
        content = {name: path for name, path in content.items() if not _is_left_out(name)}
        for pattern in functions.modules:
            for path in REPOSITORY_ROOT.glob(pattern):
                content[str(path.relative_to(REPOSITORY_ROOT))] = path
        size = sum(path.stat().st_size for path in content.values())
        if size > MOST_UNZIPPED_BYTES:
            raise PackagingError(
                f"the function has {size / 2**20:.0f} MiB unzipped, Lambda takes "
                f"{MOST_UNZIPPED_BYTES / 2**20:.0f}: leave more out in {Path(__file__).name}."
            )
        _write(target, content)
    return size


def _install(packages: Sequence[str], folder: Path, python: str, architecture: str) -> None:
    """Wheels for the runtime, whatever this process runs on."""
    common = [
        "--quiet", "--target", str(folder), "--python-version", python, "--only-binary", ":all:",
        "--no-deps", "--constraint", str(REPOSITORY_ROOT / "requirements.lock"), *packages,
    ]  # fmt: skip
    command = (
        ["uv", "pip", "install", "--python-platform", f"{architecture}-manylinux_2_28"]
        if shutil.which("uv")
        else [
            sys.executable, "-m", "pip", "install", "--no-compile",
            "--platform", f"manylinux_2_28_{architecture}",
            "--platform", f"manylinux2014_{architecture}",
        ]
    )  # fmt: skip
    done = subprocess.run([*command, *common], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackagingError(
            f"the function's packages cannot be installed for Python {python} on {architecture}: "
            f"{done.stderr.strip()}"
        )


def _is_left_out(name: str) -> bool:
    if any(fnmatch.fnmatch(name, pattern) for pattern in _TOO_EAGER):
        return False
    match name.split("/"):
        case ["botocore", "data", service, _, *_]:
            return service not in SERVICES
    return any(fnmatch.fnmatch(name, pattern) for pattern in LEFT_OUT)


def _write(target: Path, content: dict[str, Path]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}")
    with zipfile.ZipFile(unfinished, "w") as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, _MADE_AT)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # Unix, wherever it is made
            archive.writestr(entry, content[name].read_bytes(), zipfile.ZIP_DEFLATED, 1)
    unfinished.replace(target)


class Which(StrEnum):
    """The zips by name."""

    FIREHOSE = "firehose"
    UDFS = "udfs"


def main(
    which: Annotated[Which, typer.Argument(help="The functions that it is of.")],
    target: Annotated[Path, typer.Argument(help="Where it is written.")],
    python: Annotated[str, typer.Option(help="Version of the runtime.")] = RUNTIME_PYTHON,
    architecture: Annotated[str, typer.Option(help="x86_64 or aarch64.")] = "x86_64",
) -> None:
    """Make the zip of the functions on both sides of Firehose, or of those that Redshift calls."""
    functions = FIREHOSE if which is Which.FIREHOSE else UDFS
    size = build(functions, target, python, architecture)
    Console().print(
        f"{target.name}: {target.stat().st_size / 2**20:.0f} MiB, {size / 2**20:.0f} MiB unzipped, "
        f"for runtime python{python} on {architecture}, handlers {', '.join(functions.handlers)}",
        soft_wrap=True,
    )


if __name__ == "__main__":
    typer.run(main)
