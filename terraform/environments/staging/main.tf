# The environment staging: one call of modules/platform, with the settings beside this file. Everything that
# distinguishes environments is in settings.yml; a test holds the three files to each other.

terraform {
  required_version = ">= 1.11, < 2.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
  # The bucket is the account's own: terraform init -backend-config=bucket=…
  backend "s3" {
    key          = "staging/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]
  default_tags {
    tags = {
      project     = "sentinel"
      environment = "staging"
      owner       = "data-platform"
      cost-centre = "fraud"
    }
  }
}

# Random values that are written to their secrets once and are in no plan and no state.
ephemeral "aws_secretsmanager_random_password" "token_key" {
  password_length     = 64
  exclude_punctuation = true
}

ephemeral "aws_secretsmanager_random_password" "database" {
  password_length     = 40
  exclude_punctuation = true
}

module "platform" {
  source            = "../../modules/platform"
  environment       = "staging"
  account_id        = var.account_id
  region            = var.region
  functions_zip     = var.functions_zip
  udfs_zip          = var.udfs_zip
  image_digest      = var.image_digest
  mail_to           = var.mail_to
  token_key         = ephemeral.aws_secretsmanager_random_password.token_key.random_password
  database_password = ephemeral.aws_secretsmanager_random_password.database.random_password
  settings          = yamldecode(file("${path.module}/settings.yml"))
}
