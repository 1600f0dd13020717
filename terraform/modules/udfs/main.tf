# The functions that Redshift calls with batches of rows: a Lambda, what it may do, and the role by
# which the warehouse calls it. `sentinel udfs redshift` prints the statements that declare them.

locals {
  name = "${var.context.prefix}-udfs"
}

resource "aws_s3_object" "zip" {
  bucket      = var.artifacts_bucket
  key         = "functions/udfs-${filesha256(var.udfs_zip)}.zip"
  source      = var.udfs_zip
  source_hash = filesha256(var.udfs_zip)
  kms_key_id  = var.key_arns["operations"]
  tags        = local.tags
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/sentinel/${var.context.environment}/functions/udfs"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arns["operations"]
  tags              = local.tags
}

resource "aws_lambda_function" "this" {
  function_name    = local.name
  description      = "Card, address and name functions for SQL, as DuckDB and Spark have them"
  role             = module.function.arn
  handler          = "spark_udfs.redshift_function.handler"
  runtime          = "python3.12"
  architectures    = ["x86_64"]
  memory_size      = 1024
  timeout          = 60
  s3_bucket        = aws_s3_object.zip.bucket
  s3_key           = aws_s3_object.zip.key
  source_code_hash = filebase64sha256(var.udfs_zip)
  kms_key_arn      = var.key_arns["operations"]
  # A query over all of history calls as often as it may; ingestion must not wait for it.
  reserved_concurrent_executions = var.concurrency
  environment {
    variables = {
      SENTINEL_ENVIRONMENT      = var.context.environment
      SENTINEL_TOKEN_KEY_SECRET = var.token_key.name
    }
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  tags = local.tags
}

module "function" {
  source      = "../role"
  context     = var.context
  name        = "udfs"
  description = "Computes on the rows it is given; reads the key of the tokens, and no bucket."
  services    = ["lambda.amazonaws.com"]
  is_guarded  = false
  statements = {
    ReadTokenKey = {
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [var.token_key.arn]
    }
    DecryptTokenKey = {
      actions   = ["kms:Decrypt"]
      resources = [var.key_arns["secrets"]]
    }
    # Lambda decrypts the function's environment with its role.
    DecryptEnvironment = {
      actions   = ["kms:Decrypt"]
      resources = [var.key_arns["operations"]]
    }
    WriteLog = {
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
    }
    WriteTraces = {
      actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
      resources = ["*"]
    }
  }
}

module "caller" {
  source      = "../role"
  context     = var.context
  name        = "udfs-caller"
  description = "The warehouse calls the functions, and nothing else by this role."
  services    = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
  is_guarded  = false
  statements = {
    CallFunctions = {
      actions   = ["lambda:InvokeFunction"]
      resources = ["arn:aws:lambda:${var.context.region}:${var.context.account_id}:function:${local.name}"]
    }
  }
}
