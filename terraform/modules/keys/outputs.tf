output "arns" {
  description = "ARN of the key of each class: landing, lake, curated, operations, secrets."
  value       = { for name, key in aws_kms_key.this : name => key.arn }
}
