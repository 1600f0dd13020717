output "cluster" {
  description = "Name of the cluster."
  value       = aws_ecs_cluster.this.name
}

output "services" {
  description = "Names of the services: webserver, daemon, code."
  value       = { for name, one in aws_ecs_service.this : name => one.name }
}

output "database" {
  description = "Identifier of Dagster's database."
  value       = aws_db_instance.this.identifier
}

output "repository_url" {
  description = "Where the image is pushed."
  value       = aws_ecr_repository.this.repository_url
}

output "task_families" {
  description = "Families of the task definitions, by what they run."
  value       = { for name, one in aws_ecs_task_definition.this : name => one.family }
}

output "schedules" {
  description = "Names of what runs by the clock."
  value       = { for name, one in aws_scheduler_schedule.command : name => one.name }
}

output "tasks_group_id" {
  description = "Security group of Dagster's tasks."
  value       = aws_security_group.tasks.id
}
