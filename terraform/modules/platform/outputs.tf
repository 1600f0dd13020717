output "lake_url" {
  description = "SENTINEL_LAKE_URL of the environment."
  value       = module.storage.lake_url
}

output "landing_url" {
  description = "SENTINEL_FIREHOSE_URL of the environment."
  value       = module.storage.landing_url
}

output "streams" {
  description = "Kinesis streams, by dataset."
  value       = module.streaming.streams
}

output "producer_role_arn" {
  description = "Role of producers."
  value       = module.streaming.producer_role_arn
}

output "warehouse_host" {
  description = "SENTINEL_REDSHIFT_HOST of the environment."
  value       = module.warehouse.workgroup.host
}

output "repository_url" {
  description = "Where Dagster's image is pushed."
  value       = module.orchestration.repository_url
}

output "artifacts_bucket" {
  description = "Bucket of builds; Spark's package lies below spark/."
  value       = module.storage.buckets["artifacts"].name
}

output "cluster" {
  description = "ECS cluster of Dagster."
  value       = module.orchestration.cluster
}

output "functions" {
  description = "Lambda functions, by what they do."
  value       = module.streaming.functions
}

output "alarms" {
  description = "Names of the alarms."
  value       = module.observability.alarms
}

output "dashboard" {
  description = "Name of the dashboard."
  value       = module.observability.dashboard
}
