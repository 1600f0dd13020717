mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
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
  udfs_zip = "udfs.tftest.hcl" # any file: what is in it is not looked at here
  key_arns = {
    operations = "arn:aws:kms:eu-central-1:123456789012:key/operations"
    secrets    = "arn:aws:kms:eu-central-1:123456789012:key/secrets"
  }
  artifacts_bucket = "sentinel-dev-artifacts-123456789012"
  token_key = {
    name = "sentinel-dev/token-key"
    arn  = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:sentinel-dev/token-key"
  }
  concurrency = 5
  log_days    = 30
}

run "the_function_is_told_the_secrets_name_and_not_the_key" {
  command = plan
  assert {
    condition     = !contains(keys(aws_lambda_function.this.environment[0].variables), "SENTINEL_TOKEN_KEY") && aws_lambda_function.this.environment[0].variables["SENTINEL_TOKEN_KEY_SECRET"] == "sentinel-dev/token-key"
    error_message = "The key is in its secret and nowhere else."
  }
  assert {
    condition     = aws_lambda_function.this.handler == "spark_udfs.redshift_function.handler"
    error_message = "That is the handler that the zip has."
  }
}

run "a_change_of_the_zip_is_a_change_of_the_function" {
  command = plan
  assert {
    condition     = strcontains(aws_s3_object.zip.key, filesha256("udfs.tftest.hcl")) && aws_lambda_function.this.source_code_hash == filebase64sha256("udfs.tftest.hcl")
    error_message = "Object and function are named by what is in the zip."
  }
}

run "no_calls_at_all_are_refused" {
  command = plan
  variables {
    concurrency = 0
  }
  expect_failures = [var.concurrency]
}
