{#- Aggregates over trailing windows, exact on every engine.

    For a transaction at t the window of n seconds delayed by d seconds is (t - d - n, t - d]: open
    on the left, closed on the right. With no delay the transaction itself is in its window, and
    others at the same instant only if their transaction_id is smaller: a window never sees a row
    after its own in the order (time, transaction_id).

    Arguments:
        events: name of a CTE with transaction_id, the entities, transaction_at and what the
            aggregates read.
        groups: list of dictionaries with
            entity: column, or list of columns, that the windows are kept apart by,
            events: a CTE of the group's own, where it needs other rows than the rest,
            aggregates: list of dictionaries with
                name: column to make,
                function: count or sum,
                expression: what to sum, never null; decimal or integer, so that sums are exact,
                window_seconds, delay_seconds (0 if not given).
        carried: columns of the events to return beside, which spares a join afterwards.

    Returns a select with transaction_id, what is carried, and one column an aggregate, of the
    transactions that the events of every group hold; an empty sum is null. -#}
{% macro trailing_aggregates_by_entity(events, groups, carried=[]) %}
    {%- set listed = [] %}
    {%- for group in groups %}
        {%- do listed.append({
            'entity': [group.entity] if group.entity is string else group.entity,
            'events': group.get('events', events),
            'aggregates': group.aggregates,
        }) %}
    {%- endfor %}
    {{- return(
        adapter.dispatch('trailing_aggregates_by_entity', 'sentinel')(events, listed, carried)
    ) -}}
{% endmacro %}


{#- The same for windows of one entity. -#}
{% macro trailing_aggregates(events, entity, aggregates) %}
    {{- return(sentinel.trailing_aggregates_by_entity(
        events, [{'entity': entity, 'aggregates': aggregates}]
    )) -}}
{% endmacro %}


{% macro default__trailing_aggregates_by_entity(events, groups, carried=[]) %}
    {%- set selects = [] %}
    {%- for group in groups %}
        {%- do selects.append(sentinel.running_aggregates(
            group.get('events', events), group.entity, group.aggregates, carried if loop.first else []
        )) %}
    {%- endfor %}
    {{- sentinel.joined_aggregates(groups, selects, carried) -}}
{% endmacro %}


{#- One row a transaction from one select for each group. -#}
{% macro joined_aggregates(groups, selects, carried) %}
    select
        group_1.transaction_id
        {%- for column in carried %},
        group_1.{{ column }}
        {%- endfor %}
        {%- for group in groups %}
        {%- set number = loop.index %}
        {%- for each in group.aggregates %},
        group_{{ number }}.{{ each.name }}
        {%- endfor %}
        {%- endfor %}
    from (
        {{ selects[0] }}
    ) as group_1
    {%- for each in selects[1:] %}
    inner join (
        {{ each }}
    ) as group_{{ loop.index + 1 }}
        on group_1.transaction_id = group_{{ loop.index + 1 }}.transaction_id
    {%- endfor %}
{% endmacro %}


{#- Each transaction enters a window when the delay has passed and leaves when the window has: a
    running sum over enter and leave events, in one ROWS frame. At one instant leaves and delayed
    enters come before the transactions that ask. -#}
{% macro running_aggregates(events, entity, aggregates, carried=[]) %}
    {%- set others = carried | reject('in', entity) | list %}
    {%- set offsets = [0] %}
    {%- for each in aggregates %}
        {%- set delay = each.get('delay_seconds', 0) %}
        {%- for offset in (delay, delay + each.window_seconds) if offset not in offsets %}
            {%- do offsets.append(offset) %}
        {%- endfor %}
    {%- endfor %}
    {%- set selected = ['transaction_id'] + entity + others %}
    {%- for each in aggregates if each.function == 'sum' %}
        {%- do selected.append(each.expression ~ ' as ' ~ each.name ~ '_value') %}
    {%- endfor %}
    select
        transaction_id
        {%- for column in carried %},
        {{ column }}
        {%- endfor %}
        {%- for each in aggregates %},
        {{ each.name }}
        {%- endfor %}
    from (
        select
            transaction_id,
            {%- for column in carried %}
            {{ column }},
            {%- endfor %}
            moved_by
            {%- for each in aggregates %}
            {%- set delay = each.get('delay_seconds', 0) %}
            {%- set value = '1' if each.function == 'count' else each.name ~ '_value' %},
            sum(
                case
                    when moved_by = {{ delay }} then {{ value }}
                    when moved_by = {{ delay + each.window_seconds }} then -{{ value }}
                    else 0
                end
            ) over (
                partition by {{ entity | join(', ') }}
                order by moved_at, case when moved_by = 0 then 1 else 0 end, transaction_id
                rows between unbounded preceding and current row
            ) as {{ each.name }}
            {%- endfor %}
        from (
            {{ sentinel.moved_events(events, selected, offsets) }}
        ) as moved
    ) as running
    where moved_by = 0
{% endmacro %}


{#- RANGE frames over integer microseconds, every entity's windows in one pass over their events, then the rows that share entity and instant with a later row are put right: the fastest exact
    form measured here. A delayed count is how many the delay has reached less how many the window
    has left behind: frames with one moving end each, which several windows share. -#}
{% macro duckdb__trailing_aggregates_by_entity(events, groups, carried=[]) %}
    {%- set events_of_groups = [] %}
    {%- for group in groups %}{%- do events_of_groups.append(group.get('events', events)) %}{%- endfor %}
    {%- if events_of_groups | unique | list | length == 1 %}
        {{- sentinel.range_aggregates(events_of_groups[0], groups, carried) -}}
    {%- else %}
        {%- set selects = [] %}
        {%- for group in groups %}
            {%- do selects.append(sentinel.range_aggregates(
                events_of_groups[loop.index0], [group], carried if loop.first else []
            )) %}
        {%- endfor %}
        {{- sentinel.joined_aggregates(groups, selects, carried) -}}
    {%- endif %}
{% endmacro %}


{% macro range_aggregates(events, groups, carried) %}
    {%- set frames = {} %}
    {%- set reached = {} %}
    {%- for group in groups %}
        {%- set number = loop.index %}
        {%- for each in group.aggregates %}
            {%- set delay = each.get('delay_seconds', 0) %}
            {%- if delay and each.function == 'count' %}
                {%- do reached.update({(number, delay): group.entity}) %}
                {%- do reached.update({(number, delay + each.window_seconds): group.entity}) %}
            {%- else %}
                {%- do frames.update({(number, each.window_seconds, delay): group.entity}) %}
            {%- endif %}
        {%- endfor %}
    {%- endfor %}
    select
        windowed.transaction_id
        {%- for column in carried %},
        windowed.{{ column }}
        {%- endfor %}
        {%- for group in groups %}
        {%- set number = loop.index %}
        {%- set sums = sentinel.undelayed_sums(group.aggregates) %}
        {%- for each in group.aggregates %}
        {%- set delay = each.get('delay_seconds', 0) %},
            {%- if delay and each.function == 'count' %}
        windowed.reached_{{ number }}_{{ delay }}
            - windowed.reached_{{ number }}_{{ delay + each.window_seconds }}
            {%- elif delay %}
        windowed.{{ each.name }}
            {%- elif each.function == 'count' %}
        windowed.{{ each.name }} - coalesce(tied_{{ number }}.rows_after, 0)
            {%- else %}
        windowed.{{ each.name }}
            - coalesce(tied_{{ number }}.sum_after_{{ sums.index(each.expression) }}, 0)
            {%- endif %} as {{ each.name }}
        {%- endfor %}
        {%- endfor %}
    from (
        select
            transaction_id
            {%- for column in carried %},
            {{ column }}
            {%- endfor %}
            {%- for group in groups %}
            {%- set number = loop.index %}
            {%- for each in group.aggregates if each.function == 'sum' or not each.get('delay_seconds') %},
            {{ 'count(*)' if each.function == 'count' else 'sum(' ~ each.expression ~ ')' }} over
                frame_{{ number }}_{{ each.window_seconds }}_{{ each.get('delay_seconds', 0) }}
                as {{ each.name }}
            {%- endfor %}
            {%- endfor %}
            {%- for number, seconds in reached %},
            count(*) over until_{{ number }}_{{ seconds }} as reached_{{ number }}_{{ seconds }}
            {%- endfor %}
        from {{ events }}
        window
            {%- for (number, window_seconds, delay_seconds), entity in frames.items() %}
            frame_{{ number }}_{{ window_seconds }}_{{ delay_seconds }} as (
                partition by {{ entity | join(', ') }} order by epoch_us(transaction_at)
                range between {{ (window_seconds + delay_seconds) * 1000000 - 1 }} preceding
                and {{ delay_seconds * 1000000 ~ ' preceding' if delay_seconds else 'current row' }}
            ){{ ',' if reached or not loop.last }}
            {%- endfor %}
            {%- for (number, seconds), entity in reached.items() %}
            until_{{ number }}_{{ seconds }} as (
                partition by {{ entity | join(', ') }} order by epoch_us(transaction_at)
                range between unbounded preceding and {{ seconds * 1000000 }} preceding
            ){{ ',' if not loop.last }}
            {%- endfor %}
    ) as windowed
    {%- for group in groups if group.aggregates | rejectattr('delay_seconds') | list %}
    {%- set number = groups.index(group) + 1 %}
    {%- set keys = group.entity | join(', ') %}
    left join (
        select
            transaction_id,
            count(*) over later_ties as rows_after
            {%- for expression in sentinel.undelayed_sums(group.aggregates) %},
            sum({{ expression }}) over later_ties as sum_after_{{ loop.index0 }}
            {%- endfor %}
        from {{ events }}
        where ({{ keys }}, transaction_at) in (
            select ({{ keys }}, transaction_at) from {{ events }}
            group by {{ keys }}, transaction_at having count(*) > 1
        )
        window later_ties as (
            partition by {{ keys }}, transaction_at order by transaction_id
            rows between 1 following and unbounded following
        )
    ) as tied_{{ number }} on windowed.transaction_id = tied_{{ number }}.transaction_id
    {%- endfor %}
{% endmacro %}


{#- The distinct expressions that undelayed sums of a group read. -#}
{% macro undelayed_sums(aggregates) %}
    {{- return(
        aggregates | rejectattr('delay_seconds') | selectattr('function', 'equalto', 'sum')
        | map(attribute='expression') | unique | list
    ) -}}
{% endmacro %}
