"""SuiteQL that ordinary integrations send, from Oracle's help pages on SuiteQL and the examples of its clients."""

from __future__ import annotations

from typing import Any

import pytest

from support.rows import rows

ORDERS = "FROM transaction t WHERE t.type = 'SalesOrd'"
LINES = "FROM transaction t JOIN transactionline tl ON tl.transaction = t.id"
SAW = {"item": {"externalId": "SAW-1"}}
BOLT = {"item": {"externalId": "BOLT-2"}}


@pytest.fixture(scope="module")
def books(running: Any) -> Any:
    """Four orders, of which the third has two lines and the fourth is in yen; the second has an invoice."""
    running.reset()
    for key, date, more in (
        ("006A", "2026-01-10", {"item": {"items": [{**SAW, "quantity": 1}]}}),
        ("006B", "2026-02-10", {"item": {"items": [{**SAW, "quantity": 2}]}, "memo": "Rush 100%"}),
        ("006C", "2026-03-10", {"item": {"items": [{**SAW, "quantity": 3}, {**BOLT, "quantity": 10}]}}),
        ("006D", "2026-03-15", {"entity": {"externalId": "001B"}, "item": {"items": [{**SAW, "quantity": 1}]}}),
    ):
        assert running.put_order(key, tranDate=date, **more).status_code == 204
    assert running.invoice_order("006B", {"tranDate": "2026-02-12"}).status_code == 204
    return running


#: A query, and the values of its rows.
QUERIES: list[tuple[str, list[tuple[str, ...]]]] = [
    # One table: what there was before.
    (f"SELECT t.externalid {ORDERS} ORDER BY t.externalid", [("006A",), ("006B",), ("006C",), ("006D",)]),
    ("SELECT COUNT(*) AS n FROM transaction", [("5",)]),
    ("SELECT externalid, foreigntotal FROM transaction WHERE externalid = '006B'", [("006B", "200.00")]),
    ("SELECT BUILTIN.DF(entity) AS name FROM transaction WHERE externalid = '006A'", [("acme",)]),
    ("SELECT TO_CHAR(trandate, 'YYYY-MM-DD') AS day FROM transaction WHERE externalid = '006A'", [("2026-01-10",)]),
    ("SELECT id FROM customer WHERE externalid = 'nobody'", []),
    ("SELECT companyname FROM customer ORDER BY companyname", [("Acme",), ("Bravo KK",)]),
    ("SELECT symbol FROM currency WHERE symbol IN ('EUR', 'USD') ORDER BY symbol", [("EUR",), ("USD",)]),
    ("SELECT itemid FROM item ORDER BY itemid OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY", [("SAW-1",)]),
    # Joins.
    (
        f"SELECT t.externalid, SUM(tl.netamount) AS net {LINES} WHERE t.type = 'SalesOrd' GROUP BY t.externalid "
        "ORDER BY t.externalid",
        [("006A", "100.00"), ("006B", "200.00"), ("006C", "303.50"), ("006D", "15000")],
    ),
    (
        "SELECT t.externalid, tl.quantity FROM transaction t, transactionline tl WHERE tl.transaction = t.id "
        "AND t.recordtype = 'salesorder' AND tl.mainline = 'F' ORDER BY t.externalid, tl.linesequencenumber",
        [("006A", "1"), ("006B", "2"), ("006C", "3"), ("006C", "10"), ("006D", "1")],
    ),
    (
        f"SELECT t.externalid, i.itemid, tl.rate {LINES} INNER JOIN item i ON i.id = tl.item "
        "WHERE t.externalid = '006C' ORDER BY tl.linesequencenumber",
        [("006C", "SAW-1", "100.00"), ("006C", "BOLT-2", "0.35")],
    ),
    (
        "SELECT t.externalid, c.companyname FROM transaction t INNER JOIN customer c ON t.entity = c.id "
        "WHERE t.type = 'SalesOrd' AND c.companyname LIKE 'Bravo%'",
        [("006D", "Bravo KK")],
    ),
    (
        "SELECT so.externalid, inv.type AS x FROM transaction so LEFT JOIN transaction inv "
        "ON inv.createdfrom = so.id WHERE so.type = 'SalesOrd' AND inv.id IS NOT NULL",
        [("006B", "CustInvc")],
    ),
    (
        "SELECT so.externalid FROM transaction so LEFT OUTER JOIN transaction inv ON inv.createdfrom = so.id "
        "AND inv.type = 'CustInvc' WHERE so.type = 'SalesOrd' AND inv.id IS NULL ORDER BY 1",
        [("006A",), ("006C",), ("006D",)],
    ),
    (
        "SELECT so.externalid, inv.foreigntotal FROM transaction so, transaction inv "
        "WHERE so.id = inv.createdfrom(+) AND so.type = 'SalesOrd' ORDER BY so.externalid",
        [("006A",), ("006B", "200.00"), ("006C",), ("006D",)],
    ),
    (
        "SELECT c.companyname, cur.symbol FROM customer c JOIN currency cur ON cur.id = c.currency ORDER BY 1",
        [("Acme", "USD"), ("Bravo KK", "JPY")],
    ),
    (
        "SELECT e.entityid, COUNT(t.id) AS orders FROM entity e JOIN transaction t ON t.entity = e.id "
        "WHERE t.type = 'SalesOrd' GROUP BY e.entityid ORDER BY orders DESC",
        [("acme", "3"), ("bravo", "1")],
    ),
    (
        "SELECT i.itemid, p.unitprice FROM pricing p JOIN item i ON i.id = p.item JOIN currency c ON c.id = p.currency "
        "WHERE c.symbol = 'EUR'",
        [("SAW-1", "90.00")],
    ),
    ("SELECT COUNT(*) AS n FROM item CROSS JOIN customer", [("4",)]),
    (
        "SELECT s.name FROM subsidiary s JOIN transaction t ON t.subsidiary = s.id WHERE t.externalid = '006A'",
        [("Parent Company",)],
    ),
    # What was made from what.
    (
        "SELECT so.externalid, l.nexttype, l.linktype, l.previousline, l.foreignamount FROM nexttransactionlinelink l "
        "JOIN transaction so ON so.id = l.previousdoc WHERE l.nexttype = 'CustInvc'",
        [("006B", "CustInvc", "OrdBill", "1", "200.00")],
    ),
    (
        "SELECT so.externalid FROM transaction inv JOIN previoustransactionlink l ON l.nextdoc = inv.id "
        "JOIN transaction so ON so.id = l.previousdoc WHERE inv.type = 'CustInvc'",
        [("006B",)],
    ),
    ("SELECT foreignamountpaid, foreignamountunpaid FROM transaction WHERE type = 'CustInvc'", [("0.00", "200.00")]),
    (f"SELECT COUNT(*) AS n, COUNT(DISTINCT tl.uniquekey) AS keys {LINES}", [("6", "6")]),
    (
        "SELECT periodname FROM accountingperiod WHERE isquarter = 'F' AND isyear = 'F' AND isadjust = 'F' "
        "AND startdate <= TO_DATE('2026-02-15', 'YYYY-MM-DD') AND enddate >= TO_DATE('2026-02-15', 'YYYY-MM-DD')",
        [("Feb 2026",)],
    ),
    ("SELECT daysuntilnetdue FROM term WHERE name = 'Net 30'", [("30",)]),
    ("SELECT symbol FROM currency WHERE isbasecurrency = 'T'", [("USD",)]),
    # Aggregates.
    ("SELECT SUM(foreigntotal) AS total FROM transaction WHERE type = 'SalesOrd' AND currency = 1", [("603.50",)]),
    ("SELECT MIN(foreigntotal), MAX(foreigntotal) FROM transaction", [("100.00", "15000")]),
    ("SELECT AVG(foreigntotal) AS mean FROM transaction WHERE externalid IN ('006A', '006B')", [("150",)]),
    ("SELECT COUNT(DISTINCT entity) AS n FROM transaction", [("2",)]),
    (
        "SELECT type, COUNT(*) AS n FROM transaction GROUP BY type ORDER BY type",
        [("CustInvc", "1"), ("SalesOrd", "4")],
    ),
    (
        f"SELECT t.externalid, COUNT(*) AS n {LINES} GROUP BY t.externalid HAVING COUNT(*) > 1",
        [("006C", "2")],
    ),
    (
        "SELECT TO_CHAR(trandate, 'YYYY-MM') AS month, SUM(foreigntotal) AS total FROM transaction "
        "WHERE type = 'SalesOrd' AND currency = 1 GROUP BY TO_CHAR(trandate, 'YYYY-MM') ORDER BY month",
        [("2026-01", "100.00"), ("2026-02", "200.00"), ("2026-03", "303.50")],
    ),
    (
        "SELECT otherrefnum, COUNT(*) AS n FROM transaction GROUP BY otherrefnum HAVING COUNT(*) > 1",
        [("006B", "2")],
    ),
    ("SELECT MAX(trandate) AS latest FROM transaction", [("03/15/2026",)]),
    (
        "SELECT LISTAGG(externalid, ',') WITHIN GROUP (ORDER BY externalid DESC) AS all_of FROM transaction "
        "WHERE currency = 1 AND type = 'SalesOrd'",
        [("006C,006B,006A",)],
    ),
    # Conditions.
    (
        f"SELECT t.externalid {ORDERS} AND t.trandate >= TO_DATE('2026-02-01', 'YYYY-MM-DD') AND t.trandate < "
        "TO_DATE('2026-03-01', 'YYYY-MM-DD')",
        [("006B",)],
    ),
    (f"SELECT t.externalid {ORDERS} AND t.trandate BETWEEN '01/01/2026' AND '01/31/2026'", [("006A",)]),
    (f"SELECT COUNT(*) AS n {ORDERS} AND t.lastmodifieddate >= SYSDATE - 1", [("4",)]),
    (
        f"SELECT COUNT(*) AS n {ORDERS} AND t.lastmodifieddate > TO_TIMESTAMP('2020-01-01 00:00:00', "
        "'YYYY-MM-DD HH24:MI:SS')",
        [("4",)],
    ),
    (f"SELECT t.externalid {ORDERS} AND t.memo LIKE '%100\\%' ESCAPE '\\'", [("006B",)]),
    (f"SELECT t.externalid {ORDERS} AND UPPER(t.memo) = 'RUSH 100%'", [("006B",)]),
    (f"SELECT t.externalid {ORDERS} AND NVL(t.memo, 'none') <> 'none'", [("006B",)]),
    (f"SELECT t.externalid {ORDERS} AND NOT (t.currency = 1 OR t.foreigntotal < 1)", [("006D",)]),
    (f"SELECT t.externalid {ORDERS} AND t.foreigntotal / 2 = 50", [("006A",)]),
    (f"SELECT t.externalid {ORDERS} AND MOD(t.foreigntotal, 100) <> 0", [("006C",)]),
    (f"SELECT t.externalid {ORDERS} AND EXTRACT(MONTH FROM t.trandate) = 2", [("006B",)]),
    (f"SELECT t.externalid {ORDERS} AND t.status = 'SalesOrd:G'", [("006B",)]),
    (f"SELECT t.externalid {ORDERS} AND (t.externalid, t.currency) IN (('006A', 1), ('006D', 1))", [("006A",)]),
    # Subselects.
    (
        f"SELECT t.externalid {ORDERS} AND t.entity IN (SELECT id FROM customer WHERE companyname = 'Bravo KK')",
        [("006D",)],
    ),
    (
        f"SELECT t.externalid {ORDERS} AND NOT EXISTS (SELECT 1 FROM transaction i WHERE i.createdfrom = t.id) "
        "ORDER BY t.externalid",
        [("006A",), ("006C",), ("006D",)],
    ),
    (
        "SELECT externalid FROM transaction WHERE foreigntotal = (SELECT MAX(foreigntotal) FROM transaction)",
        [("006D",)],
    ),
    (
        "SELECT o.externalid, o.n FROM (SELECT t.externalid, COUNT(*) AS n FROM transaction t JOIN transactionline l "
        "ON l.transaction = t.id WHERE t.type = 'SalesOrd' GROUP BY t.externalid) o WHERE o.n > 1",
        [("006C", "2")],
    ),
    (
        "WITH big AS (SELECT id, externalid FROM transaction WHERE foreigntotal > 250) SELECT big.externalid FROM big "
        "ORDER BY big.externalid",
        [("006C",), ("006D",)],
    ),
    (
        "SELECT c.companyname, (SELECT COUNT(*) FROM transaction t WHERE t.entity = c.id AND t.type = 'SalesOrd') AS n "
        "FROM customer c ORDER BY c.companyname",
        [("Acme", "3"), ("Bravo KK", "1")],
    ),
    # Sets.
    ("SELECT DISTINCT type FROM transaction ORDER BY type", [("CustInvc",), ("SalesOrd",)]),
    (
        "SELECT itemid AS name FROM item UNION SELECT companyname FROM customer ORDER BY name",
        [("Acme",), ("BOLT-2",), ("Bravo KK",), ("SAW-1",)],
    ),
    ("SELECT 'a' AS x FROM dual UNION ALL SELECT 'a' FROM dual", [("a",), ("a",)]),
    (
        "SELECT entity FROM transaction WHERE currency = 1 MINUS SELECT entity FROM transaction WHERE currency = 1",
        [],
    ),
    ("SELECT DISTINCT foreigntotal FROM transaction WHERE otherrefnum = '006B'", [("200.00",)]),
    # Expressions.
    (
        f"SELECT t.externalid, CASE WHEN t.foreigntotal > 150 THEN 'large' ELSE 'small' END AS size {ORDERS} "
        "AND t.currency = 1 ORDER BY t.externalid",
        [("006A", "small"), ("006B", "large"), ("006C", "large")],
    ),
    (f"SELECT CASE t.currency WHEN 1 THEN 'USD' END AS iso {ORDERS} AND t.externalid = '006A'", [("USD",)]),
    (f"SELECT DECODE(t.currency, 1, 'USD', 'other') AS iso {ORDERS} AND t.externalid = '006D'", [("other",)]),
    (f"SELECT NVL(t.memo, 'no memo') AS memo {ORDERS} AND t.externalid = '006A'", [("no memo",)]),
    (f"SELECT COALESCE(t.memo, t.externalid) AS what {ORDERS} AND t.externalid = '006A'", [("006A",)]),
    (f"SELECT t.tranid || '/' || t.externalid AS both {ORDERS} AND t.tranid || '' = 'none'", []),
    (f"SELECT tl.quantity * tl.rate AS full {LINES} WHERE t.externalid = '006C' AND tl.rate < 1", [("3.50",)]),
    (f"SELECT SUM(tl.quantity * tl.rate) AS full {LINES} WHERE t.externalid = '006C'", [("303.50",)]),
    ("SELECT ROUND(foreigntotal / 3, 2) AS third FROM transaction WHERE externalid = '006A'", [("33.33",)]),
    ("SELECT SUBSTR(externalid, 4) AS letter FROM transaction WHERE externalid = '006A'", [("A",)]),
    (
        "SELECT LOWER(companyname) AS l, LENGTH(companyname) AS n FROM customer ORDER BY 1",
        [("acme", "4"), ("bravo kk", "8")],
    ),
    (
        "SELECT TO_CHAR(ADD_MONTHS(trandate, 1), 'DD.MM.YYYY') AS d FROM transaction WHERE externalid = '006A'",
        [("10.02.2026",)],
    ),
    ("SELECT trandate + 30 AS due FROM transaction WHERE externalid = '006A'", [("02/09/2026",)]),
    (
        "SELECT TO_CHAR(TRUNC(trandate, 'MM'), 'YYYY-MM-DD') AS m FROM transaction WHERE externalid = '006B'",
        [("2026-02-01",)],
    ),
    (
        "SELECT BUILTIN.DF(t.status) AS s FROM transaction t WHERE t.externalid = '006A'",
        [("Sales Order : Pending Fulfillment",)],
    ),
    ("SELECT 1 AS one FROM dual", [("1",)]),
    (
        "SELECT BUILTIN.DF(x.entity) AS who FROM (SELECT entity FROM transaction WHERE externalid = '006A') x",
        [("acme",)],
    ),
    (
        "SELECT type, SUM(foreigntotal) AS total FROM transaction WHERE currency = 1 GROUP BY type ORDER BY total",
        [("CustInvc", "200.00"), ("SalesOrd", "603.50")],
    ),
    (
        "SELECT x.total FROM (SELECT SUM(foreigntotal) AS total FROM transaction WHERE currency = 1) x "
        "WHERE x.total > 9",
        [("803.50",)],
    ),
    ("SELECT DISTINCT SUM(rate) AS s FROM transactionline GROUP BY item HAVING SUM(rate) < 1", [("0.35",)]),
    # Formats, and the other functions of "SuiteQL Supported and Unsupported Functions".
    (
        "SELECT TO_CHAR(trandate, 'FMMonth DD') AS d, TO_CHAR(trandate, 'Q') AS q, TO_CHAR(foreigntotal, 'FM$990.00') "
        "AS a FROM transaction WHERE externalid = '006A'",
        [("January 10", "1", "$100.00")],
    ),
    ("SELECT TO_NUMBER('1,234.50', '9,999.99') AS n FROM dual", [("1234.50",)]),
    (
        f"SELECT REGEXP_SUBSTR(t.externalid, '[A-Z]') AS l, REGEXP_REPLACE(t.externalid, '[^0-9]', '') AS n, "
        f"REGEXP_INSTR(t.externalid, '[A-Z]') AS i {ORDERS} AND t.currency <> 1",
        [("D", "006", "4")],
    ),
    ("SELECT REGEXP_REPLACE('Smith, John', '(\\w+), (\\w+)', '\\2 \\1') AS n FROM dual", [("John Smith",)]),
    ("SELECT REGEXP_SUBSTR('a-1 b-22', '([a-z])-(\\d+)', 1, 2, 'c', 2) AS n FROM dual", [("22",)]),
    ("SELECT TRANSLATE('006A', '0A', 'xB') AS t, ASCII('A') AS c, CHR(66) AS b FROM dual", [("xx6B", "65", "B")]),
    ("SELECT SQRT(16) AS r, LN(1) AS l, LOG(10, 1000) AS g, EXP(0) AS e FROM dual", [("4", "0", "3", "1")]),
    ("SELECT REMAINDER(10, 4) AS r, BITAND(6, 3) AS b, WIDTH_BUCKET(5, 0, 10, 5) AS w FROM dual", [("2", "2", "3")]),
    ("SELECT LENGTHB('\u00e4') AS b, LENGTH2('\u00e4') AS n, SOUNDEX('Robert') AS s FROM dual", [("2", "1", "R163")]),
    (f"SELECT MEDIAN(t.foreigntotal) AS m, APPROX_COUNT_DISTINCT(t.entity) AS n {ORDERS}", [("251.75", "2")]),
    (
        "SELECT STDDEV(n) AS a, STDDEV_POP(n) AS b, VARIANCE(n) AS c, VAR_POP(n) AS d, VAR_SAMP(n) AS e, "
        "STDDEV_SAMP(n) AS f FROM (SELECT 2 AS n FROM dual UNION ALL SELECT 4 FROM dual UNION ALL SELECT 6 FROM dual)",
        [
            (
                "2",
                "1.632993161855452065464856049803927594644",
                "4",
                "2.666666666666666666666666666666666666667",
                "4",
                "2",
            )
        ],
    ),
    # Of one number there is no spread of a sample, but Oracle calls it 0 where no kind is named.
    ("SELECT STDDEV(n) AS a, VARIANCE(n) AS b, VAR_SAMP(n) AS c FROM (SELECT 2 AS n FROM dual)", [("0", "0")]),
    (
        "SELECT PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY n) AS a, "
        "PERCENTILE_DISC(0.25) WITHIN GROUP (ORDER BY n) AS b, "
        "PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY n DESC) AS c, PERCENTILE_DISC(1) WITHIN GROUP (ORDER BY n) AS d "
        "FROM (SELECT 2 AS n FROM dual UNION ALL SELECT 4 FROM dual UNION ALL SELECT 6 FROM dual)",
        [("3", "2", "5", "6")],
    ),
    (
        "SELECT externalid, NTILE(2) OVER (ORDER BY externalid) AS t FROM transaction "
        "WHERE type = 'SalesOrd' AND currency = 1 ORDER BY externalid",
        [("006A", "1"), ("006B", "1"), ("006C", "2")],
    ),
    (f"SELECT LISTAGG(DISTINCT t.type, ',') AS n {ORDERS} AND t.currency = 1", [("SalesOrd",)]),
    (
        "SELECT NEXT_DAY(trandate, 'MONDAY') AS n, ROUND(trandate, 'MM') AS m, ROUND(trandate, 'YYYY') AS y "
        "FROM transaction WHERE externalid = '006A'",
        [("01/12/2026", "01/01/2026", "01/01/2026")],
    ),
    (
        "SELECT externalid, SUM(foreigntotal) OVER (ORDER BY externalid ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s "
        "FROM transaction WHERE type = 'SalesOrd' AND currency = 1 ORDER BY externalid",
        [("006A", "100.00"), ("006B", "300.00"), ("006C", "503.50")],
    ),
    (f"SELECT COUNT(*) AS n {ORDERS} AND t.createddate > TIMESTAMP '2020-01-01 00:00:00'", [("4",)]),
    (f"SELECT COUNT(*) AS n {ORDERS} AND t.createddate < SYSTIMESTAMP + 1", [("4",)]),
    (f"SELECT COUNT(*) AS n {ORDERS} AND t.createddate >= BUILTIN.RELATIVE_RANGES('YESTERDAY', 'START')", [("4",)]),
    (f"SELECT COUNT(*) AS n {ORDERS} AND t.createddate < BUILTIN.RELATIVE_RANGES('LFY', 'END')", [("0",)]),
    # Rows.
    ("SELECT externalid FROM transaction WHERE ROWNUM <= 1 AND type = 'SalesOrd'", [("006A",)]),
    (
        "SELECT TOP 2 externalid FROM transaction WHERE type = 'SalesOrd' ORDER BY externalid DESC",
        [("006D",), ("006C",)],
    ),
    (
        "SELECT * FROM (SELECT a.*, ROWNUM AS rn FROM (SELECT externalid FROM transaction WHERE type = 'SalesOrd' "
        "ORDER BY externalid DESC) a) WHERE rn BETWEEN 2 AND 3",
        [("006C", "2"), ("006B", "3")],
    ),
    (
        "SELECT externalid, ROW_NUMBER() OVER (PARTITION BY entity ORDER BY foreigntotal DESC) AS place "
        "FROM transaction WHERE type = 'SalesOrd' ORDER BY place, externalid",
        [("006C", "1"), ("006D", "1"), ("006B", "2"), ("006A", "3")],
    ),
    ("SELECT externalid FROM transaction WHERE type = 'SalesOrd' ORDER BY memo NULLS FIRST, id LIMIT 1", [("006A",)]),
    ("SELECT externalid FROM transaction WHERE type = 'SalesOrd' ORDER BY memo, id LIMIT 1", [("006B",)]),
]


@rows(("query", "found"), QUERIES)
def test_an_ordinary_query_finds_what_it_says(books: Any, query: str, found: list[tuple[str, ...]]) -> None:
    assert [tuple(row.values()) for row in books.query(query)] == found
