mock_provider "aws" {
  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:sentinel-dev-transform:live" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_kinesis_stream" {
    defaults = { arn = "arn:aws:kinesis:eu-central-1:123456789012:stream/mocked" }
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
  datasets      = ["transactions", "fraud_labels"]
  functions_zip = "streaming.tftest.hcl" # any file: what is in it is not looked at here
  key_arns = {
    landing    = "arn:aws:kms:eu-central-1:123456789012:key/landing"
    lake       = "arn:aws:kms:eu-central-1:123456789012:key/lake"
    curated    = "arn:aws:kms:eu-central-1:123456789012:key/curated"
    operations = "arn:aws:kms:eu-central-1:123456789012:key/operations"
    secrets    = "arn:aws:kms:eu-central-1:123456789012:key/secrets"
  }
  buckets = {
    landing   = { name = "sentinel-dev-landing-123456789012", arn = "arn:aws:s3:::sentinel-dev-landing-123456789012" }
    lake      = { name = "sentinel-dev-lake-123456789012", arn = "arn:aws:s3:::sentinel-dev-lake-123456789012" }
    artifacts = { name = "sentinel-dev-artifacts-123456789012", arn = "arn:aws:s3:::sentinel-dev-artifacts-123456789012" }
  }
  queues = {
    firehose_objects = {
      name = "sentinel-dev-firehose-objects", dead_name = "sentinel-dev-firehose-objects-dead"
      url  = "https://sqs.eu-central-1.amazonaws.com/123456789012/sentinel-dev-firehose-objects"
      arn  = "arn:aws:sqs:eu-central-1:123456789012:sentinel-dev-firehose-objects"
    }
  }
  lake_url       = "s3://sentinel-dev-lake-123456789012/lake"
  landing_url    = "s3://sentinel-dev-landing-123456789012"
  commit_seconds = 120
  producer_arns  = ["arn:aws:iam::123456789012:root"]
  log_days       = 30
  token_key      = "only-in-this-test"
  settings = {
    retention_hours = 24, buffer_seconds = 60, function_concurrency = 5, is_disposable = true
    release         = "CodeDeployDefault.LambdaAllAtOnce"
  }
}

run "a_delivery_stream_is_named_for_its_dataset" {
  command = apply
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this["fraud_labels"].name == "sentinel-dev-fraud-labels"
    error_message = "The transform knows its dataset by the delivery stream's name."
  }
  assert {
    condition     = aws_kinesis_stream.this["fraud_labels"].name == "sentinel-fraud-labels"
    error_message = "Producers know the stream by the same name everywhere."
  }
  assert {
    condition = alltrue([
      for one in aws_kinesis_firehose_delivery_stream.this :
      one.extended_s3_configuration[0].compression_format == "GZIP" && one.extended_s3_configuration[0].dynamic_partitioning_configuration[0].enabled
    ])
    error_message = "The committer reads GZIP in folders by date."
  }
}

run "failed_messages_alone_come_again" {
  command = apply
  assert {
    condition     = contains(aws_lambda_event_source_mapping.commit.function_response_types, "ReportBatchItemFailures")
    error_message = "Without it one failed message brings back all that came with it."
  }
}

run "a_buffer_of_a_second_is_refused" {
  command = plan
  variables {
    settings = {
      retention_hours = 24, buffer_seconds = 1, function_concurrency = 5, is_disposable = true
      release         = "CodeDeployDefault.LambdaAllAtOnce"
    }
  }
  expect_failures = [var.settings]
}

run "a_release_that_nobody_defined_is_refused" {
  command = plan
  variables {
    settings = {
      retention_hours = 24, buffer_seconds = 60, function_concurrency = 5, is_disposable = true
      release         = "Hope"
    }
  }
  expect_failures = [var.settings]
}
