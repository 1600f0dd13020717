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
  description = "What the function is called, after the environment's prefix; its role is called the same."
  type        = string
}

variable "description" {
  description = "What it does, in a sentence."
  type        = string
}

variable "may" {
  description = "What its role is for, in a sentence."
  type        = string
}

variable "handler" {
  description = "Module and function, with dots."
  type        = string
}

variable "zip" {
  description = "Where its code lies, and the hash of what is in it."
  type        = object({ bucket = string, key = string, hash = string })
}

variable "memory" {
  description = "Megabytes; processors come with them."
  type        = number
}

variable "seconds" {
  description = "How long a call may take."
  type        = number
  validation {
    condition     = var.seconds >= 1 && var.seconds <= 900
    error_message = "A call takes a quarter of an hour at most."
  }
}

variable "concurrency" {
  description = "Calls at once."
  type        = number
  validation {
    condition     = var.concurrency >= 1 && var.concurrency <= 500
    error_message = "One call at least, and not half of the account's."
  }
}

variable "environment" {
  description = "Variables beside the environment's name and the secret's."
  type        = map(string)
  default     = {}
  validation {
    condition     = !contains(keys(var.environment), "SENTINEL_TOKEN_KEY")
    error_message = "The key is in its secret and nowhere else."
  }
}

variable "statements" {
  description = "What it may do beside writing its log and reading the key of the tokens; see modules/role."
  type = map(object({
    actions   = list(string)
    resources = list(string)
  }))
  default = {}
}

variable "token_key" {
  description = "Name and ARN of the secret with the key of the tokens."
  type        = object({ name = string, arn = string })
}

variable "key_arns" {
  description = "Keys of the classes of data; see modules/keys."
  type        = map(string)
}

variable "log_days" {
  description = "Days for which logs are kept."
  type        = number
}

variable "tags" {
  description = "What bills are told apart by."
  type        = map(string)
}
