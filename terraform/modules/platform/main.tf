# One environment, whole: every module, and what each needs of the others. Environments differ by
# their settings alone.

locals {
  context = {
    environment  = var.environment
    account_id   = var.account_id
    region       = var.region
    prefix       = "sentinel-${var.environment}"
    boundary_arn = "arn:aws:iam::${var.account_id}:policy/sentinel-boundary"
  }
  # sentinel.settings: a developer's schemas on a shared warehouse carry a prefix, those of the others do not.
  schema_prefix = contains(["staging", "prod"], var.environment) ? "" : "${var.environment}_"
  deploy_role   = "sentinel-${var.environment}-deploy"
  s             = var.settings
}

module "keys" {
  source        = "../keys"
  context       = local.context
  deletion_days = local.s.is_disposable ? 7 : 30
}

module "network" {
  source              = "../network"
  context             = local.context
  cidr                = local.s.network.cidr
  endpoint_zone_count = local.s.network.endpoint_zone_count
  logs_key_arn        = module.keys.arns["operations"]
  log_days            = local.s.log_days
}

module "storage" {
  source         = "../storage"
  context        = local.context
  key_arns       = module.keys.arns
  commit_seconds = local.s.stream.commit_seconds
  settings       = merge(local.s.storage, { is_disposable = local.s.is_disposable })
}

module "catalogue" {
  source             = "../catalogue"
  context            = local.context
  lake_url           = module.storage.lake_url
  curated_bucket     = module.storage.buckets["curated"].name
  spark_schemas      = [for name in ["reference", "staging", "intermediate", "features", "marts", "ops"] : "${local.schema_prefix}${name}"]
  key_arn            = module.keys.arns["lake"]
  administrator_arns = ["arn:aws:iam::${var.account_id}:role/${local.deploy_role}"]
}

module "streaming" {
  source         = "../streaming"
  context        = local.context
  datasets       = ["transactions", "fraud_labels"]
  functions_zip  = var.functions_zip
  key_arns       = module.keys.arns
  buckets        = module.storage.buckets
  queues         = module.storage.queues
  lake_url       = module.storage.lake_url
  landing_url    = module.storage.landing_url
  commit_seconds = local.s.stream.commit_seconds
  producer_arns  = length(local.s.stream.producer_arns) > 0 ? local.s.stream.producer_arns : ["arn:aws:iam::${var.account_id}:root"]
  log_days       = local.s.log_days
  token_key      = var.token_key
  settings = {
    retention_hours      = local.s.stream.retention_hours
    buffer_seconds       = local.s.stream.buffer_seconds
    function_concurrency = local.s.stream.function_concurrency
    release              = local.s.stream.release
    is_disposable        = local.s.is_disposable
  }
}

module "warehouse" {
  source          = "../warehouse"
  context         = local.context
  network         = module.network
  client_group_id = module.orchestration.tasks_group_id
  key_arns        = module.keys.arns
  lake_bucket_arn = module.storage.buckets["lake"].arn
  lake_databases  = module.catalogue.lake_databases
  caller_role_arn = module.udfs.caller_role_arn
  settings        = local.s.warehouse
}

module "udfs" {
  source           = "../udfs"
  context          = local.context
  udfs_zip         = var.udfs_zip
  key_arns         = module.keys.arns
  artifacts_bucket = module.storage.buckets["artifacts"].name
  token_key        = module.streaming.token_key
  concurrency      = local.s.stream.function_concurrency
  log_days         = local.s.log_days
}

module "spark" {
  source        = "../spark"
  context       = local.context
  network       = module.network
  key_arns      = module.keys.arns
  buckets       = module.storage.buckets
  databases     = module.catalogue.spark_databases
  token_key_arn = module.streaming.token_key.arn
  log_days      = local.s.log_days
  settings      = local.s.spark
}

module "orchestration" {
  source            = "../orchestration"
  context           = local.context
  network           = module.network
  key_arns          = module.keys.arns
  buckets           = module.storage.buckets
  queues            = module.storage.queues
  image_digest      = var.image_digest
  database_password = var.database_password
  lake_databases    = module.catalogue.lake_databases
  token_key_arn     = module.streaming.token_key.arn
  workgroup_arn     = module.warehouse.workgroup.arn
  alert_topic_arn   = module.observability.topic_arns["runs"]
  commit_statements = module.streaming.commit_statements
  log_days          = local.s.log_days
  settings          = merge(local.s.orchestration, { is_automated = local.s.is_automated, is_disposable = local.s.is_disposable })
  spark = {
    application_arn = module.spark.application.arn
    job_role_arn    = module.spark.job_role_arn
    log_group_arn   = module.spark.log_group.arn
  }
  environment = {
    SENTINEL_ALERT_CHANNEL      = "sns"
    SENTINEL_ALERT_TOPIC_ARN    = module.observability.topic_arns["runs"]
    SENTINEL_AUTOMATION         = tostring(local.s.is_automated)
    SENTINEL_CATALOGUE          = "sentinel"
    SENTINEL_EMR_APPLICATION_ID = module.spark.application.id
    SENTINEL_EMR_PACKAGE_URL    = "s3://${module.storage.buckets["artifacts"].name}/spark"
    SENTINEL_EMR_ROLE_ARN       = module.spark.job_role_arn
    SENTINEL_FIREHOSE_QUEUE_URL = module.storage.queues["firehose_objects"].url
    SENTINEL_FIREHOSE_URL       = module.storage.landing_url
    SENTINEL_LAKE_URL           = module.storage.lake_url
    SENTINEL_LEDGER_QUEUE_URL   = module.storage.queues["ledger_entries"].url
    SENTINEL_REDSHIFT_DATABASE  = module.warehouse.database
    SENTINEL_REDSHIFT_HOST      = module.warehouse.workgroup.host
    SENTINEL_REDSHIFT_IAM_ROLE  = module.warehouse.spectrum_role_arn
    SENTINEL_REDSHIFT_METHOD    = "iam_role"
    SENTINEL_REDSHIFT_REGION    = var.region
    SENTINEL_REDSHIFT_SSLMODE   = "verify-full"
    SENTINEL_REDSHIFT_WORKGROUP = module.warehouse.workgroup.name
    SENTINEL_SCHEMA             = var.environment
    SENTINEL_TOKEN_KEY_SECRET   = module.streaming.token_key.name
  }
}

module "serving" {
  source          = "../serving"
  context         = local.context
  network         = module.network
  client_group_id = module.orchestration.tasks_group_id
  key_arns        = module.keys.arns
  settings        = merge(local.s.serving, { is_disposable = local.s.is_disposable })
}

module "observability" {
  source              = "../observability"
  context             = local.context
  key_arn             = module.keys.arns["operations"]
  log_bucket          = module.storage.buckets["logs"].name
  watched_bucket_arns = [module.storage.buckets["lake"].arn, module.storage.buckets["landing"].arn]
  deploy_role_name    = local.deploy_role
  settings = merge(local.s.observability, {
    mail_to       = var.mail_to
    log_days      = local.s.log_days
    is_disposable = local.s.is_disposable
  })
  resources = {
    function_transform        = module.streaming.functions["transform"]
    function_commit           = module.streaming.functions["commit"]
    function_udfs             = module.udfs.function
    bucket_landing            = module.storage.buckets["landing"].name
    workgroup                 = module.warehouse.workgroup.name
    warehouse_warning_seconds = tostring(local.s.warehouse.rpu_hours_a_day * 3600 * 0.8)
    cluster                   = module.orchestration.cluster
    database                  = module.orchestration.database
    spark_application         = module.spark.application.id
    features_table            = module.serving.features_table.name
    redis                     = module.serving.redis.id
  }
  resources_of = {
    streams          = module.streaming.streams
    delivery_streams = module.streaming.delivery_streams
    queues           = { for name, one in module.storage.queues : name => one.name }
    dead_queues      = { for name, one in module.storage.queues : name => one.dead_name }
    services         = module.orchestration.services
    schedules        = module.orchestration.schedules
  }
}

module "cost" {
  source    = "../cost"
  context   = local.context
  topic_arn = module.observability.topic_arns["ticket"]
  settings  = local.s.budget
}
