# Where data lies, a bucket for each class of it:
#
#   landing      what Firehose writes: before the door, so nobody but Firehose and the committer
#   lake         raw zone, quarantine, ledger, compactions and catalogue, one tree (SENTINEL_LAKE_URL)
#   curated      what Spark makes of it
#   artifacts    functions, Spark's package, results of builds
#   access-logs  who read which object

locals {
  log_to = { bucket = module.access_logs.name }
}

module "access_logs" {
  source        = "../bucket"
  context       = var.context
  name          = "access-logs"
  expirations   = { all = var.settings.access_log_days }
  is_disposable = var.settings.is_disposable
  statements = [{
    Sid       = "ServerAccessLogs"
    Effect    = "Allow"
    Principal = { Service = "logging.s3.amazonaws.com" }
    Action    = "s3:PutObject"
    Resource  = "arn:aws:s3:::${var.context.prefix}-access-logs-${var.context.account_id}/*"
    Condition = { StringEquals = { "aws:SourceAccount" = var.context.account_id } }
  }]
}

module "landing" {
  source          = "../bucket"
  context         = var.context
  name            = "landing"
  kms_key_arn     = var.key_arns["landing"]
  log_to          = local.log_to
  noncurrent_days = 7
  expirations     = { "firehose/" = var.settings.landing_days, "firehose-errors/" = var.settings.landing_days }
  is_disposable   = var.settings.is_disposable
}

module "lake" {
  source          = "../bucket"
  context         = var.context
  name            = "lake"
  kms_key_arn     = var.key_arns["lake"]
  log_to          = local.log_to
  noncurrent_days = var.settings.lake_noncurrent_days
  # The raw zone is never thrown away: every model can be built from it again.
  transitions   = { "lake/raw/" = var.settings.raw_colder_after_days }
  lock          = var.settings.lake_lock
  is_disposable = var.settings.is_disposable
}

module "curated" {
  source        = "../bucket"
  context       = var.context
  name          = "curated"
  kms_key_arn   = var.key_arns["curated"]
  log_to        = local.log_to
  is_disposable = var.settings.is_disposable
}

module "artifacts" {
  source        = "../bucket"
  context       = var.context
  name          = "artifacts"
  kms_key_arn   = var.key_arns["operations"]
  log_to        = local.log_to
  expirations   = { "logs/" = 90 }
  is_disposable = var.settings.is_disposable
}

# S3 tells of new objects: Firehose's to the committer, the ledger's to the micro-batch sensor.
module "landing_events" {
  source     = "../queue"
  context    = var.context
  name       = "firehose-objects"
  key_arn    = var.key_arns["operations"]
  bucket_arn = module.landing.arn
  # Six times the committer's time limit, as Lambda asks of a queue it reads.
  visibility_seconds = 6 * var.commit_seconds
}

module "ledger_events" {
  source             = "../queue"
  context            = var.context
  name               = "ledger-entries"
  key_arn            = var.key_arns["operations"]
  bucket_arn         = module.lake.arn
  visibility_seconds = 120
}

resource "aws_s3_bucket_notification" "landing" {
  bucket = module.landing.name
  dynamic "queue" {
    for_each = toset(["firehose/", "firehose-errors/"])
    content {
      id            = trimsuffix(queue.key, "/")
      queue_arn     = module.landing_events.arn
      events        = ["s3:ObjectCreated:*"]
      filter_prefix = queue.key
    }
  }
}

resource "aws_s3_bucket_notification" "lake" {
  bucket = module.lake.name
  queue {
    id            = "ledger"
    queue_arn     = module.ledger_events.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "lake/ledger/"
    filter_suffix = ".json"
  }
}
