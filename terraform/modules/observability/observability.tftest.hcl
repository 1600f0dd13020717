mock_provider "aws" {
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:mocked" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:mocked" }
  }
}

variables {
  context = {
    environment  = "dev"
    account_id   = "123456789012"
    region       = "eu-central-1"
    prefix       = "sentinel-dev"
    boundary_arn = "arn:aws:iam::123456789012:policy/sentinel-boundary"
  }

  resources = {
    function_transform        = "transform", function_commit = "commit", function_udfs = "udfs", bucket_landing = "landing", workgroup = "warehouse"
    warehouse_warning_seconds = "86400", cluster = "dagster", database = "database", spark_application = "spark"
    features_table            = "features", redis = "redis"
  }
  resources_of = {
    streams          = { transactions = "sentinel-transactions", fraud_labels = "sentinel-fraud-labels" }
    delivery_streams = { transactions = "sentinel-dev-transactions" }
    queues           = { objects = "objects" }
    dead_queues      = { objects = "objects-dead" }
    services         = { daemon = "daemon" }
    schedules        = { sweep = "sweep" }
  }
  key_arn             = "arn:aws:kms:eu-central-1:123456789012:key/one"
  log_bucket          = "sentinel-dev-access-logs-123456789012"
  watched_bucket_arns = ["arn:aws:s3:::sentinel-dev-lake-123456789012"]
  deploy_role_name    = "sentinel-deploy"
  settings = {
    mail_to = ["data@example.com"], is_watched = true, traced_rate = 0.1, log_days = 30, audit_days = 365, is_disposable = true
  }
}

run "an_alarm_for_each_of_a_kind_and_a_runbook_in_each" {
  command = apply
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["stream-age-fraud-labels"].dimensions["StreamName"] == "sentinel-fraud-labels"
    error_message = "An alarm for each stream, about that stream."
  }
  assert {
    condition     = alltrue([for one in aws_cloudwatch_metric_alarm.this : can(regex("Runbook: docs/runbooks/[a-z_]+\\.md#[a-z-]+$", one.alarm_description))])
    error_message = "Every alarm names its runbook."
  }
  assert {
    condition     = alltrue([for one in aws_cloudwatch_metric_alarm.this : length(one.alarm_actions) == 1])
    error_message = "Every alarm tells somebody."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["transform-duration"].extended_statistic == "p99" && aws_cloudwatch_metric_alarm.this["transform-duration"].statistic == null
    error_message = "A percentile is an extended statistic."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["warehouse-usage"].threshold == 86400
    error_message = "A threshold may depend on the environment."
  }
  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == length(aws_cloudwatch_metric_alarm.this) + 1
    error_message = "The dashboard shows what alarms watch."
  }
}

run "every_alarm_is_a_member_of_its_severity" {
  command = apply
  assert {
    condition     = sum([for one in aws_cloudwatch_composite_alarm.any : length(split(" OR ", one.alarm_rule))]) == length(aws_cloudwatch_metric_alarm.this)
    error_message = "Each alarm is in one composite alarm."
  }
}

run "the_trail_can_be_trusted" {
  command = apply
  assert {
    condition     = aws_cloudtrail.this.enable_log_file_validation && aws_cloudtrail.this.is_multi_region_trail
    error_message = "What was removed from the trail shows, wherever it was done."
  }
}

run "a_rate_above_one_is_refused" {
  command = plan
  variables {
    settings = {
      mail_to = ["data@example.com"], is_watched = true, traced_rate = 10, log_days = 30, audit_days = 365, is_disposable = true
    }
  }
  expect_failures = [var.settings]
}

run "what_is_no_address_is_refused" {
  command = plan
  variables {
    settings = {
      mail_to = ["nobody"], is_watched = true, traced_rate = 0.1, log_days = 30, audit_days = 365, is_disposable = true
    }
  }
  expect_failures = [var.settings]
}
