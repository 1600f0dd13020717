{#- Select of the entity, no transaction, when, which count, and 1 or -1: where each known fraud begins and
    where it ceases to be in a count. As `known_fraud_counts` says it, with the same arguments. -#}
{% macro steps_of_known_frauds(known_frauds, entity, counts) %}
    {{- adapter.dispatch('steps_of_known_frauds', 'sentinel')(known_frauds, entity, counts) -}}
{% endmacro %}


{% macro default__steps_of_known_frauds(known_frauds, entity, counts) %}
    {%- for each in counts %}
    {%- set starts = sentinel.seconds_later('transaction_at', each.delay_seconds) %}
    {%- set ends = sentinel.seconds_later('transaction_at', each.delay_seconds + each.window_seconds) %}
    {%- set interval -%}
        from {{ known_frauds }}
        where greatest({{ starts }}, known_from) < least({{ ends }}, coalesce(known_until, {{ ends }}))
    {%- endset %}
    select {{ entity }}, null, greatest({{ starts }}, known_from), {{ loop.index }}, 1
    {{ interval }}
    union all
    select {{ entity }}, null, least({{ ends }}, coalesce(known_until, {{ ends }})), {{ loop.index }}, -1
    {{ interval }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{#- Read once: see `moved_events`. -#}
{% macro spark__steps_of_known_frauds(known_frauds, entity, counts) %}
    {%- set windows = [] %}
    {%- for each in counts %}
        {%- do windows.append(
            'struct(' ~ [loop.index, each.delay_seconds, each.delay_seconds + each.window_seconds] | join(', ') ~ ')'
        ) %}
    {%- endfor %}
    {%- set ends = dbt.dateadd('second', 'until_seconds', 'transaction_at') %}
    select {{ entity }}, null, case when step = 1 then begins_at else ceases_at end, counted, step
    from (
        select
            {{ entity }},
            counted,
            greatest({{ dbt.dateadd('second', 'from_seconds', 'transaction_at') }}, known_from) as begins_at,
            least({{ ends }}, coalesce(known_until, {{ ends }})) as ceases_at
        from {{ known_frauds }}
        lateral view inline(array({{ windows | join(', ') }})) as counted, from_seconds, until_seconds
    ) as intervals
    lateral view explode(array(1, -1)) as step
    where begins_at < ceases_at
{% endmacro %}
