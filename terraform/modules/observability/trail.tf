# Who did what: every call that manages something, and every read and write of the lake's objects.

locals {
  trail_arn = "arn:aws:cloudtrail:${var.context.region}:${var.context.account_id}:trail/${var.context.prefix}"
}

module "trail_bucket" {
  source        = "../bucket"
  context       = var.context
  name          = "audit"
  kms_key_arn   = var.key_arn
  log_to        = { bucket = var.log_bucket }
  expirations   = { all = var.settings.audit_days }
  lock          = var.settings.audit_lock
  is_disposable = var.settings.is_disposable
  statements = [
    {
      Sid       = "TrailLooks"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:GetBucketAcl"
      Resource  = "arn:aws:s3:::${var.context.prefix}-audit-${var.context.account_id}"
      Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
    },
    {
      Sid       = "TrailWrites"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "arn:aws:s3:::${var.context.prefix}-audit-${var.context.account_id}/AWSLogs/${var.context.account_id}/*"
      Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn, "s3:x-amz-acl" = "bucket-owner-full-control" } }
    },
  ]
}

resource "aws_cloudwatch_log_group" "trail" {
  name              = "/sentinel/${var.context.environment}/audit"
  retention_in_days = var.settings.log_days
  kms_key_id        = var.key_arn
  tags              = local.tags
}

module "trail" {
  source      = "../role"
  context     = var.context
  name        = "audit-trail"
  description = "CloudTrail writes into its log group."
  services    = ["cloudtrail.amazonaws.com"]
  statements = {
    WriteLog = {
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = ["${aws_cloudwatch_log_group.trail.arn}:*"]
    }
  }
}

resource "aws_cloudtrail" "this" {
  name                          = var.context.prefix
  s3_bucket_name                = module.trail_bucket.name
  kms_key_id                    = var.key_arn
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn     = module.trail.arn
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true

  event_selector {
    read_write_type           = "All"
    include_management_events = true
    data_resource {
      type   = "AWS::S3::Object"
      values = [for arn in var.watched_bucket_arns : "${arn}/"]
    }
  }

  tags = local.tags
}

resource "aws_cloudwatch_log_metric_filter" "audit" {
  for_each       = local.audit
  name           = "${var.context.prefix}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = each.value
  metric_transformation {
    namespace = "Sentinel/Audit"
    name      = each.key
    value     = "1"
  }
}
