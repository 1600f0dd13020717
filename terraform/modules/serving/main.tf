# What an online service reads: features by key in DynamoDB, and Redis for what changes by the second.

locals {
  users = {
    reader = "on ~* -@all +@read +@connection"
    writer = "on ~* -@all +@read +@write +@connection"
  }
}

resource "aws_dynamodb_table" "features" {
  name                        = "${var.context.prefix}-online-features"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "entity_key"
  range_key                   = "feature_group"
  deletion_protection_enabled = !var.settings.is_disposable

  attribute {
    name = "entity_key"
    type = "S"
  }

  attribute {
    name = "feature_group"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.key_arns["curated"]
  }

  tags = local.tags
}

resource "aws_security_group" "redis" {
  name        = "${var.context.prefix}-redis"
  description = "Redis; reached from Dagster's tasks, and sends nothing by itself"
  vpc_id      = var.network.vpc_id
  tags        = merge(local.tags, { Name = "${var.context.prefix}-redis" })
}

resource "aws_vpc_security_group_ingress_rule" "redis" {
  security_group_id            = aws_security_group.redis.id
  referenced_security_group_id = var.client_group_id
  description                  = "Redis by TLS"
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
  tags                         = local.tags
}

resource "aws_elasticache_subnet_group" "this" {
  name       = var.context.prefix
  subnet_ids = var.network.subnet_ids
  tags       = local.tags
}

# Users sign in by IAM, so there is no password to keep; the one that every Redis has can do nothing.
resource "aws_elasticache_user" "default" {
  user_id       = "${var.context.prefix}-default"
  user_name     = "default"
  engine        = "redis"
  access_string = "off ~* -@all"
  authentication_mode {
    type = "no-password-required"
  }

  tags = local.tags
}

resource "aws_elasticache_user" "this" {
  for_each      = local.users
  user_id       = "${var.context.prefix}-${each.key}"
  user_name     = "${var.context.prefix}-${each.key}"
  engine        = "redis"
  access_string = each.value
  authentication_mode {
    type = "iam"
  }

  tags = local.tags
}

resource "aws_elasticache_user_group" "this" {
  user_group_id = var.context.prefix
  engine        = "redis"
  user_ids      = concat([aws_elasticache_user.default.user_id], [for one in aws_elasticache_user.this : one.user_id])
  tags          = local.tags
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id       = var.context.prefix
  description                = "Online counters and the newest features"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = var.settings.redis_node
  num_cache_clusters         = var.settings.redis_nodes
  automatic_failover_enabled = var.settings.redis_nodes > 1
  multi_az_enabled           = var.settings.redis_nodes > 1
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.redis.id]
  user_group_ids             = [aws_elasticache_user_group.this.user_group_id]
  transit_encryption_enabled = true
  at_rest_encryption_enabled = true
  kms_key_id                 = var.key_arns["curated"]
  snapshot_retention_limit   = var.settings.redis_snapshot_days
  maintenance_window         = "sun:03:00-sun:04:00"
  snapshot_window            = "01:00-02:00"
  tags                       = local.tags
}
