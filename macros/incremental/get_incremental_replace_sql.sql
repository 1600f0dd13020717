{#- Incremental strategy `replace`: like delete+insert, but the rows to delete are looked for only
    where in time they can be. The model's `event_time` names its time; where the old rows lay is
    known from the changes of the batches it claimed in this invocation. -#}
{% macro get_incremental_replace_sql(arguments) %}
    {%- set target, fresh = arguments.target_relation, arguments.temp_relation %}
    {%- set key, event_time = arguments.unique_key, config.get('event_time') %}
    {%- set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') %}
    {%- set span = sentinel.span_of_replaced_rows(fresh, event_time) %}
    delete from {{ target }}
    where {{ key }} in (select {{ key }} from {{ fresh }})
        {%- if span %}
        and {{ event_time }} >= {{ sentinel.timestamp_literal(span[0]) }}
        and {{ event_time }} <= {{ sentinel.timestamp_literal(span[1]) }}
        {%- endif %};

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ fresh }}
{% endmacro %}


{#- First and last time at which rows to be replaced can lie, or none where that is not known. -#}
{% macro span_of_replaced_rows(fresh, event_time) %}
    {%- set log = sentinel.run_log_schema() %}
    {%- set claimed -%}
        select batch_id from {{ log }}.batch_claims
        where model = '{{ this.schema }}.{{ this.identifier }}' and invocation_id = '{{ invocation_id }}'
    {%- endset %}
    {%- set noted = log ~ '.changed_transactions' %}
    {%- set span = run_query(
        'select min(instant), max(instant), (select count(*) from (' ~ claimed
        ~ ') as claimed where batch_id not in (select batch_id from ' ~ noted ~ ')) from (select '
        ~ sentinel.epoch_microseconds(event_time) ~ ' as instant from ' ~ fresh ~ ' union all select '
        ~ sentinel.epoch_microseconds('transaction_at') ~ ' from ' ~ noted ~ ' where batch_id in ('
        ~ claimed ~ ')) as times'
    ).rows[0] %}
    {%- if span[2] %}{{- return(none) -}}{%- endif %}
    {%- set epoch = modules.datetime.datetime(1970, 1, 1) %}
    {{- return([
        epoch + modules.datetime.timedelta(microseconds=(span[0] or 0) | int),
        epoch + modules.datetime.timedelta(microseconds=(span[1] or 0) | int),
    ]) -}}
{% endmacro %}
