# From producers to the landing bucket: a Kinesis stream for each streamed dataset, Firehose that has
# each record transformed before it writes, and the function that commits what was written.
#
# docs/decisions/0010 and 0015 say why rejected records pass as `Ok`, and why an object is a batch.

locals {
  # Named as streaming_ingest.endpoints.stream_name names them: the same in every environment.
  streams      = { for dataset in var.datasets : dataset => "sentinel-${replace(dataset, "_", "-")}" }
  token_key    = { name = aws_secretsmanager_secret.token_key.name, arn = aws_secretsmanager_secret.token_key.arn }
  function_arn = "arn:aws:lambda:${var.context.region}:${var.context.account_id}:function:${var.context.prefix}"
  functions = {
    transform = {
      handler     = "streaming_ingest.firehose_transform.handler"
      description = "Transforms what Firehose is about to write: contract, tokens, quarantine"
      may         = "Transforms records in memory; reads no bucket and writes none."
      memory      = 1024
      seconds     = 300
      statements  = {}
    }
    commit = {
      handler     = "streaming_ingest.firehose_commit.function.handler"
      description = "Commits what Firehose has written into the lake's ledger"
      may         = "Commits Firehose's objects into the lake, and removes nothing."
      memory      = 2048
      seconds     = var.commit_seconds
      statements  = local.commit_statements
    }
  }
}

# Its value is random and goes through Terraform without being kept: it is neither in a plan nor in the state.
resource "aws_secretsmanager_secret" "token_key" {
  name                    = "${var.context.prefix}/token-key"
  description             = "Key of the tokens that stand for personal values; losing it parts new tokens from old"
  kms_key_id              = var.key_arns["secrets"]
  recovery_window_in_days = var.settings.is_disposable ? 0 : 30
  tags                    = local.tags
}

resource "aws_secretsmanager_secret_version" "token_key" {
  secret_id        = aws_secretsmanager_secret.token_key.id
  secret_string_wo = var.token_key
  # Never raised: another key would part new tokens from those in the lake.
  secret_string_wo_version = 1
}

resource "aws_kinesis_stream" "this" {
  for_each            = local.streams
  name                = each.value
  retention_period    = var.settings.retention_hours
  encryption_type     = "KMS"
  kms_key_id          = var.key_arns["landing"]
  shard_level_metrics = ["IteratorAgeMilliseconds", "WriteProvisionedThroughputExceeded"]
  stream_mode_details {
    stream_mode = "ON_DEMAND"
  }

  tags = local.tags
}

resource "aws_s3_object" "functions" {
  bucket      = var.buckets["artifacts"].name
  key         = "functions/${filesha256(var.functions_zip)}.zip"
  source      = var.functions_zip
  source_hash = filesha256(var.functions_zip)
  kms_key_id  = var.key_arns["operations"]
  tags        = local.tags
}

module "function" {
  for_each    = local.functions
  source      = "../function"
  context     = var.context
  name        = each.key
  description = each.value.description
  may         = each.value.may
  handler     = each.value.handler
  zip         = { bucket = aws_s3_object.functions.bucket, key = aws_s3_object.functions.key, hash = filebase64sha256(var.functions_zip) }
  memory      = each.value.memory
  seconds     = each.value.seconds
  concurrency = var.settings.function_concurrency
  statements  = each.value.statements
  environment = {
    SENTINEL_LAKE_URL     = var.lake_url
    SENTINEL_FIREHOSE_URL = var.landing_url
    SENTINEL_LOG_FORMAT   = "json"
    SENTINEL_HOME         = "/tmp/sentinel"
  }
  token_key = local.token_key
  key_arns  = var.key_arns
  log_days  = var.log_days
  tags      = local.tags
}

# What is called is the alias; CodeDeploy moves it, a tenth first, and back when an alarm goes off.
resource "aws_lambda_alias" "live" {
  for_each         = local.functions
  name             = "live"
  description      = "What Firehose and SQS call"
  function_name    = module.function[each.key].name
  function_version = module.function[each.key].version
  lifecycle {
    ignore_changes = [function_version, routing_config]
  }
}

resource "aws_codedeploy_app" "functions" {
  name             = "${var.context.prefix}-functions"
  compute_platform = "Lambda"
  tags             = local.tags
}

resource "aws_codedeploy_deployment_group" "function" {
  for_each               = local.functions
  app_name               = aws_codedeploy_app.functions.name
  deployment_group_name  = "${var.context.prefix}-${each.key}"
  service_role_arn       = module.release.arn
  deployment_config_name = var.settings.release
  deployment_style {
    deployment_type   = "BLUE_GREEN"
    deployment_option = "WITH_TRAFFIC_CONTROL"
  }
  alarm_configuration {
    enabled = true
    alarms  = ["${var.context.prefix}-${each.key}-errors"]
  }
  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]
  }

  tags = local.tags
}

resource "aws_lambda_event_source_mapping" "commit" {
  event_source_arn                   = var.queues["firehose_objects"].arn
  function_name                      = aws_lambda_alias.live["commit"].arn
  batch_size                         = 10
  maximum_batching_window_in_seconds = 5
  function_response_types            = ["ReportBatchItemFailures"]
  scaling_config {
    maximum_concurrency = max(2, var.settings.function_concurrency - 1)
  }

  tags = local.tags
}

resource "aws_cloudwatch_log_group" "firehose" {
  name              = "/sentinel/${var.context.environment}/firehose"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arns["operations"]
  tags              = local.tags
}

resource "aws_cloudwatch_log_stream" "firehose" {
  for_each       = local.streams
  name           = each.key
  log_group_name = aws_cloudwatch_log_group.firehose.name
}

resource "aws_kinesis_firehose_delivery_stream" "this" {
  for_each    = local.streams
  name        = "${var.context.prefix}-${replace(each.key, "_", "-")}"
  destination = "extended_s3"

  kinesis_source_configuration {
    kinesis_stream_arn = aws_kinesis_stream.this[each.key].arn
    role_arn           = module.firehose.arn
  }

  extended_s3_configuration {
    role_arn            = module.firehose.arn
    bucket_arn          = var.buckets["landing"].arn
    kms_key_arn         = var.key_arns["landing"]
    compression_format  = "GZIP"
    buffering_size      = 64
    buffering_interval  = var.settings.buffer_seconds
    prefix              = "firehose/!{partitionKeyFromLambda:zone}/!{partitionKeyFromLambda:dataset}/event_date=!{partitionKeyFromLambda:event_date}/"
    error_output_prefix = "firehose-errors/${each.key}/!{firehose:error-output-type}/"

    dynamic_partitioning_configuration {
      enabled        = true
      retry_duration = 300
    }

    processing_configuration {
      enabled = true
      processors {
        type = "Lambda"
        # What is left at its default (1 MB, a minute, three attempts) is not said: AWS does not repeat it.
        parameters {
          parameter_name  = "LambdaArn"
          parameter_value = aws_lambda_alias.live["transform"].arn
        }
      }
    }

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.firehose.name
      log_stream_name = aws_cloudwatch_log_stream.firehose[each.key].name
    }
  }

  tags = local.tags
}
