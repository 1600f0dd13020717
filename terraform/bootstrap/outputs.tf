output "state_bucket" {
  description = "What `terraform init -backend-config=bucket=…` of the environment takes."
  value       = module.state.name
}

output "deploy_role_arn" {
  description = "Role by which continuous integration deploys."
  value       = module.delivery.deploy_role_arn
}

output "plan_role_arn" {
  description = "Role by which continuous integration plans."
  value       = module.delivery.plan_role_arn
}
