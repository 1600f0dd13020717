# The settings of staging in the platform, with a provider that answers by itself. The root above it only
# makes random values and hands them on, which such a provider cannot.
mock_provider "aws" {}

variables {
  environment       = "staging"
  account_id        = "123456789012"
  region            = "eu-central-1"
  functions_zip     = "main.tf"
  udfs_zip          = "main.tf"
  image_digest      = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
  mail_to           = ["data@example.com"]
  token_key         = "only-in-this-test"
  database_password = "only-in-this-test"
  settings          = yamldecode(file("settings.yml"))
}

run "the_settings_fit" {
  command = plan
  module {
    source = "../../modules/platform"
  }
  assert {
    condition     = output.warehouse_host == "sentinel-staging.123456789012.eu-central-1.redshift-serverless.amazonaws.com"
    error_message = "Every environment has a warehouse of its own."
  }
}

run "the_settings_are_not_good_enough_for_production" {
  command = plan
  module {
    source = "../../modules/platform"
  }
  variables {
    environment = "prod"
  }
  expect_failures = [terraform_data.promises]
}
