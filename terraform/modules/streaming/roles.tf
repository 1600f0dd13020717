# One role for each of: who sends, who writes, who releases. Who transforms and who commits has its own
# in modules/function.

module "producer" {
  source      = "../role"
  context     = var.context
  name        = "producer"
  description = "Puts records into the streams, and can read none."
  principals  = var.producer_arns
  statements = {
    PutRecords = {
      actions   = ["kinesis:PutRecord", "kinesis:PutRecords", "kinesis:DescribeStreamSummary"]
      resources = [for one in aws_kinesis_stream.this : one.arn]
    }
    EncryptRecords = {
      actions   = ["kms:GenerateDataKey"]
      resources = [var.key_arns["landing"]]
    }
  }
}

module "firehose" {
  source      = "../role"
  context     = var.context
  name        = "firehose"
  description = "Reads the streams, has records transformed, writes into the landing bucket."
  services    = ["firehose.amazonaws.com"]
  statements = {
    ReadStreams = {
      actions   = ["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards"]
      resources = [for one in aws_kinesis_stream.this : one.arn]
    }
    CallTransform = {
      actions   = ["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"]
      resources = ["${local.function_arn}-transform:live"]
    }
    FindLanding = {
      actions   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
      resources = [var.buckets["landing"].arn]
    }
    WriteLanding = {
      actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
      resources = ["${var.buckets["landing"].arn}/firehose/*", "${var.buckets["landing"].arn}/firehose-errors/*"]
    }
    UseLandingKey = {
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.key_arns["landing"]]
    }
    WriteLogs = {
      actions   = ["logs:PutLogEvents"]
      resources = ["${aws_cloudwatch_log_group.firehose.arn}:log-stream:*"]
    }
  }
}

locals {
  commit_statements = {
    ListLanding = {
      actions   = ["s3:ListBucket"]
      resources = [var.buckets["landing"].arn]
    }
    ReadLanding = {
      actions   = ["s3:GetObject"]
      resources = ["${var.buckets["landing"].arn}/firehose/*", "${var.buckets["landing"].arn}/firehose-errors/*"]
    }
    DecryptLanding = {
      actions   = ["kms:Decrypt"]
      resources = [var.key_arns["landing"]]
    }
    ListLake = {
      actions   = ["s3:ListBucket"]
      resources = [var.buckets["lake"].arn]
    }
    # No right to remove: a batch is committed once, by an object that is not there before.
    WriteLake = {
      actions   = ["s3:GetObject", "s3:PutObject"]
      resources = [for zone in ["raw", "quarantine", "ledger", "replayed"] : "${var.buckets["lake"].arn}/lake/${zone}/*"]
    }
    ReadCompactions = {
      actions   = ["s3:GetObject"]
      resources = ["${var.buckets["lake"].arn}/lake/compactions/*"]
    }
    UseLakeKey = {
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.key_arns["lake"]]
    }
    TakeMessages = {
      actions   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      resources = [var.queues["firehose_objects"].arn]
    }
  }
}

module "release" {
  source      = "../role"
  context     = var.context
  name        = "release"
  description = "CodeDeploy moves the functions' alias to a new version, and back."
  services    = ["codedeploy.amazonaws.com"]
  statements = {
    MoveAlias = {
      actions   = ["lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"]
      resources = [for name in ["transform", "commit"] : "${local.function_arn}-${name}"]
    }
    WatchAlarms = {
      actions   = ["cloudwatch:DescribeAlarms"]
      resources = ["arn:aws:cloudwatch:${var.context.region}:${var.context.account_id}:alarm:${var.context.prefix}-*"]
    }
  }
}
