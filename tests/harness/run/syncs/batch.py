"""A batch as cron starts it: all won deals that it has not booked yet become orders and invoices, and it ends.

Python's standard library only. It keeps what it has booked in a file of its state folder. With TWICE=yes it writes
orders without a key, and ends before it notes what it has written: the next run writes them again.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qsl, quote, urlencode
from urllib.request import Request, urlopen

CRM, ERP = os.environ["SALESFORCE_URL"], os.environ["NETSUITE_URL"] + "/services/rest"
KEYS = json.loads(Path(os.environ["CREDENTIALS"]).read_text())
BOOKED = Path(os.environ["STATE_DIR"]) / "booked.json"
TWICE = os.environ.get("TWICE") == "yes"
TOO_MANY = 1000


def call(method, url, headers, body=None):
    request = Request(url, method=method, headers=headers, data=body)  # noqa: S310 - the fakes' http URLs
    with urlopen(request, timeout=20) as reply:  # noqa: S310
        return reply.read(), reply.headers


def crm(token, path):
    body, _ = call("GET", CRM + "/services/data/v60.0" + path, {"Authorization": "Bearer " + token})
    return json.loads(body, parse_float=str)


def log_in():
    form = {"grant_type": "client_credentials"}
    form |= {name: KEYS["crm"][name] for name in ("client_id", "client_secret")}
    body, _ = call("POST", CRM + "/services/oauth2/token", {}, urlencode(form).encode())
    return json.loads(body)["access_token"]


def erp(method, path, body, **headers):
    """One signed request to NetSuite (OAuth 1.0a, HMAC-SHA256)."""
    key = KEYS["erp"]
    oauth = {
        "oauth_consumer_key": key["consumer_key"],
        "oauth_nonce": secrets.token_hex(12),
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(time.time())),
        "oauth_token": key["token_id"],
        "oauth_version": "1.0",
    }
    url, _, query = (ERP + path).partition("?")
    text = "&".join(f"{name}={quote(value, '')}" for name, value in sorted({**oauth, **dict(parse_qsl(query))}.items()))
    base = "&".join(quote(part, "") for part in (method, url, text))
    secret = f"{key['consumer_secret']}&{key['token_secret']}".encode()
    signature = base64.b64encode(hmac.new(secret, base.encode(), hashlib.sha256).digest()).decode()
    fields = {"realm": key["account"], **oauth, "oauth_signature": signature}
    value = "OAuth " + ", ".join(f'{name}="{quote(text, "")}"' for name, text in fields.items())
    return call(method, ERP + path, {"Authorization": value, "Content-Type": "application/json", **headers}, body)


def book(token, deal):
    fields = "ProductCode, Quantity, UnitPrice, TotalPrice"
    soql = f"SELECT {fields} FROM OpportunityLineItem WHERE OpportunityId = '{deal['Id']}'"
    items = [
        {
            "item": {"externalId": line["ProductCode"]},
            "quantity": line["Quantity"],
            "rate": line["UnitPrice"],
            "amount": line["TotalPrice"],
            "price": {"id": "-1"},
        }
        for line in crm(token, "/query?q=" + quote(soql))["records"]
    ]
    order = {
        "entity": {"externalId": deal["AccountId"]},
        "currency": {"refName": deal["CurrencyIsoCode"]},
        "otherRefNum": deal["Id"],
        "tranDate": deal["CloseDate"],
        "item": {"items": items},
    }
    if TWICE:
        _, headers = erp("POST", "/record/v1/salesOrder", json.dumps(order).encode())
    else:
        _, headers = erp("PUT", f"/record/v1/salesOrder/eid:{deal['Id']}?replace=item", json.dumps(order).encode())
    number = headers["Location"].rpartition("/")[2]
    find = {"q": f"SELECT id FROM transaction WHERE createdfrom = '{number}' AND type = 'CustInvc'"}
    body, _ = erp("POST", "/query/v1/suiteql", json.dumps(find).encode(), Prefer="transient")
    if not json.loads(body)["items"]:
        erp("POST", f"/record/v1/salesOrder/{number}/!transform/invoice", b"{}")


def main():
    booked = json.loads(BOOKED.read_text()) if BOOKED.exists() else []
    token = log_in()
    columns = "Id, AccountId, CurrencyIsoCode, CloseDate"
    won = crm(token, "/query?q=" + quote(f"SELECT {columns} FROM Opportunity WHERE IsWon = true"))["records"]
    failed = 0
    for deal in won:
        if deal["Id"] in booked:
            continue
        try:
            book(token, deal)
        except OSError as problem:
            said = problem.read().decode() if isinstance(problem, HTTPError) else ""
            sys.stderr.write(f"deal {deal['Id']}: {problem} {said}\n")
            failed += 1
            continue
        if not TWICE:
            booked.append(deal["Id"])
            BOOKED.write_text(json.dumps(booked))
    return 1 if failed else 0


sys.exit(main())
