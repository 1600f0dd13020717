mock_provider "aws" {}

variables {
  context = {
    environment  = "dev"
    account_id   = "123456789012"
    region       = "eu-central-1"
    prefix       = "sentinel-dev"
    boundary_arn = "arn:aws:iam::123456789012:policy/sentinel-boundary"
  }
  name               = "firehose-objects"
  key_arn            = "arn:aws:kms:eu-central-1:123456789012:key/one"
  bucket_arn         = "arn:aws:s3:::sentinel-dev-landing-123456789012"
  visibility_seconds = 720
}

run "a_message_that_fails_five_times_is_put_aside" {
  command = apply
  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy).maxReceiveCount == 5
    error_message = "Five attempts."
  }
  assert {
    condition     = aws_sqs_queue.dead.message_retention_seconds > aws_sqs_queue.this.message_retention_seconds
    error_message = "What was put aside stays longer than what waits."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_policy.this.policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == var.bucket_arn
    error_message = "Only its bucket sends."
  }
}

run "hiding_for_a_second_is_refused" {
  command = plan
  variables {
    visibility_seconds = 1
  }
  expect_failures = [var.visibility_seconds]
}
