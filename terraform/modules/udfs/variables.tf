variable "context" {
  description = "What every module needs to know about where it is; see modules/platform."
  type = object({
    environment  = string
    account_id   = string
    region       = string
    prefix       = string
    boundary_arn = string
  })
}

variable "udfs_zip" {
  description = "The zip that `make udfs-zip` makes."
  type        = string
  validation {
    condition     = fileexists(var.udfs_zip)
    error_message = "There is no such file: `make udfs-zip` makes it."
  }
}

variable "key_arns" {
  description = "Keys of the classes of data; see modules/keys."
  type        = map(string)
}

variable "artifacts_bucket" {
  description = "Name of the bucket that the zip goes through: it is too large to be handed over."
  type        = string
}

variable "token_key" {
  description = "Name and ARN of the secret with the key of the tokens."
  type        = object({ name = string, arn = string })
}

variable "concurrency" {
  description = "Calls at once, of all queries together."
  type        = number
}

variable "log_days" {
  description = "Days for which logs are kept."
  type        = number
}
