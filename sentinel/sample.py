"""The built-in sample: synthetic data for the first look.

Belongs here: which synthetic data the demo uses and where its files lie. Does not belong here:
landing them.
"""

from pathlib import Path

from sentinel.settings import Settings
from sentinel.synthetic import SyntheticConfig, write

SAMPLE_MAPPING = "synthetic"


def prepare_sample(settings: Settings) -> Path:
    """Writes the sample's landing folder unless it is there already, and returns it."""
    folder = settings.state_folder / "landing" / "sample"
    write(SyntheticConfig.preset("demo"), folder)
    return folder
