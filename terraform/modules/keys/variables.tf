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

variable "rotation_days" {
  description = "Days after which a key gets new material; what was encrypted before stays readable."
  type        = number
  default     = 365
  validation {
    condition     = var.rotation_days >= 90 && var.rotation_days <= 365
    error_message = "Keys are rotated once a year or more often; KMS does it every 90 days at most."
  }
}

variable "deletion_days" {
  description = "Days in which the deletion of a key can be taken back."
  type        = number
  default     = 30
  validation {
    condition     = var.deletion_days >= 7 && var.deletion_days <= 30
    error_message = "KMS takes 7 to 30 days."
  }
}
