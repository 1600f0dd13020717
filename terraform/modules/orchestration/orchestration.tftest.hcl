mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/mocked" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = {
      arn                  = "arn:aws:ecs:eu-central-1:123456789012:task-definition/mocked:1"
      arn_without_revision = "arn:aws:ecs:eu-central-1:123456789012:task-definition/mocked"
    }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mocked" }
  }
  mock_resource "aws_service_discovery_service" {
    defaults = { arn = "arn:aws:servicediscovery:eu-central-1:123456789012:service/mocked" }
  }
}

variables {
  context = {
    environment  = "dev"
    account_id   = "123456789012"
    region       = "eu-central-1"
    prefix       = "sentinel-dev"
    boundary_arn = "arn:aws:iam::123456789012:policy/sentinel-boundary"
  }
  network = {
    vpc_id                  = "vpc-1"
    cidr                    = "10.20.0.0/16"
    subnet_ids              = ["subnet-1", "subnet-2"]
    endpoints_group_id      = "sg-endpoints"
    gateway_prefix_list_ids = { s3 = "pl-s3", dynamodb = "pl-dynamodb" }
  }
  key_arns = {
    landing    = "arn:aws:kms:eu-central-1:123456789012:key/landing"
    lake       = "arn:aws:kms:eu-central-1:123456789012:key/lake"
    curated    = "arn:aws:kms:eu-central-1:123456789012:key/curated"
    operations = "arn:aws:kms:eu-central-1:123456789012:key/operations"
    secrets    = "arn:aws:kms:eu-central-1:123456789012:key/secrets"
  }
  buckets = {
    lake      = { name = "lake", arn = "arn:aws:s3:::lake" }
    artifacts = { name = "artifacts", arn = "arn:aws:s3:::artifacts" }
  }
  queues = {
    ledger_entries = { name = "ledger", dead_name = "ledger-dead", url = "https://sqs/ledger", arn = "arn:aws:sqs:eu-central-1:123456789012:ledger" }
  }
  environment       = { SENTINEL_LAKE_URL = "s3://lake/lake" }
  image_digest      = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
  database_password = "only-in-this-test"
  lake_databases    = ["sentinel_raw", "sentinel_lake"]
  token_key_arn     = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:token-key"
  workgroup_arn     = "arn:aws:redshift-serverless:eu-central-1:123456789012:workgroup/one"
  spark = {
    application_arn = "arn:aws:emr-serverless:eu-central-1:123456789012:/applications/one"
    job_role_arn    = "arn:aws:iam::123456789012:role/sentinel-dev-spark-job"
    log_group_arn   = "arn:aws:logs:eu-central-1:123456789012:log-group:spark"
  }
  alert_topic_arn   = "arn:aws:sns:eu-central-1:123456789012:runs"
  commit_statements = { ReadLanding = { actions = ["s3:GetObject"], resources = ["arn:aws:s3:::landing/*"] } }
  log_days          = 30
  settings = {
    control       = { cpu = 512, memory = 1024 }
    code          = { cpu = 1024, memory = 4096 }
    command       = { cpu = 512, memory = 2048 }
    database      = { class = "db.t4g.micro", storage_gb = 20, is_redundant = false, backup_days = 1, password_version = 1 }
    is_automated  = false
    is_disposable = true
  }
}

run "tasks_cannot_write_into_their_image_and_are_nobody" {
  command = apply
  assert {
    condition     = alltrue([for one in aws_ecs_task_definition.this : jsondecode(one.container_definitions)[0].readonlyRootFilesystem && jsondecode(one.container_definitions)[0].user == "10001"])
    error_message = "A task runs as nobody on a file system that it cannot change."
  }
  assert {
    condition     = alltrue([for one in aws_ecs_task_definition.this : endswith(jsondecode(one.container_definitions)[0].image, "@${var.image_digest}")])
    error_message = "An image is named by its digest."
  }
  assert {
    condition     = alltrue([for one in aws_ecs_service.this : !one.network_configuration[0].assign_public_ip])
    error_message = "Nothing is on the internet."
  }
}

run "versions_of_the_model_outlive_a_task" {
  command = apply
  assert {
    condition = alltrue([for one in aws_ecs_task_definition.this : length([
      for each in jsondecode(one.container_definitions)[0].environment : each
      if each.name == "SENTINEL_MODEL_ARTIFACTS_URL" && each.value == "s3://artifacts/models" || each.name == "SENTINEL_MODEL_REGISTRY_URL" && startswith(each.value, "postgresql+psycopg2://dagster@")
    ]) == 2])
    error_message = "A task's disk goes with it: what is registered lies in the database and on S3."
  }
  assert {
    condition     = alltrue([for one in aws_ecs_task_definition.this : !strcontains(one.container_definitions, var.database_password)])
    error_message = "A password is fetched when a task starts, and is in no definition."
  }
}

run "there_are_never_two_daemons" {
  command = apply
  assert {
    condition     = aws_ecs_service.this["daemon"].deployment_maximum_percent == 100 && aws_ecs_service.this["daemon"].desired_count == 1
    error_message = "Two daemons would start every schedule twice."
  }
}

run "dev_runs_nothing_by_the_clock" {
  command = apply
  assert {
    condition     = alltrue([for one in aws_scheduler_schedule.command : one.state == "DISABLED"])
    error_message = "What is not automated does not run by itself."
  }
}

run "an_image_by_its_tag_is_refused" {
  command = plan
  variables {
    image_digest = "latest"
  }
  expect_failures = [var.image_digest]
}

run "a_key_in_the_environment_is_refused" {
  command = plan
  variables {
    environment = { SENTINEL_TOKEN_KEY = "key" }
  }
  expect_failures = [var.environment]
}

run "a_size_that_fargate_has_not_is_refused" {
  command = plan
  variables {
    settings = {
      control       = { cpu = 700, memory = 1024 }
      code          = { cpu = 1024, memory = 4096 }
      command       = { cpu = 512, memory = 2048 }
      database      = { class = "db.t4g.micro", storage_gb = 20, is_redundant = false, backup_days = 1, password_version = 1 }
      is_automated  = false
      is_disposable = true
    }
  }
  expect_failures = [var.settings]
}
