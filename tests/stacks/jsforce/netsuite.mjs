// NetSuite's REST record API with token-based authentication (OAuth 1.0a, HMAC-SHA256).
import { createHmac, randomBytes } from "node:crypto";

const percent = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());

export class NetSuite {
  constructor(url, credentials) {
    Object.assign(this, { url, credentials });
  }

  async upsert(type, externalId, body) {
    const url = `${this.url}/services/rest/record/v1/${type}/eid:${externalId}`;
    const response = await fetch(`${url}?replace=item`, {
      method: "PUT",
      headers: { authorization: this.#sign("PUT", url, { replace: "item" }), "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`NetSuite answered ${response.status}: ${text}`);
  }

  #sign(method, url, query) {
    const { account, consumer_key, consumer_secret, token_id, token_secret } = this.credentials;
    const oauth = {
      oauth_consumer_key: consumer_key,
      oauth_nonce: randomBytes(16).toString("hex"),
      oauth_signature_method: "HMAC-SHA256",
      oauth_timestamp: String(Math.floor(Date.now() / 1000)),
      oauth_token: token_id,
      oauth_version: "1.0",
    };
    const pairs = Object.entries({ ...oauth, ...query }).map(([name, value]) => `${percent(name)}=${percent(value)}`);
    const base = [method, percent(url), percent(pairs.sort().join("&"))].join("&");
    const key = `${percent(consumer_secret)}&${percent(token_secret)}`;
    const oauth_signature = createHmac("sha256", key).update(base).digest("base64");
    const header = Object.entries({ realm: account, ...oauth, oauth_signature });
    return "OAuth " + header.map(([name, value]) => `${name}="${percent(value)}"`).join(", ");
  }
}
