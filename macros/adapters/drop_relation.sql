{#- Drops a table or view on Spark. Iceberg leaves a dropped table's files where they are unless it is told to
    remove them, and the next table would lie among them. -#}
{% macro spark__drop_relation(relation) %}
    {%- set is_iceberg = relation.type == 'table' and sentinel.spark_table_format() == 'iceberg' %}
    {% call statement('drop_relation', auto_begin=False) %}
        drop {{ relation.type }} if exists {{ relation }} {{ 'purge' if is_iceberg }}
    {% endcall %}
{% endmacro %}
