{#- Writes down how an invocation and each of its nodes ended; ops models read it. -#}
{% macro record_invocation(results) %}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed', 'snapshot', 'test', 'retry') %}
        {%- set schema = sentinel.run_log_schema() %}
        {%- set started_at = run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') %}
        {%- set ended_at = modules.datetime.datetime.utcnow().strftime('%Y-%m-%d %H:%M:%S.%f') %}
        {%- do sentinel.run_statement(
            "insert into " ~ schema ~ ".invocations values ('" ~ invocation_id ~ "', '"
            ~ flags.WHICH ~ "', '" ~ target.name ~ "', "
            ~ sentinel.quoted(env_var('SENTINEL_RUN_ID', '')) ~ ", cast('" ~ started_at ~ "' as timestamp), cast('"
            ~ ended_at ~ "' as timestamp))"
        ) %}
        {%- set rows = [] %}
        {%- for result in results %}
            {%- do rows.append(sentinel.node_result_row(result)) %}
        {%- endfor %}
        {%- for chunk in rows | batch(200) %}
            {%- do sentinel.run_statement('insert into ' ~ schema ~ '.node_results values '
                ~ chunk | join(', ')) %}
        {%- endfor %}
    {%- endif %}
{% endmacro %}


{% macro node_result_row(result) %}
    {%- set node = result.node %}
    {%- set tested = node.attached_node.split('.')[-1] if node.attached_node else '' %}
    {%- set values = [
        sentinel.quoted(invocation_id), sentinel.quoted(node.unique_id),
        sentinel.quoted(node.resource_type), sentinel.quoted(node.schema),
        sentinel.quoted(node.name), sentinel.quoted(tested),
        sentinel.quoted(node.column_name or ''),
        sentinel.quoted(node.config.severity if node.resource_type == 'test' else ''),
        sentinel.quoted(result.status), (result.failures if result.failures is not none else 'null'),
        result.execution_time, sentinel.quoted((result.message or '')[:500]),
    ] %}
    {{- return('(' ~ values | join(', ') ~ ')') -}}
{% endmacro %}
