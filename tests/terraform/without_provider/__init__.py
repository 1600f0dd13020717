"""What can be told of the configuration without Terraform's provider: a part, no more."""
