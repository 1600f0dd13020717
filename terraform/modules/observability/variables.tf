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

variable "resources" {
  description = "Names of single resources, as alarms.yml calls them, and numbers that alarms depend on."
  type        = map(string)
}

variable "resources_of" {
  description = "Names of resources of which there are several, by kind and then by a key of their own."
  type        = map(map(string))
}

variable "key_arn" {
  description = "Key that encrypts topics, logs and the audit trail."
  type        = string
}

variable "log_bucket" {
  description = "Bucket that takes the access logs of the audit trail's."
  type        = string
}

variable "watched_bucket_arns" {
  description = "Buckets of which every read and write is written down."
  type        = list(string)
}

variable "deploy_role_name" {
  description = "The one role whose changes of rights are no cause for alarm."
  type        = string
}

variable "settings" {
  description = "Who is told, whether at all, and how long what is kept."
  type = object({
    mail_to       = list(string)
    is_watched    = bool
    traced_rate   = number
    log_days      = number
    audit_days    = number
    audit_lock    = optional(object({ mode = string, days = number }))
    is_disposable = bool
  })
  validation {
    condition     = var.settings.traced_rate >= 0 && var.settings.traced_rate <= 1
    error_message = "A rate is between 0 and 1."
  }
  validation {
    condition     = alltrue([for one in var.settings.mail_to : can(regex("^[^@ ]+@[^@ ]+$", one))])
    error_message = "Alarms go to e-mail addresses."
  }
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.settings.log_days)
    error_message = "CloudWatch keeps logs for certain numbers of days only: 30, 90, 365…"
  }
}
