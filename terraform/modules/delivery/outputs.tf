output "boundary_arn" {
  description = "What every role of the environment carries."
  value       = aws_iam_policy.boundary.arn
}

output "deploy_role_arn" {
  description = "Role by which continuous integration deploys."
  value       = aws_iam_role.deploy.arn
}

output "plan_role_arn" {
  description = "Role by which continuous integration plans."
  value       = aws_iam_role.plan.arn
}
