output "arn" {
  description = "ARN of the queue, once its bucket may send into it."
  value       = aws_sqs_queue.this.arn
  depends_on  = [aws_sqs_queue_policy.this]
}

output "queue" {
  description = "Names, URL and ARN of the queue and its dead-letter queue."
  value = {
    name      = aws_sqs_queue.this.name
    dead_name = aws_sqs_queue.dead.name
    url       = aws_sqs_queue.this.url
    arn       = local.arn
  }
}
