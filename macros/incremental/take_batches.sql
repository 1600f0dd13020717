{#- Batches that the model being built has to take in: the set difference between what its parents
    hold and what it has consumed itself, never a time watermark. So a model that failed while its
    parent succeeded catches up, and a batch that was committed late is not skipped. What is committed
    while the invocation runs waits for the next one.

    Arguments:
        sources: dictionary of dataset to the list of models that must have consumed a batch
            first; an empty list means the ledger itself.

    Returns a dictionary of dataset to the list of batch ids, and claims them under this
    invocation; `consume_batches()` as the model's post-hook turns the claims into consumption
    together with the model's rows. A first build or full refresh reads everything, whatever is
    returned here.

    Outside of a run (compile, docs, unit tests) nothing is claimed. -#}
{% macro take_batches(sources) %}
    {%- set taken = {} %}
    {%- for dataset in sources %}{%- do taken.update({dataset: []}) %}{%- endfor %}
    {%- if not sentinel.is_building() %}
        {{- return(taken) -}}
    {%- endif %}
    {%- set log = sentinel.run_log_schema() %}
    {%- set name = sentinel.quoted(this.schema ~ '.' ~ this.identifier) %}
    {#- The views on the lake were made when the invocation began. One made over an empty folder shows
        nothing of what lands meanwhile: taken now, that batch would be consumed without its rows. -#}
    {%- set started_at = "cast('" ~ run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') ~ "' as timestamp)" %}
    {%- set eligible -%}
        {%- for dataset, parents in sources.items() %}
        select ledger.dataset, ledger.batch_id
        from {{ source('lake', 'ledger') }} as ledger
        {%- for parent in parents %}
        inner join (
            select distinct batch_id from {{ log }}.batch_consumption
            where model = {{ sentinel.quoted(parent.schema ~ '.' ~ parent.identifier) }}
        ) as parent_{{ loop.index }} on ledger.batch_id = parent_{{ loop.index }}.batch_id
        {%- endfor %}
        where ledger.dataset = '{{ dataset }}'
            and ledger.delivered_at < {{ started_at }}
            and ledger.batch_id not in (
                select batch_id from {{ log }}.batch_consumption where model = {{ name }}
            )
        {{ 'union all' if not loop.last }}
        {%- endfor %}
        order by 1, 2
    {%- endset %}
    {%- for dataset, batch_id in run_query(eligible).rows %}
        {%- do taken[dataset].append(batch_id) %}
    {%- endfor %}
    {%- set rows = [] %}
    {%- for dataset, batch_ids in taken.items() %}
        {%- for batch_id in batch_ids %}
            {%- do rows.append('(' ~ name ~ ", '" ~ batch_id ~ "', '" ~ invocation_id ~ "')") %}
        {%- endfor %}
    {%- endfor %}
    {%- for chunk in rows | batch(1000) %}
        {%- do sentinel.run_statement('insert into ' ~ log ~ '.batch_claims values ' ~ chunk | join(', ')) %}
    {%- endfor %}
    {{- return(taken) -}}
{% endmacro %}
