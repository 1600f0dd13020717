{#- Select of events once for each offset, moved in time by it: with moved_at, and moved_by, the offset.

    Arguments:
        events: CTE with transaction_at.
        selected: list of what else to select.
        offsets: list of seconds. -#}
{% macro moved_events(events, selected, offsets) %}
    {{- adapter.dispatch('moved_events', 'sentinel')(events, selected, offsets) -}}
{% endmacro %}


{% macro default__moved_events(events, selected, offsets) %}
    {%- for offset in offsets %}
    select
        {{ selected | join(', ') }},
        {{ sentinel.seconds_later('transaction_at', offset) }} as moved_at,
        {{ offset }} as moved_by
    from {{ events }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{#- Spark plans each select by itself, with all that the events are made of: one, whose rows are
    multiplied, reads them once. -#}
{% macro spark__moved_events(events, selected, offsets) %}
    select
        {{ selected | join(', ') }},
        {{ dbt.dateadd('second', 'moved_by', 'transaction_at') }} as moved_at,
        moved_by
    from {{ events }}
    lateral view explode(array({{ offsets | join(', ') }})) as moved_by
{% endmacro %}
