{#- How Redshift distributes a table's rows over its nodes: by the entity, so that an entity's windows
    and the joins on it need nothing sent. Takes the place of dbt-redshift's macro of this name, which
    knows only what a model's config says; that still wins. Tables without an entity are small, and are
    left to Redshift.

    Arguments:
        dist: the config `dist`, or none. -#}
{% macro dist(dist) %}
    {%- set declared = model.get('columns', {}) %}
    {%- set entities = ['customer_id', 'terminal_id', 'entity_id', 'transaction_id'] | select('in', declared) | list %}
    {%- set wanted = dist or (entities | first if entities else 'auto') %}
    {%- if wanted in ('all', 'even') %}
        diststyle {{ wanted }}
    {%- elif wanted != 'auto' %}
        diststyle key distkey ({{ wanted }})
    {%- endif %}
{%- endmacro %}
