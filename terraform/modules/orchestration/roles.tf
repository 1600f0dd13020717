# Who starts a task (execution), who only keeps runs going (control), who does the work (code), who
# sweeps, and who sets tasks going by the clock (scheduler).

locals {
  arn_of = { for service in ["ecs", "glue", "logs"] : service => "arn:aws:${service}:${var.context.region}:${var.context.account_id}" }
  # A shell or a tunnel into a task, by Systems Manager; who may open one is said elsewhere.
  session_statements = {
    OpenSession = {
      actions   = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
      resources = ["*"]
    }
    DecryptSession = {
      actions   = ["kms:Decrypt"]
      resources = [var.key_arns["operations"]]
    }
    FindSessionLog = {
      actions   = ["logs:DescribeLogGroups"]
      resources = ["*"]
    }
    WriteSessionLog = {
      actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      resources = ["${aws_cloudwatch_log_group.sessions.arn}:*"]
    }
  }
  run_log_statements = {
    KeepRunLogs = {
      actions   = ["s3:GetObject", "s3:PutObject"]
      resources = ["${var.buckets["artifacts"].arn}/logs/*"]
    }
    EncryptRunLogs = {
      actions   = ["kms:GenerateDataKey"]
      resources = [var.key_arns["operations"]]
    }
  }
  token_key_statements = {
    ReadTokenKey = {
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [var.token_key_arn]
    }
    DecryptTokenKey = {
      actions   = ["kms:Decrypt"]
      resources = [var.key_arns["secrets"]]
    }
  }
}

module "execution" {
  source      = "../role"
  context     = var.context
  name        = "task-start"
  description = "ECS fetches image and secrets of a task before it starts."
  services    = ["ecs-tasks.amazonaws.com"]
  statements = {
    SignInToRegistry = {
      actions   = ["ecr:GetAuthorizationToken"]
      resources = ["*"]
    }
    FetchImage = {
      actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      resources = [aws_ecr_repository.this.arn]
    }
    WriteLogs = {
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = [for one in aws_cloudwatch_log_group.task : "${one.arn}:*"]
    }
    ReadDatabasePassword = {
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [aws_secretsmanager_secret.database.arn]
    }
    DecryptDatabasePassword = {
      actions   = ["kms:Decrypt"]
      resources = [var.key_arns["secrets"]]
    }
  }
}

module "control" {
  source      = "../role"
  context     = var.context
  name        = "dagster-control"
  description = "Webserver and daemon: runs and their logs, no data."
  services    = ["ecs-tasks.amazonaws.com"]
  statements  = merge(local.session_statements, local.run_log_statements)
}

module "code" {
  source      = "../role"
  context     = var.context
  name        = "dagster-code"
  description = "Dagster's runs: the catalogue, the warehouse, Spark's jobs, alerts."
  services    = ["ecs-tasks.amazonaws.com"]
  statements = merge(local.session_statements, local.run_log_statements, local.token_key_statements, {
    ListLake = {
      actions   = ["s3:ListBucket"]
      resources = [var.buckets["lake"].arn]
    }
    ReadLake = {
      actions   = ["s3:GetObject"]
      resources = ["${var.buckets["lake"].arn}/lake/*"]
    }
    # Batches that a mapping lands, and the lists of live files; nothing is removed.
    WriteLake = {
      actions   = ["s3:PutObject"]
      resources = [for zone in ["raw", "quarantine", "ledger", "replayed", "catalogue"] : "${var.buckets["lake"].arn}/lake/${zone}/*"]
    }
    UseLakeKey = {
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.key_arns["lake"]]
    }
    KeepCatalogue = {
      actions = [
        "glue:BatchCreatePartition", "glue:BatchUpdatePartition", "glue:CreateDatabase", "glue:CreateTable", "glue:GetDatabase",
        "glue:GetPartitions", "glue:GetTable", "glue:GetTables", "glue:UpdateTable",
      ]
      resources = concat(["${local.arn_of["glue"]}:catalog"], flatten([for name in var.lake_databases : ["${local.arn_of["glue"]}:database/${name}", "${local.arn_of["glue"]}:table/${name}/*"]]))
    }
    SignInToWarehouse = {
      actions   = ["redshift-serverless:GetCredentials", "redshift-serverless:GetWorkgroup"]
      resources = [var.workgroup_arn]
    }
    StartSparkJobs = {
      actions   = ["emr-serverless:StartJobRun"]
      resources = [var.spark.application_arn]
    }
    WatchSparkJobs = {
      actions   = ["emr-serverless:CancelJobRun", "emr-serverless:GetDashboardForJobRun", "emr-serverless:GetJobRun"]
      resources = ["${var.spark.application_arn}/jobruns/*"]
    }
    HandRoleToSpark = {
      actions    = ["iam:PassRole"]
      resources  = [var.spark.job_role_arn]
      conditions = { StringEquals = { "iam:PassedToService" = ["emr-serverless.amazonaws.com"] } }
    }
    ReadSparkLogs = {
      actions   = ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"]
      resources = ["${var.spark.log_group_arn}:*"]
    }
    TakeLedgerEvents = {
      actions   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      resources = [var.queues["ledger_entries"].arn]
    }
    # Versions of the fraud model; none is ever removed.
    KeepModels = {
      actions   = ["s3:GetObject", "s3:PutObject"]
      resources = ["${var.buckets["artifacts"].arn}/models/*"]
    }
    ListModels = {
      actions    = ["s3:ListBucket"]
      resources  = [var.buckets["artifacts"].arn]
      conditions = { StringLike = { "s3:prefix" = ["models/*"] } }
    }
    Alert = {
      actions   = ["sns:Publish"]
      resources = [var.alert_topic_arn]
    }
  })
}

module "sweep" {
  source      = "../role"
  context     = var.context
  name        = "sweep"
  description = "Commits what Firehose wrote and no event told of; as the committer may, and no more."
  services    = ["ecs-tasks.amazonaws.com"]
  statements  = merge(local.token_key_statements, var.commit_statements)
}

module "scheduler" {
  source      = "../role"
  context     = var.context
  name        = "scheduler"
  description = "Starts the tasks that run by the clock."
  services    = ["scheduler.amazonaws.com"]
  statements = {
    StartTasks = {
      actions   = ["ecs:RunTask"]
      resources = [for name in keys(local.commands) : "${local.arn_of["ecs"]}:task-definition/${var.context.prefix}-${name}:*"]
      conditions = {
        ArnEquals = { "ecs:cluster" = [aws_ecs_cluster.this.arn] }
      }
    }
    HandRolesToTasks = {
      actions    = ["iam:PassRole"]
      resources  = [module.execution.arn, module.code.arn, module.sweep.arn]
      conditions = { StringEquals = { "iam:PassedToService" = ["ecs-tasks.amazonaws.com"] } }
    }
    DecryptSchedule = {
      actions   = ["kms:Decrypt"]
      resources = [var.key_arns["operations"]]
    }
  }
}
