"""Functions that SQL says badly, written once over Arrow arrays.

Belongs here: the functions, and how each engine gets them: `on_spark` as Arrow UDFs, `on_duckdb` as
vectorised functions, `redshift_function` as Lambda UDFs. Does not belong here: what SQL says well;
macros have that.
"""
