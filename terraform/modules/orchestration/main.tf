# Dagster on ECS Fargate: webserver, daemon and code location, each a service of its own, on one image.
#
# Nothing listens to the internet. The UI is reached through a session of Systems Manager
# (docs/guides/deploy.md), so whoever may open it is a question of IAM.

locals {
  image = "${aws_ecr_repository.this.repository_url}@${var.image_digest}"
  port  = { webserver = 3000, code = 4000 }
  services = {
    webserver = {
      command = ["dagster-webserver", "--host", "0.0.0.0", "--port", "3000", "--workspace", "deploy/dagster/workspace.yaml"]
      health  = ["CMD", "python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:3000/server_info', timeout=5)"]
      role    = module.control.arn
      size    = var.settings.control
      count   = 1
    }
    daemon = {
      command = ["dagster-daemon", "run", "--workspace", "deploy/dagster/workspace.yaml"]
      health  = ["CMD", "dagster-daemon", "liveness-check"]
      role    = module.control.arn
      size    = var.settings.control
      count   = 1
    }
    code = {
      command = ["dagster", "code-server", "start", "--host", "0.0.0.0", "--port", "4000", "--module-name", "dagster_defs.definitions"]
      health  = ["CMD", "dagster", "api", "grpc-health-check", "--port", "4000"]
      role    = module.code.arn
      size    = var.settings.code
      count   = 1
    }
  }
  # Commands of Sentinel that run by the clock and need no Dagster to be up.
  commands = {
    catalogue = {
      command  = ["sentinel", "catalogue", "register"]
      role     = module.code.arn
      schedule = "rate(5 minutes)"
      says     = "The catalogue says what the ledger says, before dbt asks it"
    }
    sweep = {
      command  = ["sentinel", "stream", "commit", "--sweep"]
      role     = module.sweep.arn
      schedule = "cron(15 1 * * ? *)"
      says     = "What Firehose wrote and no event told of is committed all the same"
    }
  }
  tasks = merge(
    { for name, one in local.services : name => merge({ command = one.command, role = one.role, size = one.size }, { health = one.health }) },
    { for name, one in local.commands : name => { command = one.command, role = one.role, size = var.settings.command, health = null } },
  )
  environment = merge(var.environment, {
    AWS_DEFAULT_REGION      = var.context.region
    SENTINEL_ENVIRONMENT    = var.context.environment
    SENTINEL_HOME           = "/state"
    SENTINEL_LOG_FORMAT     = "json"
    SENTINEL_SAMPLE         = "false"
    DBT_TARGET_PATH         = "/state/dbt/target"
    DBT_LOG_PATH            = "/state/dbt/logs"
    DAGSTER_HOME            = "/state/dagster"
    DAGSTER_POSTGRES_HOST   = aws_db_instance.this.address
    DAGSTER_POSTGRES_PORT   = tostring(aws_db_instance.this.port)
    DAGSTER_POSTGRES_DB     = aws_db_instance.this.db_name
    DAGSTER_POSTGRES_USER   = aws_db_instance.this.username
    DAGSTER_CODE_HOST       = "code.${aws_service_discovery_private_dns_namespace.this.name}"
    DAGSTER_LOG_BUCKET      = var.buckets["artifacts"].name
    PYTHONDONTWRITEBYTECODE = "1"
    # Versions of the fraud model, in a schema beside Dagster's tables; PGPASSWORD is its password.
    SENTINEL_MODEL_ARTIFACTS_URL = "s3://${var.buckets["artifacts"].name}/models"
    SENTINEL_MODEL_REGISTRY_URL  = "postgresql+psycopg2://${aws_db_instance.this.username}@${aws_db_instance.this.endpoint}/${aws_db_instance.this.db_name}?sslmode=require"
  })
}

resource "aws_ecr_repository" "this" {
  name                 = var.context.prefix
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.settings.is_disposable
  image_scanning_configuration {
    scan_on_push = true
  }
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.key_arns["operations"]
  }

  tags = local.tags
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Thirty images are enough to go back to"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 30 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_cloudwatch_log_group" "task" {
  for_each          = local.tasks
  name              = "/sentinel/${var.context.environment}/dagster/${each.key}"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arns["operations"]
  tags              = local.tags
}

# What was typed in a shell or tunnel into a task.
resource "aws_cloudwatch_log_group" "sessions" {
  name              = "/sentinel/${var.context.environment}/dagster/sessions"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arns["operations"]
  tags              = local.tags
}

resource "aws_ecs_cluster" "this" {
  name = var.context.prefix
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
  configuration {
    execute_command_configuration {
      kms_key_id = var.key_arns["operations"]
      logging    = "OVERRIDE"
      log_configuration {
        cloud_watch_encryption_enabled = true
        cloud_watch_log_group_name     = aws_cloudwatch_log_group.sessions.name
      }
    }
  }

  tags = local.tags
}

resource "aws_service_discovery_private_dns_namespace" "this" {
  name        = "${var.context.prefix}.internal"
  description = "How Dagster's services find each other"
  vpc         = var.network.vpc_id
  tags        = local.tags
}

resource "aws_service_discovery_service" "code" {
  name = "code"
  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.this.id
    routing_policy = "MULTIVALUE"
    dns_records {
      type = "A"
      ttl  = 10
    }
  }

  tags = local.tags
}

resource "aws_security_group" "tasks" {
  name        = "${var.context.prefix}-dagster"
  description = "Dagster's tasks"
  vpc_id      = var.network.vpc_id
  tags        = merge(local.tags, { Name = "${var.context.prefix}-dagster" })
}

resource "aws_vpc_security_group_ingress_rule" "code" {
  security_group_id            = aws_security_group.tasks.id
  referenced_security_group_id = aws_security_group.tasks.id
  description                  = "Webserver and daemon ask the code location"
  ip_protocol                  = "tcp"
  from_port                    = local.port.code
  to_port                      = local.port.code
  tags                         = local.tags
}

# What tasks call within the network: AWS's endpoints, the warehouse, the database, each other.
resource "aws_vpc_security_group_egress_rule" "within" {
  for_each          = { tls = 443, database = 5432, warehouse = 5439, redis = 6379, code = local.port.code }
  security_group_id = aws_security_group.tasks.id
  cidr_ipv4         = var.network.cidr
  description       = "Within the network: ${each.key}"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  tags              = local.tags
}

resource "aws_vpc_security_group_egress_rule" "gateway" {
  for_each          = toset(["s3", "dynamodb"])
  security_group_id = aws_security_group.tasks.id
  prefix_list_id    = var.network.gateway_prefix_list_ids[each.key]
  description       = "Through the gateway of ${each.key}"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = local.tags
}

resource "aws_ecs_task_definition" "this" {
  for_each                 = local.tasks
  family                   = "${var.context.prefix}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.size.cpu
  memory                   = each.value.size.memory
  execution_role_arn       = module.execution.arn
  task_role_arn            = each.value.role

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  # The image is read-only; what is written is the task's own and goes with it.
  volume {
    name = "state"
  }
  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([merge({
    name                   = each.key
    image                  = local.image
    essential              = true
    command                = each.value.command
    user                   = "10001"
    readonlyRootFilesystem = true
    stopTimeout            = 120
    environment            = [for name in sort(keys(local.environment)) : { name = name, value = local.environment[name] }]
    secrets                = [for name in ["DAGSTER_POSTGRES_PASSWORD", "PGPASSWORD"] : { name = name, valueFrom = aws_secretsmanager_secret.database.arn }]
    mountPoints = [
      { sourceVolume = "state", containerPath = "/state", readOnly = false },
      { sourceVolume = "tmp", containerPath = "/tmp", readOnly = false },
    ]
    portMappings    = contains(keys(local.port), each.key) ? [{ containerPort = local.port[each.key], hostPort = local.port[each.key], protocol = "tcp" }] : []
    linuxParameters = { initProcessEnabled = true }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.task[each.key].name
        awslogs-region        = var.context.region
        awslogs-stream-prefix = each.key
      }
    }
    }, each.value.health == null ? {} : {
    healthCheck = { command = each.value.health, interval = 30, timeout = 10, retries = 3, startPeriod = 120 }
  })])

  tags = local.tags
}

resource "aws_ecs_service" "this" {
  for_each                      = local.services
  name                          = each.key
  cluster                       = aws_ecs_cluster.this.id
  task_definition               = aws_ecs_task_definition.this[each.key].arn
  desired_count                 = each.value.count
  launch_type                   = "FARGATE"
  platform_version              = "LATEST"
  enable_execute_command        = true
  enable_ecs_managed_tags       = true
  propagate_tags                = "SERVICE"
  availability_zone_rebalancing = "DISABLED"
  # One daemon and one code location at most: the old one ends before the new one begins.
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.network.subnet_ids
    security_groups  = [aws_security_group.tasks.id]
    assign_public_ip = false
  }

  dynamic "service_registries" {
    for_each = each.key == "code" ? [aws_service_discovery_service.code.arn] : []
    content {
      registry_arn = service_registries.value
    }
  }

  tags = local.tags
}

resource "aws_scheduler_schedule" "command" {
  for_each                     = local.commands
  name                         = "${var.context.prefix}-${each.key}"
  description                  = each.value.says
  schedule_expression          = each.value.schedule
  schedule_expression_timezone = "UTC"
  state                        = var.settings.is_automated ? "ENABLED" : "DISABLED"
  kms_key_arn                  = var.key_arns["operations"]
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = aws_ecs_cluster.this.arn
    role_arn = module.scheduler.arn
    ecs_parameters {
      # Without a revision: the newest one.
      task_definition_arn = aws_ecs_task_definition.this[each.key].arn_without_revision
      launch_type         = "FARGATE"
      platform_version    = "LATEST"
      network_configuration {
        subnets          = var.network.subnet_ids
        security_groups  = [aws_security_group.tasks.id]
        assign_public_ip = false
      }
    }
    retry_policy {
      maximum_retry_attempts       = 3
      maximum_event_age_in_seconds = 600
    }
  }
}
