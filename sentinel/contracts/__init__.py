"""Data contracts: what each dataset of the lake holds, declared once in the YAML files beside.

Belongs here: reading the contracts, what is derived from one of them alone (Arrow schemas, dbt
sources), and comparing two versions of one. Does not belong here: validating or writing records.
"""

from sentinel.contracts.contract import Column, Contract, contract, contracts, read_contract

__all__ = ["Column", "Contract", "contract", "contracts", "read_contract"]
