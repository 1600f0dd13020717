output "topic_arns" {
  description = "Topics by urgency, page and ticket, and that of failed runs, once services may publish."
  value       = { for name, one in aws_sns_topic.this : name => one.arn }
  depends_on  = [aws_sns_topic_policy.this]
}

output "alarms" {
  description = "Names of the alarms."
  value       = [for one in aws_cloudwatch_metric_alarm.this : one.alarm_name]
}

output "dashboard" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
