# One key for each class of data, so that a right to read one class is no right to read another.
#
# The account's own IAM policies say which role uses a key; key policies add the services that
# encrypt in nobody's name, each for this account only.

locals {
  classes = {
    landing    = "Records before and on the way to the transform, personal values included"
    lake       = "The lake: records after the transform"
    curated    = "What is made of the lake: warehouse, Spark's tables, online features"
    operations = "Queues, topics, logs, artifacts, the audit trail"
    secrets    = "Secrets"
  }
  everything_of_the_account = {
    Sid       = "AccountDecidesByIam"
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::${var.context.account_id}:root" }
    Action    = "kms:*"
    Resource  = "*"
  }
  for_this_account = { StringEquals = { "aws:SourceAccount" = var.context.account_id } }
  use              = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
  services = {
    landing = []
    lake    = []
    curated = []
    secrets = []
    operations = [
      # Notifications of buckets into queues, alarms and budgets into topics.
      jsonencode({
        Sid       = "ServicesThatTell", Effect = "Allow", Action = local.use, Resource = "*"
        Principal = { Service = ["s3.amazonaws.com", "cloudwatch.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com", "events.amazonaws.com"] }
        Condition = local.for_this_account
      }),
      jsonencode({
        Sid       = "AuditTrail", Effect = "Allow", Action = ["kms:GenerateDataKey*", "kms:DescribeKey"], Resource = "*"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Condition = { StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:${var.context.region}:${var.context.account_id}:trail/${var.context.prefix}" } }
      }),
      jsonencode({
        Sid       = "Logs", Effect = "Allow", Action = local.use, Resource = "*"
        Principal = { Service = "logs.${var.context.region}.amazonaws.com" }
        Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:${var.context.region}:${var.context.account_id}:log-group:*" } }
      }),
    ]
  }
}

resource "aws_kms_key" "this" {
  for_each                = local.classes
  description             = "${var.context.prefix}: ${each.value}"
  enable_key_rotation     = true
  rotation_period_in_days = var.rotation_days
  deletion_window_in_days = var.deletion_days
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat([local.everything_of_the_account], [for one in local.services[each.key] : jsondecode(one)])
  })

  tags = local.tags
}

resource "aws_kms_alias" "this" {
  for_each      = local.classes
  name          = "alias/${var.context.prefix}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}
