# A function: the Lambda, its log, the role it runs by with what every function needs, and nothing about
# who calls it.

resource "aws_cloudwatch_log_group" "this" {
  name              = "/sentinel/${var.context.environment}/functions/${var.name}"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arns["operations"]
  tags              = var.tags
}

resource "aws_lambda_function" "this" {
  function_name    = "${var.context.prefix}-${var.name}"
  description      = var.description
  role             = module.role.arn
  handler          = var.handler
  runtime          = "python3.12"
  architectures    = ["x86_64"]
  memory_size      = var.memory
  timeout          = var.seconds
  s3_bucket        = var.zip.bucket
  s3_key           = var.zip.key
  source_code_hash = var.zip.hash
  kms_key_arn      = var.key_arns["operations"]
  publish          = true
  # One function that runs wild must not take the account's concurrency from the others.
  reserved_concurrent_executions = var.concurrency
  environment {
    variables = merge(var.environment, {
      SENTINEL_ENVIRONMENT      = var.context.environment
      SENTINEL_TOKEN_KEY_SECRET = var.token_key.name
    })
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  tags = var.tags
}

module "role" {
  source      = "../role"
  context     = var.context
  name        = var.name
  description = var.may
  services    = ["lambda.amazonaws.com"]
  is_guarded  = false
  statements = merge(var.statements, {
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
  })
}
