"""Functions that run on Redshift's compute nodes.

Belongs here: names alone. A name that is missing is reported, so that nobody relies on a function
that only PostgreSQL, DuckDB or Spark has; add it once AWS's SQL reference lists it.
"""

FUNCTIONS = frozenset(
    """
    abs acos add_months any_value approximate ascii asin atan atan2 avg bit_and bit_or bool_and
    bool_or bpcharcmp btrim can_json_parse cast cbrt ceil ceiling char_length character_length
    charindex checksum chr coalesce collate concat convert convert_timezone cos cot count crc32
    cume_dist current_database current_setting current_user date_cmp date_diff date_part
    date_part_year date_trunc dateadd datediff datepart decode degrees dense_rank dexp dlog1 dlog10
    exp extract farmfingerprint64 first_value floor fnv_hash format from_varbyte func_sha1 getbit
    getdate greatest grouping grouping_id has_schema_privilege has_table_privilege hex_to_int hll
    hll_cardinality hll_combine hll_create_sketch initcap interval_cmp is_array is_bigint is_boolean
    is_char is_decimal is_float is_integer is_object is_scalar is_smallint is_valid_json
    is_valid_json_array is_varchar isnull json_array_length json_extract_array_element_text
    json_extract_path_text json_parse json_serialize json_size json_typeof lag last_day last_value
    lead least left len length listagg ln log lower lower_attributes lpad ltrim max md5 median min
    mod months_between next_day nth_value ntile nullif nvl nvl2 octet_length octetindex percent_rank
    percentile_cont percentile_disc pg_backend_pid pg_terminate_backend pi position pow power
    quote_ident quote_literal radians random rank ratio_to_report regexp_count regexp_instr
    regexp_replace regexp_substr repeat replace replicate reverse right round row_number rpad rtrim
    session_user sha sha1 sha2 sign sin soundex split_part sqrt stddev stddev_pop stddev_samp strpos
    strtol substr substring sum sysdate tan textlen timestamp_cmp timezone to_char to_date to_hex
    to_number to_timestamp to_varbyte translate trim trunc try_cast upper upper_attributes
    url_decode user var_pop var_samp variance version width_bucket
    array array_concat array_flatten get_array_length object object_transform split_to_array
    subarray unnest
    """.split()  # noqa: SIM905 - a hundred names are read as a text, not as a list
)

# Words before an opening parenthesis that call nothing.
NOT_CALLS = frozenset(
    """
    all and any as asc begin between by case check columns copy cross cube date default delete desc
    distinct distkey else encode end except exists external filter for from full group grouping
    having identity ignore ilike in inner insert intersect interleaved into is join key lateral left
    like limit minus not null nulls offset on only or order outer over partition partitioned pivot
    precision primary qualify range recursive references returning returns right rollup row rows
    select set sets similar sortkey super table temporary then time timestamp timestamptz to union
    unique unload unpivot update using values varying when where window with within
    bigint binary bool boolean bpchar char character decimal double float float4 float8 int int2
    int4 int8 integer nchar numeric nvarchar real smallint text varbinary varbyte varchar
    """.split()  # noqa: SIM905
)

# Leader-node only or deprecated: they fail, or differ by node, once a table is read beside them.
LEADER_NODE = {
    "age": "datediff()",
    "array_agg": "listagg()",
    "array_to_string": "listagg()",
    "current_time": "getdate()",
    "current_timestamp": "getdate()",
    "generate_series": "a table of numbers",
    "localtime": "getdate()",
    "localtimestamp": "getdate()",
    "now": "getdate()",
    "string_agg": "listagg()",
    "to_json": "SUPER",
}

UNKNOWN_TYPES = frozenset(
    """
    ARRAY BIGSERIAL BIT ENUM HSTORE HUGEINT INET INT128 INT256 JSON JSONB LIST MAP MONEY SERIAL
    SMALLSERIAL STRUCT TIMESTAMP_MS TIMESTAMP_NS TIMESTAMP_S TINYINT TSRANGE UBIGINT UINT USMALLINT
    UTINYINT UUID XML
    """.split()  # noqa: SIM905
)
