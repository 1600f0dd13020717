"""A variable of dbt_project.yml, for programs that count as the models do."""

import pytest

from fraud_model.scoring import RULE_ALERT_SCORE
from sentinel.dbt_project import project_variable


def test_a_variable_has_the_value_that_models_have() -> None:
    assert project_variable("reporting_currency") == "EUR"
    assert project_variable("alert_score_threshold") == RULE_ALERT_SCORE


def test_a_variable_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="no_such_variable"):
        project_variable("no_such_variable")
