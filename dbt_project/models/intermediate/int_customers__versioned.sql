{{ config(post_hook="{{ sentinel.consume_batches() }}") }}
{%- do sentinel.take_batches({'customers': []}) %}

{{ sentinel.entity_versions(
    ref('stg_raw__customers'), 'customer_id',
    [
        'name_token', 'email_token', 'phone_token', 'document_token', 'segment',
        'home_country_code', 'home_latitude', 'home_longitude'
    ]
) }}
