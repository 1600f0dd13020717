"""An AWS API server for Terraform: moto, and what the provider asks for that moto lacks.

Belongs here: answers by which a whole environment can be applied and planned again, and rights that
are looked at. Does not belong here: what any product code depends on, and anything that would let
a wrong configuration pass which moto alone would refuse.
"""
