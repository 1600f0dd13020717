mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_redshiftserverless_namespace" {
    defaults = { arn = "arn:aws:redshift-serverless:eu-central-1:123456789012:namespace/mocked" }
  }
  mock_resource "aws_redshiftserverless_workgroup" {
    defaults = { arn = "arn:aws:redshift-serverless:eu-central-1:123456789012:workgroup/mocked" }
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
  network = {
    vpc_id                  = "vpc-1"
    subnet_ids              = ["subnet-1", "subnet-2", "subnet-3"]
    endpoints_group_id      = "sg-endpoints"
    gateway_prefix_list_ids = { s3 = "pl-s3", dynamodb = "pl-dynamodb" }
  }
  key_arns = {
    landing    = "arn:aws:kms:eu-central-1:123456789012:key/landing"
    lake       = "arn:aws:kms:eu-central-1:123456789012:key/lake"
    curated    = "arn:aws:kms:eu-central-1:123456789012:key/curated"
    operations = "arn:aws:kms:eu-central-1:123456789012:key/operations"
    secrets    = "arn:aws:kms:eu-central-1:123456789012:key/secrets"
  }

  client_group_id = "sg-dagster"
  caller_role_arn = "arn:aws:iam::123456789012:role/sentinel-dev-udfs-caller"
  lake_bucket_arn = "arn:aws:s3:::sentinel-dev-lake-123456789012"
  lake_databases  = ["sentinel_raw", "sentinel_lake"]
  settings = {
    base_rpus             = 8, max_rpus = 16, rpu_hours_a_day = 30, on_limit = "deactivate"
    longest_query_seconds = 3600, snapshot_days = 7
  }
}

run "private_and_by_tls_only" {
  command = apply
  assert {
    condition     = !aws_redshiftserverless_workgroup.this.publicly_accessible && aws_redshiftserverless_workgroup.this.enhanced_vpc_routing
    error_message = "The warehouse is not on the internet, and its traffic stays in the network."
  }
  assert {
    condition     = contains([for one in aws_redshiftserverless_workgroup.this.config_parameter : "${one.parameter_key}=${one.parameter_value}"], "require_ssl=true")
    error_message = "Connections are encrypted."
  }
  assert {
    condition     = contains(aws_redshiftserverless_namespace.this.iam_roles, var.caller_role_arn) && aws_redshiftserverless_namespace.this.default_iam_role_arn != var.caller_role_arn
    error_message = "It calls functions by a role of its own, and reads the lake by another, which is the default."
  }
  assert {
    condition     = aws_redshiftserverless_namespace.this.manage_admin_password
    error_message = "Nobody here makes the password."
  }
}

run "limits_warn_before_they_stop" {
  command = apply
  assert {
    condition     = aws_redshiftserverless_usage_limit.compute["log"].amount < aws_redshiftserverless_usage_limit.compute["deactivate"].amount
    error_message = "The warning comes first."
  }
}

run "odd_capacity_is_refused" {
  command = plan
  variables {
    settings = {
      base_rpus             = 12, max_rpus = 16, rpu_hours_a_day = 30, on_limit = "deactivate"
      longest_query_seconds = 3600, snapshot_days = 7
    }
  }
  expect_failures = [var.settings]
}

run "a_most_below_the_base_is_refused" {
  command = plan
  variables {
    settings = {
      base_rpus             = 32, max_rpus = 16, rpu_hours_a_day = 30, on_limit = "deactivate"
      longest_query_seconds = 3600, snapshot_days = 7
    }
  }
  expect_failures = [var.settings]
}
