# What an account needs once, before an environment can be deployed into it: a place for Terraform's
# state, the boundary, and the roles of continuous integration. A person with the rights of an
# administrator applies it; its own state stays with them, and all of it can be imported again.

terraform {
  required_version = ">= 1.11, < 2.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]
  default_tags {
    tags = {
      project     = "sentinel"
      environment = var.environment
      owner       = "data-platform"
      cost-centre = "fraud"
    }
  }
}

locals {
  context = {
    environment  = var.environment
    account_id   = var.account_id
    region       = var.region
    prefix       = "sentinel-${var.environment}"
    boundary_arn = module.delivery.boundary_arn
  }
}

resource "aws_kms_key" "state" {
  description             = "sentinel-${var.environment}: Terraform's state"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccountDecidesByIam"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_alias" "state" {
  name          = "alias/sentinel-${var.environment}-state"
  target_key_id = aws_kms_key.state.key_id
}

module "state" {
  source          = "../modules/bucket"
  context         = local.context
  name            = "state"
  kms_key_arn     = aws_kms_key.state.arn
  noncurrent_days = 365
}

module "delivery" {
  source                  = "../modules/delivery"
  environment             = var.environment
  account_id              = var.account_id
  region                  = var.region
  repository              = var.repository
  state_bucket_arn        = "arn:aws:s3:::sentinel-${var.environment}-state-${var.account_id}"
  state_key_arn           = aws_kms_key.state.arn
  administrator_role_name = var.administrator_role_name
}
