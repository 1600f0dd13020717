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
  description = "Component that the role is for; the role's name is the environment's prefix and this."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z-]{2,40}$", var.name))
    error_message = "A role is named by lower-case words and hyphens."
  }
}

variable "description" {
  description = "What the component does, in a sentence."
  type        = string
}

variable "services" {
  description = "AWS services that take the role on."
  type        = list(string)
  default     = []
}

variable "principals" {
  description = "ARNs that take the role on, where it is no service's."
  type        = list(string)
  default     = []
}

variable "statements" {
  description = "What it may do, by a name for each statement."
  type = map(object({
    effect     = optional(string, "Allow")
    actions    = list(string)
    resources  = list(string)
    conditions = optional(map(map(list(string))), {})
  }))
  validation {
    condition = alltrue([
      for one in values(var.statements) : one.effect == "Deny" || alltrue([for action in one.actions : action != "*" && !endswith(action, ":*")])
    ])
    error_message = "A role is allowed actions by name, never a whole service."
  }
}

variable "is_guarded" {
  description = "Whether a service has to say for which account it acts; Lambda and Redshift do not say."
  type        = bool
  default     = true
}
