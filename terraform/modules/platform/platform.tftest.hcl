mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:mocked" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/mocked" }
  }
}

variables {
  environment       = "prod"
  account_id        = "123456789012"
  region            = "eu-central-1"
  functions_zip     = "platform.tftest.hcl"
  udfs_zip          = "platform.tftest.hcl"
  image_digest      = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
  mail_to           = ["data@example.com"]
  token_key         = "only-in-this-test"
  database_password = "only-in-this-test"
  settings          = yamldecode(file("../../environments/prod/settings.yml"))
}

run "production_as_it_is" {
  command = plan
  assert {
    condition     = output.streams["transactions"] == "sentinel-transactions"
    error_message = "Producers find the streams by the same name in every environment."
  }
}

run "production_with_the_sizes_of_dev_is_refused" {
  command = plan
  variables {
    settings = yamldecode(file("../../environments/dev/settings.yml"))
  }
  expect_failures = [terraform_data.promises]
}

run "production_that_tells_nobody_is_refused" {
  command = plan
  variables {
    mail_to = []
  }
  expect_failures = [terraform_data.promises]
}

run "an_environment_that_nobody_declared_is_refused" {
  command = plan
  variables {
    environment = "production"
  }
  expect_failures = [var.environment]
}

run "an_account_of_eleven_digits_is_refused" {
  command = plan
  variables {
    account_id = "12345678901"
  }
  expect_failures = [var.account_id]
}
