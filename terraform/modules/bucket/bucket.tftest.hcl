mock_provider "aws" {}

variables {
  context = {
    environment  = "dev"
    account_id   = "123456789012"
    region       = "eu-central-1"
    prefix       = "sentinel-dev"
    boundary_arn = "arn:aws:iam::123456789012:policy/sentinel-boundary"
  }
  name        = "lake"
  kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/one"
  log_to      = { bucket = "sentinel-dev-access-logs-123456789012" }
}

run "private_encrypted_versioned_tls_only" {
  command = plan
  assert {
    condition     = aws_s3_bucket.this.bucket == "sentinel-dev-lake-123456789012"
    error_message = "A bucket's name says environment, purpose and account."
  }
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "Nothing is public."
  }
  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.this.rule).bucket_key_enabled
    error_message = "Without a bucket key every object costs a call to KMS."
  }
  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "Every bucket keeps versions."
  }
  assert {
    condition = length(setsubtract(
      ["DenyWithoutTls", "DenyOldTls", "DenyOtherEncryption", "DenyOtherKeys"],
      [for one in jsondecode(aws_s3_bucket_policy.this.policy).Statement : one.Sid if one.Effect == "Deny"],
    )) == 0
    error_message = "The policy refuses what is not encrypted, on the way and at rest."
  }
  assert {
    condition     = length(aws_s3_bucket_object_lock_configuration.this) == 0
    error_message = "No lock unless asked for."
  }
}

run "locked_for_days" {
  command = plan
  variables {
    lock = { mode = "GOVERNANCE", days = 30 }
  }
  assert {
    condition     = aws_s3_bucket.this.object_lock_enabled && aws_s3_bucket_object_lock_configuration.this[0].rule[0].default_retention[0].days == 30
    error_message = "The lock has the days it was given."
  }
}

run "a_lock_of_another_kind_is_refused" {
  command = plan
  variables {
    lock = { mode = "FOREVER", days = 30 }
  }
  expect_failures = [var.lock]
}

run "too_early_a_transition_is_refused" {
  command = plan
  variables {
    transitions = { "raw/" = 7 }
  }
  expect_failures = [var.transitions]
}

run "forgetting_at_once_is_refused" {
  command = plan
  variables {
    noncurrent_days = 1
  }
  expect_failures = [var.noncurrent_days]
}
