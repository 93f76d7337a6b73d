"""Queries that nobody sends who wants an answer: each has to end, whatever it asks for.

Each is a text that begins a query of the vendor, by what it tries. Beside joins and nesting they try what translations
and engines do badly: patterns, long texts, wide sets, functions of huge numbers.
"""

from __future__ import annotations


def _many(form: str, count: int, joint: str = ", ") -> str:
    """So many texts, each with its number in place of ``#``."""
    return joint.join(form.replace("#", str(number)) for number in range(count))


_SELF = "transaction a, transaction b, transaction c, transaction d"
_TEXT, _PATTERN = "'#'", "'%a%b%#%'"
_LINES = "transactionline a, transactionline b"


def _nested(depth: int) -> str:
    text = "SELECT id FROM transaction"
    for number in range(depth):
        text = f"SELECT id FROM transaction t{number} WHERE t{number}.id IN ({text})"
    return text


def _correlated(depth: int) -> str:
    text = "SELECT COUNT(*) FROM transaction z"
    for number in range(depth):
        text = f"SELECT COUNT(*) FROM transaction t{number} WHERE ({text}) > t{number}.id"
    return text


def _within(depth: int) -> str:
    text = "SELECT id AS x FROM transaction"
    for number in range(depth):
        text = f"SELECT a.x + b.x AS x FROM ({text}) a, ({text}) b" if number < 5 else f"SELECT x FROM ({text}) q"
    return text


def _doubled(depth: int) -> str:
    """Each query named by WITH reads the one before twice."""
    named = ["q0 AS (SELECT id AS x FROM transaction)"]
    named += [f"q{n} AS (SELECT a.x AS x FROM q{n - 1} a, q{n - 1} b)" for n in range(1, depth)]
    return f"WITH {', '.join(named)} SELECT COUNT(*) AS n FROM q{depth - 1}"


SUITEQL: dict[str, str] = {
    "a product of four tables": f"SELECT COUNT(*) AS n FROM {_SELF}",
    "a product, its rows wanted": f"SELECT a.id FROM {_SELF}",
    "a product, sorted": f"SELECT a.id FROM {_SELF} ORDER BY a.id + b.id, c.id DESC",
    "a product of lines, aggregated": f"SELECT SUM(a.netamount * b.netamount) AS s FROM {_LINES}",
    "a product, each number once": f"SELECT COUNT(DISTINCT a.netamount * b.rate) AS n FROM {_LINES}",
    "a product, put into a list": f"SELECT LISTAGG(a.id, ',') WITHIN GROUP (ORDER BY b.id) AS t FROM {_LINES}",
    "a product, grouped": f"SELECT a.id + b.id AS k, COUNT(*) AS n FROM {_LINES} GROUP BY a.id + b.id",
    "a product, sorted by columns": f"SELECT a.id FROM {_LINES} ORDER BY b.item, a.id",
    "a product, grouped by columns": f"SELECT a.id, b.item, COUNT(*) AS n FROM {_LINES} GROUP BY b.item, a.id",
    "a product of a set, sorted": f"SELECT a.id FROM {_LINES} UNION ALL SELECT 1 FROM dual ORDER BY id",
    "a product within, sorted": f"SELECT q.id FROM (SELECT a.id, b.item FROM {_LINES}) q ORDER BY q.item",
    "a product by ROWNUM, sorted": f"SELECT a.id FROM {_LINES} WHERE ROWNUM < 999999999 ORDER BY b.item",
    "long texts, sorted": f"SELECT RPAD(a.id, 4000) AS t FROM {_LINES} ORDER BY 1",
    "a product, numbered": f"SELECT ROW_NUMBER() OVER (PARTITION BY a.item ORDER BY b.netamount) AS r FROM {_LINES}",
    "a product, distinct": f"SELECT DISTINCT a.id, b.id FROM {_LINES}",
    "a join without a key": "SELECT COUNT(*) AS n FROM transaction a JOIN transaction b ON a.duedate < b.duedate",
    "a full join without a key": "SELECT COUNT(*) AS n FROM transaction a FULL JOIN transaction b ON a.id < b.id",
    "thirty tables": f"SELECT COUNT(*) AS n FROM {_many('transaction t#', 30)}",
    "seventy tables": f"SELECT COUNT(*) AS n FROM {_many('currency t#', 70)}",
    "subselects within one another": _nested(30),
    "correlated subselects": _correlated(6),
    "a product in each level": _within(9),
    "queries that double each other": _doubled(25),
    "a recursive WITH": "WITH r (n) AS (SELECT 1 FROM dual UNION ALL SELECT n + 1 FROM r) SELECT COUNT(*) AS n FROM r",
    "a recursive WITH of names": "WITH RECURSIVE r AS (SELECT 1 n FROM dual UNION ALL SELECT n FROM r) SELECT 1 FROM r",
    "a long list": f"SELECT id FROM transaction WHERE id IN ({', '.join(map(str, range(4_000)))})",
    "a long list of texts": f"SELECT id FROM transaction WHERE memo NOT IN ({_many(_TEXT, 2_400)})",
    "a long list of pairs": f"SELECT id FROM transaction WHERE (id, memo) IN ({_many(f'(#, {_TEXT})', 900)})",
    "many alternatives": f"SELECT id FROM transaction WHERE {_many('id = #', 1_200, ' OR ')}",
    "many additions": f"SELECT {_many('id', 2_000, ' + ')} AS n FROM transaction",
    "many texts joined": f"SELECT {_many('memo', 2_000, ' || ')} AS n FROM transaction",
    "many functions within one another": f"SELECT {'ABS(' * 39}id{')' * 39} AS n FROM transaction",
    "texts that grow by functions": f"SELECT {'RPAD(' * 38}memo{', 4000)' * 38} AS n FROM transaction",
    "a text replaced by itself": "SELECT REPLACE(REPLACE(RPAD('a', 4000, 'a'), 'a', 'aa'), 'a', 'aa') AS t FROM item",
    "many cases": f"SELECT CASE {_many('WHEN id = # THEN #', 800, ' ')} END AS n FROM transaction",
    "cases within one another": f"SELECT {'CASE WHEN id = 1 THEN 1 ELSE ' * 60}0{' END' * 60} AS n FROM transaction",
    "deep parentheses": f"SELECT id FROM transaction WHERE {'(' * 39}id = 1{')' * 39}",
    "deeper parentheses": f"SELECT id FROM transaction WHERE {'(' * 3_000}id = 1{')' * 3_000}",
    "many negations": f"SELECT id FROM transaction WHERE {'NOT ' * 2_000}id = 1",
    "many signs": f"SELECT {'- ' * 2_000}id AS n FROM transaction",
    "many unions": " UNION ".join(["SELECT id FROM transaction"] * 200),
    "many unions of all": " UNION ALL ".join(["SELECT id FROM transactionline"] * 400),
    "many differences": " MINUS ".join(["SELECT id FROM transaction"] * 100),
    "a pattern of many parts": f"SELECT id FROM transaction WHERE memo LIKE '{'%a' * 2_000}'",
    "patterns of rows": "SELECT COUNT(*) AS n FROM transaction a, transaction b WHERE a.memo LIKE '%' || b.memo || '%'",
    "a pattern of single characters": f"SELECT id FROM transactionline WHERE RPAD(item, 4000) LIKE '%{'_' * 2_000}b'",
    "a regular expression that backtracks": (
        "SELECT id FROM transaction WHERE REGEXP_LIKE(RPAD('a', 4000, 'a'), '^(a+)+b$')"
    ),
    "a huge text": f"SELECT id FROM transaction WHERE memo = '{'x' * 60_000}'",
    "a huge number": f"SELECT id FROM transaction WHERE id = {'9' * 60_000}",
    "a number that grows": f"SELECT {'POWER(' * 20}id + 9{', 9)' * 20} AS n FROM transaction",
    "digits that grow": f"SELECT {_many('netamount', 1_500, ' * ')} AS n FROM transactionline",
    "many columns": f"SELECT {_many('id AS c#', 300)} FROM transactionline",
    "the same subselect in every column": (
        f"SELECT {_many('(SELECT MAX(b.foreigntotal) FROM transaction b WHERE b.id <> #) AS c#', 60)} FROM transaction"
    ),
    "subselects in the order": (
        "SELECT id FROM transaction a ORDER BY (SELECT COUNT(*) FROM transactionline b WHERE b.netamount > a.id)"
    ),
    "subselects in a condition of a join": (
        "SELECT COUNT(*) AS n FROM transaction a JOIN transaction b ON EXISTS "
        "(SELECT 1 FROM transactionline c WHERE c.netamount > a.id + b.id)"
    ),
    "windows over a product": f"SELECT SUM(a.netamount) OVER (ORDER BY b.netamount) AS s FROM {_LINES}",
    "windows over windows": (
        f"SELECT {_many('SUM(netamount) OVER (PARTITION BY item ORDER BY id + #) AS c#', 80)} FROM transactionline"
    ),
    "a far page": "SELECT a.id FROM transaction a, transaction b OFFSET 900000 ROWS FETCH NEXT 1 ROWS ONLY",
    "names of every value": f"SELECT {_many('BUILTIN.DF(item) AS c#', 250)} FROM transactionline",
    "dates moved far": f"SELECT {'ADD_MONTHS(' * 38}trandate{', 1)' * 38} AS d FROM transaction",
    "a function of the engine's": "SELECT zeroblob(1000000000) AS z FROM transaction",
    "texts of the engine's": "SELECT printf('%.1000000000c', 'x') AS z FROM dual",
    "series of the engine's": "SELECT value FROM generate_series(1, 1000000000)",
    "random blobs of the engine's": "SELECT hex(randomblob(500000000)) AS z FROM dual",
    "an extension of the engine's": "SELECT load_extension('x') AS z FROM dual",
}

_LINES_OF = "Id IN (SELECT OpportunityId FROM OpportunityLineItem WHERE "
_AND = " AND "
_KEYS = "Account.Name, Amount, Owner.Name"
_OPEN = "SELECT Id FROM Opportunity WHERE "

SOQL: dict[str, str] = {
    "a long list": f"{_OPEN}Name IN ({_many(_TEXT, 9_000)})",
    "a long list that is left out": f"{_OPEN}Amount NOT IN ({', '.join(map(str, range(15_000)))})",
    "many alternatives": f"{_OPEN}{_many('Amount = #', 4_000, ' OR ')}",
    "many conditions of parents": f"{_OPEN}{_many(f'Account.Owner.Name != {_TEXT}', 2_500, ' AND ')}",
    "deep parentheses": f"{_OPEN}{'(' * 39}Amount = 1{')' * 39}",
    "deeper parentheses": f"{_OPEN}{'(' * 30_000}Amount = 1{')' * 30_000}",
    "many negations": f"{_OPEN}{'NOT ' * 20_000}Amount = 1",
    "a pattern of many parts": f"{_OPEN}Name LIKE '{'%a' * 40_000}'",
    "many patterns": f"{_OPEN}{_many('Name LIKE {chr(39)}%a%b%#%{chr(39)}', 2_500, ' OR ')}",
    "patterns of single characters": f"{_OPEN}Name LIKE '%{'_' * 90_000}'",
    "a huge text": f"{_OPEN}Name = '{'x' * 99_000}'",
    "a huge number": f"{_OPEN}Amount = {'9' * 99_000}",
    "a huge number of groups": f"SELECT SUM(Amount) FROM Opportunity GROUP BY Name HAVING SUM(Amount) > {'9' * 99_000}",
    "a huge number of a date function": f"{_OPEN}CALENDAR_YEAR(CloseDate) = {'9' * 99_000}",
    "a number of many digits after the point": f"{_OPEN}Amount > 0.{'0' * 99_000}1",
    "many signs": f"{_OPEN}Amount = {'(' * 50_000}",
    "quotes that do not end": _OPEN + "Name = '" + "\\'" * 45_000,
    "many escapes": _OPEN + "Name = '" + "\\u0041" * 15_000 + "'",
    "many fields": f"SELECT {_many('Account.Owner.Name n#', 4_000)} FROM Opportunity",
    "the same field": f"SELECT {_many('Name', 15_000)} FROM Opportunity",
    "many children": f"SELECT Id, {_many('(SELECT Id FROM OpportunityLineItems)', 2_000)} FROM Opportunity",
    "children sorted by parents": (
        "SELECT Id, (SELECT Id FROM OpportunityLineItems ORDER BY PricebookEntry.Product2.Name, "
        "Opportunity.Account.Name) FROM Opportunity"
    ),
    "statements within one another": f"{_OPEN}{_LINES_OF * 50}Id != null{')' * 50}",
    "many anti-joins": f"{_OPEN}{_many(f'NOT {_LINES_OF}Quantity > 1)', 900, ' AND ')}",
    "many groups": f"SELECT {_many('DAY_ONLY(CreatedDate) a#', 900)} FROM Account GROUP BY DAY_ONLY(CreatedDate)",
    "many aggregates": f"SELECT {_many('SUM(Amount) a#', 3_000)} FROM Opportunity",
    "many keys of groups": f"SELECT COUNT(Id) FROM Opportunity GROUP BY {_many(_KEYS, 1_500)}",
    "many conditions of groups": f"SELECT Name FROM Opportunity GROUP BY Name HAVING {_many('MAX(Id) > #', 900, _AND)}",
    "a sort by many keys": f"SELECT Id FROM Opportunity ORDER BY {_many(_KEYS, 1_500)}",
    "functions within one another": f"SELECT {'FORMAT(' * 20_000}Amount{')' * 20_000} FROM Opportunity",
    "many date literals": f"{_OPEN}{' OR '.join(f'CloseDate = LAST_N_DAYS:{n}' for n in range(1, 2_500))}",
    "days far away": f"{_OPEN}CloseDate = NEXT_N_YEARS:999999999",
    "many children of few": f"SELECT Id, {_many('(SELECT Id FROM OpportunityLineItems)', 20)} FROM Opportunity",
    "children of children": (
        "SELECT Id, (SELECT Id, (SELECT Id, (SELECT Id, (SELECT Id FROM OpportunityLineItems) FROM Opportunities) "
        "FROM ChildAccounts) FROM ChildAccounts) FROM ChildAccounts) FROM Account"
    ),
    "many includes": f"{_OPEN}Name INCLUDES ({_many(_TEXT, 4_000)})",
    "many words": "SELECT " * 12_000,
    "many aliases": f"SELECT Id FROM Opportunity o{_many(', o.Account a#', 6_000, '')}",
}
