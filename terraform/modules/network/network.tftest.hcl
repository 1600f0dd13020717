mock_provider "aws" {}

variables {
  context = {
    environment  = "dev"
    account_id   = "123456789012"
    region       = "eu-central-1"
    prefix       = "sentinel-dev"
    boundary_arn = "arn:aws:iam::123456789012:policy/sentinel-boundary"
  }
  cidr         = "10.20.0.0/16"
  logs_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/one"
  log_days     = 30
}

run "three_private_subnets_that_do_not_overlap" {
  command = plan
  assert {
    condition     = toset([for one in aws_subnet.private : one.cidr_block]) == toset(["10.20.0.0/20", "10.20.16.0/20", "10.20.32.0/20"])
    error_message = "Each zone takes a sixteenth."
  }
  assert {
    condition     = alltrue([for one in aws_subnet.private : !one.map_public_ip_on_launch])
    error_message = "Nothing gets a public address."
  }
}

run "endpoints_serve_this_account_only" {
  command = plan
  assert {
    condition = alltrue([
      for one in merge(aws_vpc_endpoint.interface, aws_vpc_endpoint.gateway) :
      jsondecode(one.policy).Statement[0].Condition.StringEquals["aws:PrincipalAccount"] == "123456789012"
    ])
    error_message = "An endpoint must not carry data into another account."
  }
  assert {
    condition     = contains(keys(aws_vpc_endpoint.interface), "secretsmanager")
    error_message = "Without the endpoint no task gets its secrets."
  }
}

run "too_small_a_network_is_refused" {
  command = plan
  variables {
    cidr = "10.20.0.0/24"
  }
  expect_failures = [var.cidr]
}

run "what_is_no_network_is_refused" {
  command = plan
  variables {
    cidr = "ten"
  }
  expect_failures = [var.cidr]
}

run "one_zone_is_refused" {
  command = plan
  variables {
    zone_count = 1
  }
  expect_failures = [var.zone_count]
}
