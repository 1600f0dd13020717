variable "environment" {
  description = "Which environment the account holds."
  type        = string
}

variable "account_id" {
  description = "The account."
  type        = string
  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account has twelve digits."
  }
}

variable "region" {
  description = "Where everything is; components can call no other region."
  type        = string
}

variable "repository" {
  description = "Repository whose workflows may sign in, as owner/name."
  type        = string
  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", var.repository))
    error_message = "The repository is owner/name, without a pattern: a pattern would let in others."
  }
}

variable "state_bucket_arn" {
  description = "Bucket of Terraform's state."
  type        = string
}

variable "state_key_arn" {
  description = "Key of Terraform's state."
  type        = string
}

variable "administrator_role_name" {
  description = "Role of whoever sets accounts up."
  type        = string
}
