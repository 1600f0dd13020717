output "features_table" {
  description = "Name and ARN of the table of online features."
  value       = { name = aws_dynamodb_table.features.name, arn = aws_dynamodb_table.features.arn }
}

output "redis" {
  description = "Identifier of the replication group, and where it answers."
  value       = { id = aws_elasticache_replication_group.this.id, address = aws_elasticache_replication_group.this.primary_endpoint_address }
}
