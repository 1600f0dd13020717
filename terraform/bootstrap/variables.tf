variable "environment" {
  description = "Which environment the account is for: dev, staging or prod."
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "There are dev, staging and prod."
  }
}

variable "account_id" {
  description = "The account."
  type        = string
}

variable "region" {
  description = "Region of everything."
  type        = string
  default     = "eu-central-1"
}

variable "repository" {
  description = "Repository whose workflows may sign in, as owner/name."
  type        = string
}

variable "administrator_role_name" {
  description = "Role of whoever sets accounts up."
  type        = string
  default     = "administrator"
}
