{#- Which tables and views a schema has, on Spark. Its answer to `show table extended` fails at the first
    Iceberg table, by a message that depends on the catalogue, and dbt-spark knows one of them. Told so by that
    one, it asks `show tables` and then for each by itself. -#}
{% macro spark__list_relations_without_caching(relation) %}
    {%- if sentinel.spark_table_format() == 'iceberg' %}
        {%- do exceptions.raise_compiler_error('SHOW TABLE EXTENDED is not supported for v2 tables') %}
    {%- endif %}
    {% call statement('list_relations_without_caching', fetch_result=True) %}
        show table extended in {{ relation.schema }} like '*'
    {% endcall %}
    {% do return(load_result('list_relations_without_caching').table) %}
{% endmacro %}
