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

variable "lake_url" {
  description = "Where the lake lies."
  type        = string
  validation {
    condition     = startswith(var.lake_url, "s3://")
    error_message = "Glue leads to S3 only."
  }
}

variable "curated_bucket" {
  description = "Bucket of what Spark builds."
  type        = string
}

variable "spark_schemas" {
  description = "Databases of Spark's tables; a shared warehouse has its schemas under a prefix."
  type        = list(string)
}

variable "key_arn" {
  description = "Key that encrypts the catalogue."
  type        = string
}

variable "administrator_arns" {
  description = "Who may make and grant tags in Lake Formation: the role that deploys."
  type        = list(string)
}
