output "buckets" {
  description = "Name and ARN of each bucket, by what it is for."
  value = {
    landing   = { name = module.landing.name, arn = module.landing.arn }
    lake      = { name = module.lake.name, arn = module.lake.arn }
    curated   = { name = module.curated.name, arn = module.curated.arn }
    artifacts = { name = module.artifacts.name, arn = module.artifacts.arn }
    logs      = { name = module.access_logs.name, arn = module.access_logs.arn }
  }
}

output "lake_url" {
  description = "What SENTINEL_LAKE_URL is."
  value       = "s3://${module.lake.name}/lake"
}

output "landing_url" {
  description = "What SENTINEL_FIREHOSE_URL is."
  value       = "s3://${module.landing.name}"
}

output "queues" {
  description = "URL, ARN and names of the queues of events: firehose_objects, ledger_entries."
  value = {
    firehose_objects = module.landing_events.queue
    ledger_entries   = module.ledger_events.queue
  }
}
