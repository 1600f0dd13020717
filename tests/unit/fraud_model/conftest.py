"""One history for every test of the model: making it takes a second."""

import pytest

from fraud_model.examples import History
from fraud_model.periods import Protocol, prequential_protocol
from tests.support.fraud_history import END, START, fraud_history


@pytest.fixture(scope="session")
def history() -> History:
    """Not to be changed: replace its parts in a copy."""
    return fraud_history()


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    """Two evaluation folds, and those before them."""
    return prequential_protocol(START, END, folds=2)
