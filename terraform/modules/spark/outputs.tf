output "application" {
  description = "Identifier and ARN of the application."
  value       = { id = aws_emrserverless_application.this.id, arn = aws_emrserverless_application.this.arn }
}

output "job_role_arn" {
  description = "Role of its jobs."
  value       = module.job.arn
}

output "log_group" {
  description = "Name and ARN of the log group of its jobs."
  value       = { name = aws_cloudwatch_log_group.jobs.name, arn = aws_cloudwatch_log_group.jobs.arn }
}
