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
  description = "What the bucket is for; its name is the environment's prefix, this, and the account."
  type        = string
}

variable "kms_key_arn" {
  description = "Key of the class of data in it; null for S3's own, which log delivery needs."
  type        = string
  default     = null
}

variable "log_to" {
  description = "Bucket that takes its access logs; null for that bucket itself."
  type        = object({ bucket = string })
  default     = null
}

variable "noncurrent_days" {
  description = "Days for which replaced and removed versions are kept."
  type        = number
  default     = 30
  validation {
    condition     = var.noncurrent_days >= 7
    error_message = "A week is what it takes to notice that something was removed."
  }
}

variable "expirations" {
  description = "Days after which objects expire, by prefix; the prefix \"all\" is the whole bucket."
  type        = map(number)
  default     = {}
}

variable "transitions" {
  description = "Days after which objects become colder (infrequent access), by prefix."
  type        = map(number)
  default     = {}
  validation {
    condition     = alltrue([for days in values(var.transitions) : days >= 30])
    error_message = "S3 takes objects into infrequent access after 30 days at the earliest."
  }
}

variable "lock" {
  description = "Default object lock: nobody removes or replaces a version for so many days."
  type        = object({ mode = string, days = number })
  default     = null
  validation {
    condition     = var.lock == null ? true : contains(["GOVERNANCE", "COMPLIANCE"], var.lock.mode) && var.lock.days > 0
    error_message = "The lock is GOVERNANCE or COMPLIANCE, for one day or more."
  }
}

variable "is_disposable" {
  description = "Whether destroying the environment may remove what is in it."
  type        = bool
  default     = false
}

variable "statements" {
  description = "Further statements of its policy."
  type        = any
  default     = []
}
