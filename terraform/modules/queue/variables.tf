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

variable "name" {
  description = "What the messages are about."
  type        = string
}

variable "key_arn" {
  description = "Key that encrypts messages; S3 must be allowed to use it."
  type        = string
}

variable "bucket_arn" {
  description = "Bucket that tells; nobody else may send."
  type        = string
}

variable "visibility_seconds" {
  description = "How long a message that was taken is hidden from others."
  type        = number
  validation {
    condition     = var.visibility_seconds >= 30 && var.visibility_seconds <= 43200
    error_message = "Between 30 seconds and 12 hours."
  }
}
