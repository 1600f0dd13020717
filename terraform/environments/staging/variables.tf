variable "account_id" {
  description = "Account of the environment."
  type        = string
}

variable "region" {
  description = "Region of everything."
  type        = string
  default     = "eu-central-1"
}

variable "functions_zip" {
  description = "The zip that `make transform-zip` makes."
  type        = string
}

variable "udfs_zip" {
  description = "The zip that `make udfs-zip` makes."
  type        = string
}

variable "image_digest" {
  description = "Digest of Dagster's image in the environment's repository, sha256:…"
  type        = string
}

variable "mail_to" {
  description = "Who is told of alarms and budgets."
  type        = list(string)
  default     = []
}
