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

  client_group_id = "sg-dagster"
  settings        = { redis_node = "cache.t4g.small", redis_nodes = 2, redis_snapshot_days = 7, is_disposable = false }
}

run "features_expire_and_can_be_restored" {
  command = plan
  assert {
    condition     = aws_dynamodb_table.features.ttl[0].enabled && aws_dynamodb_table.features.point_in_time_recovery[0].enabled
    error_message = "Old features go by themselves, and what was overwritten can be had again."
  }
  assert {
    condition     = aws_dynamodb_table.features.deletion_protection_enabled
    error_message = "What is not disposable is protected."
  }
}

run "redis_takes_over_and_knows_its_users" {
  command = plan
  assert {
    condition     = aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.transit_encryption_enabled
    error_message = "Two nodes take over from each other, by TLS."
  }
  assert {
    condition     = strcontains(aws_elasticache_user.default.access_string, "off")
    error_message = "The user without a password is switched off."
  }
}

run "no_node_at_all_is_refused" {
  command = plan
  variables {
    settings = { redis_node = "cache.t4g.small", redis_nodes = 0, redis_snapshot_days = 7, is_disposable = false }
  }
  expect_failures = [var.settings]
}
