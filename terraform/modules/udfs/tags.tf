# What bills are told apart by, beside the tags that the provider gives to everything.
locals {
  tags = { component = "udfs" }
}
