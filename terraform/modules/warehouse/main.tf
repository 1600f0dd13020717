# Redshift Serverless: private, encrypted, sparing when idle, with limits to what it may use.

locals {
  arn_of = "arn:aws:redshift-serverless:${var.context.region}:${var.context.account_id}"
  glue   = "arn:aws:glue:${var.context.region}:${var.context.account_id}"
}

resource "aws_security_group" "this" {
  name        = "${var.context.prefix}-warehouse"
  description = "The warehouse; reached from within the network"
  vpc_id      = var.network.vpc_id
  tags        = merge(local.tags, { Name = "${var.context.prefix}-warehouse" })
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = var.client_group_id
  description                  = "SQL from Dagster's tasks"
  ip_protocol                  = "tcp"
  from_port                    = 5439
  to_port                      = 5439
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

resource "aws_vpc_security_group_egress_rule" "lake" {
  security_group_id = aws_security_group.this.id
  prefix_list_id    = var.network.gateway_prefix_list_ids["s3"]
  description       = "The lake, through S3's gateway"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = local.tags
}

module "spectrum" {
  source      = "../role"
  context     = var.context
  name        = "spectrum"
  description = "The warehouse reads the lake and its catalogue, and writes neither."
  services    = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
  is_guarded  = false
  statements = {
    ListLake = {
      actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
      resources = [var.lake_bucket_arn]
    }
    ReadLake = {
      actions   = ["s3:GetObject"]
      resources = [for zone in ["raw", "quarantine", "replayed", "catalogue"] : "${var.lake_bucket_arn}/lake/${zone}/*"]
    }
    DecryptLake = {
      actions   = ["kms:Decrypt"]
      resources = [var.key_arns["lake"]]
    }
    ReadCatalogue = {
      actions   = ["glue:GetDatabase", "glue:GetDatabases", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables", "glue:BatchGetPartition"]
      resources = concat(["${local.glue}:catalog"], flatten([for name in var.lake_databases : ["${local.glue}:database/${name}", "${local.glue}:table/${name}/*"]]))
    }
  }
}

resource "aws_redshiftserverless_namespace" "this" {
  namespace_name       = var.context.prefix
  db_name              = "sentinel"
  admin_username       = "sentinel_admin"
  kms_key_id           = var.key_arns["curated"]
  iam_roles            = [module.spectrum.arn, var.caller_role_arn]
  default_iam_role_arn = module.spectrum.arn
  log_exports          = ["connectionlog", "useractivitylog", "userlog"]
  # Redshift makes the password and keeps it in Secrets Manager: no state and no person has it.
  manage_admin_password            = true
  admin_password_secret_kms_key_id = var.key_arns["secrets"]
  tags                             = local.tags
}

resource "aws_redshiftserverless_workgroup" "this" {
  namespace_name       = aws_redshiftserverless_namespace.this.namespace_name
  workgroup_name       = var.context.prefix
  base_capacity        = var.settings.base_rpus
  max_capacity         = var.settings.max_rpus
  enhanced_vpc_routing = true
  publicly_accessible  = false
  security_group_ids   = [aws_security_group.this.id]
  subnet_ids           = var.network.subnet_ids

  dynamic "config_parameter" {
    for_each = {
      require_ssl                      = "true"
      enable_user_activity_logging     = "true"
      auto_mv                          = "true"
      datestyle                        = "ISO, MDY"
      enable_case_sensitive_identifier = "false"
      query_group                      = "default"
      search_path                      = "$user, public"
      use_fips_ssl                     = "false"
      max_query_execution_time         = tostring(var.settings.longest_query_seconds)
    }
    content {
      parameter_key   = config_parameter.key
      parameter_value = config_parameter.value
    }
  }

  tags = local.tags
}

resource "aws_redshiftserverless_usage_limit" "compute" {
  for_each      = { log = 0.8, deactivate = 1 }
  resource_arn  = aws_redshiftserverless_workgroup.this.arn
  usage_type    = "serverless-compute"
  period        = "daily"
  amount        = ceil(var.settings.rpu_hours_a_day * each.value)
  breach_action = each.key == "deactivate" ? var.settings.on_limit : "log"
}

# Provider and service have schedules for clusters only: the scheduler calls the service itself.
resource "aws_scheduler_schedule" "snapshot" {
  name                         = "${var.context.prefix}-warehouse-snapshot"
  description                  = "A snapshot of the warehouse each night, after the marts are published"
  schedule_expression          = "cron(30 6 * * ? *)"
  schedule_expression_timezone = "UTC"
  kms_key_arn                  = var.key_arns["operations"]
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = "arn:aws:scheduler:::aws-sdk:redshiftserverless:createSnapshot"
    role_arn = module.snapshot.arn
    input = jsonencode({
      NamespaceName   = aws_redshiftserverless_namespace.this.namespace_name
      SnapshotName    = "${var.context.prefix}-<aws.scheduler.execution-id>"
      RetentionPeriod = var.settings.snapshot_days
    })
    retry_policy {
      maximum_retry_attempts       = 5
      maximum_event_age_in_seconds = 3600
    }
  }
}

module "snapshot" {
  source      = "../role"
  context     = var.context
  name        = "snapshot"
  description = "The scheduler has snapshots of the warehouse made."
  services    = ["scheduler.amazonaws.com"]
  statements = {
    CreateSnapshot = {
      actions   = ["redshift-serverless:CreateSnapshot", "redshift-serverless:TagResource"]
      resources = [aws_redshiftserverless_namespace.this.arn, "${local.arn_of}:snapshot/*"]
    }
    DecryptSchedule = {
      actions   = ["kms:Decrypt"]
      resources = [var.key_arns["operations"]]
    }
  }
}
