output "function" {
  description = "Name of the function, for `sentinel udfs redshift --lambda`."
  value       = aws_lambda_function.this.function_name
}

output "caller_role_arn" {
  description = "Role by which the warehouse calls it, for `sentinel udfs redshift --role`."
  value       = module.caller.arn
}
