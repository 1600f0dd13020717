"""Data contracts: what each dataset of the lake holds, declared once in the YAML files beside.

Belongs here: reading the contracts and what is derived from one contract alone (Arrow schemas,
dbt sources). Does not belong here: validating or writing records.
"""

from sentinel.contracts.contract import Column, Contract, contract, contracts

__all__ = ["Column", "Contract", "contract", "contracts"]
