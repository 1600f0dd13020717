# A queue that a bucket tells of new objects, and the queue of what could not be done with.

locals {
  arn = "arn:aws:sqs:${var.context.region}:${var.context.account_id}:${var.context.prefix}-${var.name}"
}

resource "aws_sqs_queue" "dead" {
  name                              = "${var.context.prefix}-${var.name}-dead"
  message_retention_seconds         = 14 * 24 * 3600
  kms_master_key_id                 = var.key_arn
  kms_data_key_reuse_period_seconds = 3600
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.arn]
  })

  tags = local.tags
}

resource "aws_sqs_queue" "this" {
  name                              = "${var.context.prefix}-${var.name}"
  visibility_timeout_seconds        = var.visibility_seconds
  message_retention_seconds         = 4 * 24 * 3600
  receive_wait_time_seconds         = 20
  kms_master_key_id                 = var.key_arn
  kms_data_key_reuse_period_seconds = 3600
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 5
  })

  tags = local.tags
}

resource "aws_sqs_queue_policy" "this" {
  queue_url = aws_sqs_queue.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "BucketTells"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.arn
        Condition = {
          ArnEquals    = { "aws:SourceArn" = var.bucket_arn }
          StringEquals = { "aws:SourceAccount" = var.context.account_id }
        }
      },
      {
        Sid       = "DenyWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = local.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}
