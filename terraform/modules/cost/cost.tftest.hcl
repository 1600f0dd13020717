mock_provider "aws" {}

variables {
  context = {
    environment  = "dev"
    account_id   = "123456789012"
    region       = "eu-central-1"
    prefix       = "sentinel-dev"
    boundary_arn = "arn:aws:iam::123456789012:policy/sentinel-boundary"
  }

  topic_arn = "arn:aws:sns:eu-central-1:123456789012:sentinel-dev-ticket"
  settings = {
    monthly_usd            = 900
    monthly_usd_by_service = { "Amazon Redshift" = 400 }
    anomaly_usd            = 50
  }
}

run "told_before_and_after_it_is_spent" {
  command = plan
  assert {
    condition     = toset([for one in aws_budgets_budget.month.notification : one.notification_type]) == toset(["ACTUAL", "FORECASTED"])
    error_message = "A forecast warns before the money is gone."
  }
  assert {
    condition     = aws_budgets_budget.service["Amazon Redshift"].limit_amount == "400.0"
    error_message = "A costly service has a budget of its own."
  }
}

run "a_budget_of_nothing_is_refused" {
  command = plan
  variables {
    settings = { monthly_usd = 0, monthly_usd_by_service = {}, anomaly_usd = 50 }
  }
  expect_failures = [var.settings]
}
