"""The batch beside this file, with people who are alerted by e-mail: one thread of mails from the first failure on.

A mail over STARTTLS names each deal that waits, with what the ERP said about it; when none waits any more, one with
"RESOLVED" ends the thread. Without an OWNER nobody gets mails. The deals that wait are in a file of the state folder.
"""

import contextlib
import io
import json
import os
import re
import runpy
import smtplib
import ssl
import sys
from email.message import EmailMessage
from pathlib import Path

WAITING = Path(os.environ["STATE_DIR"]) / "waiting.json"
SUBJECT = "Orders wait"


def send(subject, text):
    if not os.environ.get("OWNER"):
        return
    message = EmailMessage()
    message["From"] = "Order sync <sync@example.com>"
    message["To"] = os.environ["OWNER"]
    message["Subject"] = subject
    message.set_content(text)
    with smtplib.SMTP(os.environ["MAIL_HOST"], int(os.environ["MAIL_PORT"]), timeout=20) as client:
        client.starttls(context=ssl.create_default_context(cafile=os.environ["CA_FILE"]))
        client.send_message(message)


def main():
    said, code = io.StringIO(), 0
    try:
        with contextlib.redirect_stderr(said):
            runpy.run_path(str(Path(__file__).with_name("batch.py")), run_name="__main__")
    except SystemExit as ended:
        code = int(ended.code or 0)
    sys.stderr.write(said.getvalue())
    waiting = dict(re.findall(r"^deal (\w+): (.*)$", said.getvalue(), re.MULTILINE))
    before = json.loads(WAITING.read_text()) if WAITING.exists() else []
    flow = "flow: closed-won-to-sales-order\n"
    if set(waiting) - set(before):
        reason = next(iter(waiting.values()))
        payload = json.dumps({"orders": [{"id": deal, "payload": {"Id": deal}} for deal in waiting]})
        send(SUBJECT, f"{flow}reason: {reason}\npayload: {payload}\n")
    elif before and not waiting:
        send(f"RESOLVED: {SUBJECT}", flow)
    # In one step, for others read it.
    WAITING.with_suffix(".new").write_text(json.dumps([*waiting]))
    WAITING.with_suffix(".new").replace(WAITING)
    return code


sys.exit(main())
