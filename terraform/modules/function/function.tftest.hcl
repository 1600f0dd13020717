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
  name        = "transform"
  description = "Transforms"
  may         = "Transforms, and reads no bucket."
  handler     = "module.handler"
  zip         = { bucket = "artifacts", key = "functions/one.zip", hash = "hash" }
  memory      = 1024
  seconds     = 60
  concurrency = 5
  token_key = {
    name = "sentinel-dev/token-key"
    arn  = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:sentinel-dev/token-key"
  }
  key_arns = {
    operations = "arn:aws:kms:eu-central-1:123456789012:key/operations"
    secrets    = "arn:aws:kms:eu-central-1:123456789012:key/secrets"
  }
  log_days = 30
  tags     = { component = "streaming" }
}

run "the_function_is_told_the_secrets_name_and_not_the_key" {
  command = plan
  assert {
    condition     = aws_lambda_function.this.environment[0].variables == tomap({ SENTINEL_ENVIRONMENT = "dev", SENTINEL_TOKEN_KEY_SECRET = "sentinel-dev/token-key" })
    error_message = "The key is in its secret and nowhere else."
  }
}

run "a_change_of_the_zip_is_a_new_version" {
  command = plan
  assert {
    condition     = aws_lambda_function.this.source_code_hash == "hash" && aws_lambda_function.this.publish
    error_message = "What is called can be gone back from."
  }
}

run "a_key_in_the_environment_is_refused" {
  command = plan
  variables {
    environment = { SENTINEL_TOKEN_KEY = "key" }
  }
  expect_failures = [var.environment]
}

run "no_calls_at_all_are_refused" {
  command = plan
  variables {
    concurrency = 0
  }
  expect_failures = [var.concurrency]
}
