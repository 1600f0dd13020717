"""AWS as code: every module, every environment, and one of them applied to a server on loopback.

`without_provider` holds what can be told where Terraform's AWS provider is out of reach.
"""
