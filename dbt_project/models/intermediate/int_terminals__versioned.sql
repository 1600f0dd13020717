{{ config(post_hook="{{ sentinel.consume_batches() }}") }}
{%- do sentinel.take_batches({'terminals': []}) %}

{{ sentinel.entity_versions(
    ref('stg_raw__terminals'), 'terminal_id',
    ['merchant_id', 'merchant_category_code', 'country_code', 'latitude', 'longitude']
) }}
