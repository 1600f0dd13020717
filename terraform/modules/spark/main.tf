# EMR Serverless for back-fills: nothing runs, and nothing costs, between jobs.

locals {
  glue = "arn:aws:glue:${var.context.region}:${var.context.account_id}"
}

resource "aws_security_group" "this" {
  name        = "${var.context.prefix}-spark"
  description = "Spark's drivers and executors"
  vpc_id      = var.network.vpc_id
  tags        = merge(local.tags, { Name = "${var.context.prefix}-spark" })
}

resource "aws_vpc_security_group_ingress_rule" "each_other" {
  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = aws_security_group.this.id
  description                  = "Driver and executors among themselves"
  ip_protocol                  = "tcp"
  from_port                    = 1024
  to_port                      = 65535
  tags                         = local.tags
}

resource "aws_vpc_security_group_egress_rule" "each_other" {
  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = aws_security_group.this.id
  description                  = "Driver and executors among themselves"
  ip_protocol                  = "tcp"
  from_port                    = 1024
  to_port                      = 65535
  tags                         = local.tags
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = var.network.endpoints_group_id
  description                  = "AWS services through their endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  tags                         = local.tags
}

resource "aws_vpc_security_group_egress_rule" "storage" {
  security_group_id = aws_security_group.this.id
  prefix_list_id    = var.network.gateway_prefix_list_ids["s3"]
  description       = "Lake and tables, through S3's gateway"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = local.tags
}

resource "aws_emrserverless_application" "this" {
  name          = "${var.context.prefix}-spark"
  release_label = "emr-7.9.0"
  type          = "spark"
  architecture  = "X86_64"

  maximum_capacity {
    cpu    = "${var.settings.max_vcpu} vCPU"
    memory = "${var.settings.max_vcpu * 8} GB"
    disk   = "${var.settings.max_vcpu * 25} GB"
  }

  auto_start_configuration {
    enabled = true
  }

  auto_stop_configuration {
    enabled              = true
    idle_timeout_minutes = 5
  }

  network_configuration {
    security_group_ids = [aws_security_group.this.id]
    subnet_ids         = var.network.subnet_ids
  }

  tags = local.tags
}

resource "aws_cloudwatch_log_group" "jobs" {
  # EMR Serverless writes here unless told otherwise, and Dagster reads here.
  name              = "/aws/emr-serverless"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arns["operations"]
  tags              = local.tags
}

module "job" {
  source      = "../role"
  context     = var.context
  name        = "spark-job"
  description = "A job reads the lake and writes Spark's own tables."
  services    = ["emr-serverless.amazonaws.com"]
  statements = {
    ListBuckets = {
      actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
      resources = [for name in ["lake", "curated", "artifacts"] : var.buckets[name].arn]
    }
    ReadLake = {
      actions   = ["s3:GetObject"]
      resources = ["${var.buckets["lake"].arn}/lake/*"]
    }
    ReadPackage = {
      actions   = ["s3:GetObject"]
      resources = ["${var.buckets["artifacts"].arn}/spark/*"]
    }
    WriteTables = {
      actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
      resources = ["${var.buckets["curated"].arn}/*"]
    }
    DecryptLakeAndPackage = {
      actions   = ["kms:Decrypt"]
      resources = [var.key_arns["lake"], var.key_arns["operations"], var.key_arns["secrets"]]
    }
    UseCuratedKey = {
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.key_arns["curated"]]
    }
    FindTables = {
      actions   = ["glue:GetDatabase", "glue:GetDatabases", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables", "glue:GetUserDefinedFunctions"]
      resources = ["${local.glue}:catalog", "${local.glue}:database/*", "${local.glue}:table/*", "${local.glue}:userDefinedFunction/*"]
    }
    KeepTables = {
      actions = [
        "glue:BatchCreatePartition", "glue:BatchDeletePartition", "glue:BatchUpdatePartition", "glue:CreatePartition", "glue:CreateTable",
        "glue:DeletePartition", "glue:DeleteTable", "glue:UpdatePartition", "glue:UpdateTable",
      ]
      resources = concat(["${local.glue}:catalog"], flatten([for name in var.databases : ["${local.glue}:database/${name}", "${local.glue}:table/${name}/*"]]))
    }
    ReadTokenKey = {
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [var.token_key_arn]
    }
    WriteLogs = {
      actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      resources = ["${aws_cloudwatch_log_group.jobs.arn}:*"]
    }
    FindLogs = {
      actions   = ["logs:DescribeLogGroups"]
      resources = ["*"]
    }
  }
}
