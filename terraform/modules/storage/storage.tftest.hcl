mock_provider "aws" {}

variables {
  context = {
    environment  = "prod"
    account_id   = "123456789012"
    region       = "eu-central-1"
    prefix       = "sentinel-prod"
    boundary_arn = "arn:aws:iam::123456789012:policy/sentinel-boundary"
  }
  key_arns = {
    landing    = "arn:aws:kms:eu-central-1:123456789012:key/landing"
    lake       = "arn:aws:kms:eu-central-1:123456789012:key/lake"
    curated    = "arn:aws:kms:eu-central-1:123456789012:key/curated"
    operations = "arn:aws:kms:eu-central-1:123456789012:key/operations"
    secrets    = "arn:aws:kms:eu-central-1:123456789012:key/secrets"
  }
  commit_seconds = 120
  settings = {
    landing_days          = 14
    access_log_days       = 365
    raw_colder_after_days = 90
    lake_noncurrent_days  = 90
    lake_lock             = { mode = "COMPLIANCE", days = 365 }
    is_disposable         = false
  }
}

run "both_prefixes_of_firehose_and_the_ledger_are_told_of" {
  command = plan
  assert {
    condition     = toset([for one in aws_s3_bucket_notification.landing.queue : one.filter_prefix]) == toset(["firehose/", "firehose-errors/"])
    error_message = "The committer hears of objects and of errors."
  }
  assert {
    condition     = aws_s3_bucket_notification.lake.queue[0].filter_prefix == "lake/ledger/"
    error_message = "The sensor hears of ledger entries and of nothing else."
  }
}

run "landing_shorter_than_an_outage_is_refused" {
  command = plan
  variables {
    settings = {
      landing_days          = 3
      access_log_days       = 365
      raw_colder_after_days = 90
      lake_noncurrent_days  = 90
      is_disposable         = false
    }
  }
  expect_failures = [var.settings]
}

run "a_locked_lake_is_not_disposable" {
  command = plan
  variables {
    settings = {
      landing_days          = 14
      access_log_days       = 365
      raw_colder_after_days = 90
      lake_noncurrent_days  = 90
      lake_lock             = { mode = "COMPLIANCE", days = 365 }
      is_disposable         = true
    }
  }
  expect_failures = [var.settings]
}
