output "workgroup" {
  description = "Name and ARN of the workgroup, and the host that dbt connects to."
  value = {
    name = aws_redshiftserverless_workgroup.this.workgroup_name
    arn  = aws_redshiftserverless_workgroup.this.arn
    host = "${var.context.prefix}.${var.context.account_id}.${var.context.region}.redshift-serverless.amazonaws.com"
  }
}

output "namespace" {
  description = "Name of the namespace."
  value       = aws_redshiftserverless_namespace.this.namespace_name
}

output "database" {
  description = "Name of the database."
  value       = aws_redshiftserverless_namespace.this.db_name
}

output "spectrum_role_arn" {
  description = "Role by which the warehouse reads the lake."
  value       = module.spectrum.arn
}
