output "function" {
  description = "Name of the function, for `sentinel udfs redshift --lambda`."
  value       = module.function.name
}

output "caller_role_arn" {
  description = "Role by which the warehouse calls it, for `sentinel udfs redshift --role`."
  value       = module.caller.arn
}
