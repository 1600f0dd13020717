output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "version" {
  description = "Its newest version."
  value       = aws_lambda_function.this.version
}
