mock_provider "aws" {}

variables {
  context = {
    environment  = "dev"
    account_id   = "123456789012"
    region       = "eu-central-1"
    prefix       = "sentinel-dev"
    boundary_arn = "arn:aws:iam::123456789012:policy/sentinel-boundary"
  }
  name        = "transform"
  description = "Transforms."
  services    = ["lambda.amazonaws.com"]
  statements = {
    ReadSecret = {
      actions   = ["secretsmanager:GetSecretValue"]
      resources = ["arn:aws:secretsmanager:eu-central-1:123456789012:secret:one"]
    }
  }
}

run "a_role_has_boundary_and_confused_deputy_guard" {
  command = plan
  assert {
    condition     = aws_iam_role.this.permissions_boundary == var.context.boundary_arn
    error_message = "A role must carry the boundary."
  }
  assert {
    condition     = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "A service may take the role on for this account only."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.this.policy).Statement[0].Sid == "ReadSecret"
    error_message = "A statement keeps its name."
  }
}

run "a_whole_service_is_refused" {
  command = plan
  variables {
    statements = { Everything = { actions = ["s3:*"], resources = ["*"] } }
  }
  expect_failures = [var.statements]
}

run "a_denied_whole_service_is_fine" {
  command = plan
  variables {
    statements = { Nothing = { effect = "Deny", actions = ["s3:*"], resources = ["*"] } }
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.this.policy).Statement[0].Effect == "Deny"
    error_message = "Deny stays Deny."
  }
}

run "a_name_has_no_capitals" {
  command = plan
  variables {
    name = "Transform"
  }
  expect_failures = [var.name]
}
