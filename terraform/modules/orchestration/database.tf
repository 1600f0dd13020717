# Dagster's own database: runs, events, schedules.

resource "aws_security_group" "database" {
  name        = "${var.context.prefix}-database"
  description = "Dagster's database; reached from Dagster's tasks, and sends nothing by itself"
  vpc_id      = var.network.vpc_id
  tags        = merge(local.tags, { Name = "${var.context.prefix}-database" })
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  security_group_id            = aws_security_group.database.id
  referenced_security_group_id = aws_security_group.tasks.id
  description                  = "PostgreSQL from Dagster's tasks"
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  tags                         = local.tags
}

resource "aws_db_subnet_group" "this" {
  name       = var.context.prefix
  subnet_ids = var.network.subnet_ids
  tags       = local.tags
}

resource "aws_db_parameter_group" "this" {
  name   = "${var.context.prefix}-postgres16"
  family = "postgres16"
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  tags = local.tags
}

# The password goes to database and secret in one run and is kept nowhere else. RDS could make one of
# its own, but it changes that every few days, and running tasks would go on with the old one.
resource "aws_secretsmanager_secret" "database" {
  name                    = "${var.context.prefix}/dagster-database"
  description             = "Password of Dagster's database"
  kms_key_id              = var.key_arns["secrets"]
  recovery_window_in_days = var.settings.is_disposable ? 0 : 30
  tags                    = local.tags
}

resource "aws_secretsmanager_secret_version" "database" {
  secret_id                = aws_secretsmanager_secret.database.id
  secret_string_wo         = var.database_password
  secret_string_wo_version = var.settings.database.password_version
}

resource "aws_db_instance" "this" {
  identifier                          = "${var.context.prefix}-dagster"
  engine                              = "postgres"
  engine_version                      = "16"
  instance_class                      = var.settings.database.class
  db_name                             = "dagster"
  username                            = "dagster"
  password_wo                         = var.database_password
  password_wo_version                 = var.settings.database.password_version
  allocated_storage                   = var.settings.database.storage_gb
  max_allocated_storage               = var.settings.database.storage_gb * 4
  storage_type                        = "gp3"
  storage_encrypted                   = true
  kms_key_id                          = var.key_arns["operations"]
  multi_az                            = var.settings.database.is_redundant
  db_subnet_group_name                = aws_db_subnet_group.this.name
  vpc_security_group_ids              = [aws_security_group.database.id]
  parameter_group_name                = aws_db_parameter_group.this.name
  publicly_accessible                 = false
  iam_database_authentication_enabled = true
  auto_minor_version_upgrade          = true
  backup_retention_period             = var.settings.database.backup_days
  backup_window                       = "00:30-01:00"
  maintenance_window                  = "sun:04:00-sun:05:00"
  copy_tags_to_snapshot               = true
  deletion_protection                 = !var.settings.is_disposable
  skip_final_snapshot                 = var.settings.is_disposable
  final_snapshot_identifier           = "${var.context.prefix}-dagster-last"
  delete_automated_backups            = var.settings.is_disposable
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]
  ca_cert_identifier                  = "rds-ca-rsa2048-g1"
  monitoring_interval                 = 60
  monitoring_role_arn                 = module.monitoring.arn
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = var.key_arns["operations"]
  tags                                = local.tags
}

module "monitoring" {
  source      = "../role"
  context     = var.context
  name        = "database-monitoring"
  description = "RDS writes what the machine under the database does."
  services    = ["monitoring.rds.amazonaws.com"]
  statements = {
    WriteMetrics = {
      actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"]
      resources = ["${local.arn_of["logs"]}:log-group:RDSOSMetrics:log-stream:*"]
    }
    MakeGroup = {
      actions   = ["logs:CreateLogGroup", "logs:PutRetentionPolicy"]
      resources = ["${local.arn_of["logs"]}:log-group:RDSOSMetrics"]
    }
  }
}
