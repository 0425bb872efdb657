-- What applies to a client today, and what one more answer could decide.
SELECT
    r.client_no,
    c.client_name,
    s.title_zh,
    s.sentences,
    r.status,
    r.missing
FROM {{ ref('support_status') }} AS r
JOIN {{ ref('clients') }} AS c ON c.client_no = r.client_no
JOIN {{ ref('supports') }} AS s ON s.support = r.support
WHERE r.status <> 'does_not_apply'
    AND (s.opens IS NULL OR s.opens <= CURRENT_DATE)
    AND (s.closes IS NULL OR s.closes >= CURRENT_DATE)
    AND (s.lapsed IS NULL OR s.lapsed > CURRENT_DATE)
