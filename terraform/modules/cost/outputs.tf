output "budgets" {
  description = "Names of the budgets."
  value       = concat([aws_budgets_budget.month.name], [for one in aws_budgets_budget.service : one.name])
}
