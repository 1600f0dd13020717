output "streams" {
  description = "Name of the Kinesis stream of each dataset."
  value       = { for dataset, one in aws_kinesis_stream.this : dataset => one.name }
}

output "stream_arns" {
  description = "ARNs of the Kinesis streams."
  value       = [for one in aws_kinesis_stream.this : one.arn]
}

output "delivery_streams" {
  description = "Name of the Firehose delivery stream of each dataset."
  value       = { for dataset, one in aws_kinesis_firehose_delivery_stream.this : dataset => one.name }
}

output "functions" {
  description = "Names of the functions: transform, commit."
  value       = { for name, one in module.function : name => one.name }
}

output "token_key" {
  description = "Name and ARN of the secret with the key of the tokens."
  value       = local.token_key
}

output "commit_statements" {
  description = "What committing takes, for whoever sweeps up what no event told of."
  value       = local.commit_statements
}

output "producer_role_arn" {
  description = "Role of producers."
  value       = module.producer.arn
}
