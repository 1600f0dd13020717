{#- What is known about the reports on the transactions that the given changes are about, whichever
    batch brought them.

    Arguments:
        changes: dictionary from changes_of.

    Returns a dictionary with from_at and to_at, first and last time of such a report, or none
    where nothing is known about time; an empty dictionary where there is no such report. -#}
{% macro reports_about(changes) %}
    {%- if changes.from_at is none %}
        {{- return({'from_at': none, 'to_at': none}) -}}
    {%- endif %}
    {%- set span = run_query(
        'select min(' ~ sentinel.epoch_microseconds('reported_at') ~ '), max('
        ~ sentinel.epoch_microseconds('reported_at') ~ ') from ' ~ ref('int_fraud_labels__deduplicated')
        ~ ' where transaction_id in (select transaction_id from ' ~ sentinel.run_log_schema()
        ~ '.changed_transactions where ' ~ sentinel.in_batches('batch_id', changes.noted) ~ ')'
    ).rows[0] %}
    {%- if span[0] is none %}{{- return({}) -}}{%- endif %}
    {%- set epoch = modules.datetime.datetime(1970, 1, 1) %}
    {{- return({
        'from_at': epoch + modules.datetime.timedelta(microseconds=span[0] | int),
        'to_at': epoch + modules.datetime.timedelta(microseconds=span[1] | int),
    }) -}}
{% endmacro %}
