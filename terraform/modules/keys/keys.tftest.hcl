mock_provider "aws" {}

variables {
  context = {
    environment  = "dev"
    account_id   = "123456789012"
    region       = "eu-central-1"
    prefix       = "sentinel-dev"
    boundary_arn = "arn:aws:iam::123456789012:policy/sentinel-boundary"
  }
}

run "a_key_for_each_class_rotated" {
  command = plan
  assert {
    condition     = toset(keys(aws_kms_key.this)) == toset(["landing", "lake", "curated", "operations", "secrets"])
    error_message = "There are five classes of data."
  }
  assert {
    condition     = alltrue([for key in aws_kms_key.this : key.enable_key_rotation])
    error_message = "Every key is rotated."
  }
  assert {
    condition     = alltrue([for name, key in aws_kms_key.this : length(jsondecode(key.policy).Statement) == 1 if name != "operations"])
    error_message = "No service uses a key of data in nobody's name."
  }
}

run "rotation_once_in_two_years_is_refused" {
  command = plan
  variables {
    rotation_days = 730
  }
  expect_failures = [var.rotation_days]
}

run "deletion_at_once_is_refused" {
  command = plan
  variables {
    deletion_days = 1
  }
  expect_failures = [var.deletion_days]
}
