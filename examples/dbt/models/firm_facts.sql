-- The bank's own columns, under the names and in the types of the facts that the rules know. NULL is "not known", an
-- empty list is "known to be none". What cannot be translated stays as it is: unreadable_cells lists it.
SELECT
    client_no,
    nullif(industry_code, '') AS industry,
    nullif(division_code, '') AS division,
    TRY_CAST(employees AS INTEGER) AS employees,
    CAST(turnover_wan AS DECIMAL(38, 28)) AS revenue_wan,
    CASE size_zh
        WHEN '微型' THEN 'micro'
        WHEN '小型' THEN 'small'
        WHEN '中型' THEN 'medium'
        WHEN '大型' THEN 'large'
        ELSE nullif(size_zh, '')
    END AS size,
    CASE exports WHEN 'Y' THEN TRUE WHEN 'N' THEN FALSE END AS exports_goods,
    CASE markets WHEN 'none' THEN [] ELSE string_split(nullif(markets, ''), ';') END AS markets
FROM {{ ref('clients') }}
