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

run "a_change_of_the_zip_is_another_object" {
  command = plan
  assert {
    condition     = strcontains(aws_s3_object.zip.key, filesha256("udfs.tftest.hcl"))
    error_message = "The object is named by what is in the zip."
  }
}

run "the_warehouse_calls_the_function_and_no_other" {
  command = apply
  assert {
    condition     = output.function == "sentinel-dev-udfs"
    error_message = "The function is called as the statements of `sentinel udfs redshift` call it."
  }
}

run "a_zip_that_is_not_there_is_refused" {
  command = plan
  variables {
    udfs_zip = "not-there.zip"
  }
  expect_failures = [var.udfs_zip]
}
