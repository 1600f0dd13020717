"""Tests of the project's own stand-ins for dbt packages (`dbt_project/package_standins/`).

Cases are data: a generic test, its arguments, a table and the verdict. What runs them is
`test_package_standins.py`; nothing here knows the project's models.
"""
