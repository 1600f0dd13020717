mock_provider "aws" {}

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

  buckets = {
    lake      = { name = "lake", arn = "arn:aws:s3:::lake" }
    curated   = { name = "curated", arn = "arn:aws:s3:::curated" }
    artifacts = { name = "artifacts", arn = "arn:aws:s3:::artifacts" }
  }
  databases     = ["dev_marts"]
  token_key_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:sentinel-dev/token-key"
  log_days      = 30
  settings      = { max_vcpu = 16 }
}

run "it_stops_by_itself_and_has_a_ceiling" {
  command = plan
  assert {
    condition     = aws_emrserverless_application.this.auto_stop_configuration[0].enabled && aws_emrserverless_application.this.auto_stop_configuration[0].idle_timeout_minutes <= 15
    error_message = "An idle application costs."
  }
  assert {
    condition     = aws_emrserverless_application.this.maximum_capacity[0].cpu == "16 vCPU"
    error_message = "All jobs together take no more than was said."
  }
}

run "a_ceiling_too_low_for_one_executor_is_refused" {
  command = plan
  variables {
    settings = { max_vcpu = 2 }
  }
  expect_failures = [var.settings]
}
