mock_provider "aws" {
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
}

variables {
  environment             = "prod"
  account_id              = "123456789012"
  region                  = "eu-central-1"
  repository              = "example/sentinel"
  state_bucket_arn        = "arn:aws:s3:::sentinel-prod-state-123456789012"
  state_key_arn           = "arn:aws:kms:eu-central-1:123456789012:key/state"
  administrator_role_name = "administrator"
}

run "only_the_environment_deploys_and_only_pull_requests_plan" {
  command = apply
  assert {
    condition     = jsondecode(aws_iam_role.deploy.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == "repo:example/sentinel:environment:prod"
    error_message = "Deployment takes the environment's approval."
  }
  assert {
    condition     = jsondecode(aws_iam_role.plan.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == "repo:example/sentinel:pull_request"
    error_message = "A pull request can plan."
  }
}

run "roles_are_made_within_the_boundary_only" {
  command = apply
  assert {
    condition     = [for one in jsondecode(aws_iam_role_policy.deploy.policy).Statement : one.Condition.StringEquals["iam:PermissionsBoundary"] if one.Sid == "MakeRolesWithinTheBoundary"][0] == "arn:aws:iam::123456789012:policy/sentinel-boundary"
    error_message = "A role without the boundary cannot be made."
  }
}

run "a_pattern_of_repositories_is_refused" {
  command = plan
  variables {
    repository = "example/*"
  }
  expect_failures = [var.repository]
}

run "an_account_of_letters_is_refused" {
  command = plan
  variables {
    account_id = "production"
  }
  expect_failures = [var.account_id]
}
