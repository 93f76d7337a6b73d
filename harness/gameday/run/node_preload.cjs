// Leads fetch (undici), http(s) and other TLS to port 443 of Node through the CONNECT listener of a run, for versions that
// ignore HTTPS_PROXY. Written by gameday into the run's folder; used as NODE_OPTIONS=--require. Only TLS to other hosts
// than this machine is led there: what the listener does not know, it refuses.
"use strict";

const https = require("node:https");
const net = require("node:net");
const { Duplex } = require("node:stream");
const tls = require("node:tls");

const PROXY = new URL("{proxy_url}");
// A client that obeys the variables by itself would not need this script, and some send no CONNECT.
for (const name of ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]) {
  if (process.env[name] && process.env[name].replace(/\/$/, "") === PROXY.origin) delete process.env[name];
}
const DIRECT = new Set(["localhost", "::1", PROXY.hostname, "{fakes_host}"]);
const CONNECT_TIMEOUT_MS = 10_000; // undici's own default
const MOST_HEAD_BYTES = 16_384;

const isDirect = (host) => DIRECT.has(host) || /^127\./.test(host);
const bare = (host) => String(host || "localhost").replace(/^\[|\]$/g, "");

// A socket that is joined to host:port through the listener; `done(error, socket)` is called once.
function tunnel(host, port, done) {
  const socket = net.connect(Number(PROXY.port), PROXY.hostname);
  let head = Buffer.alloc(0);
  const end = (error) => {
    socket.off("error", end).off("close", lost).off("end", lost).off("connect", ask).off("data", read);
    if (error) {
      socket.on("error", () => {});
      socket.destroy();
      done(error);
    } else done(null, socket);
  };
  const lost = () => end(Object.assign(new Error(`connection to ${host}:${port} was lost`), { code: "ECONNRESET" }));
  const ask = () =>
    socket.write(`CONNECT ${host}:${port} HTTP/1.1\r\nhost: ${host}:${port}\r\nuser-agent: gameday-node-preload\r\n\r\n`);
  const read = (data) => {
    head = Buffer.concat([head, data]);
    const length = head.indexOf("\r\n\r\n");
    if (length < 0 && head.length < MOST_HEAD_BYTES) return;
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString("latin1"));
    if (status && status[1] === "200") {
      // The listener says nothing more before the client does.
      socket.pause();
      end(null);
    } else end(Object.assign(new Error(`the proxy refused ${host}:${port}: ${head.toString("latin1").split("\r\n")[0]}`),
      { code: "ECONNREFUSED" }));
  };
  socket.on("error", end).on("close", lost).on("end", lost).on("connect", ask).on("data", read);
}

const direct = https.Agent.prototype.createConnection;
https.Agent.prototype.createConnection = function (options, done) {
  const host = bare(options && (options.host || options.hostname));
  if (!options || typeof options !== "object" || options.socket || options.socketPath || isDirect(host)) {
    return direct.apply(this, arguments);
  }
  tunnel(host, options.port || 443, (error, socket) => {
    if (error) return done(error);
    let secured;
    try {
      secured = direct.call(this, { servername: net.isIP(host) ? "" : host, ...options, socket });
    } catch (problem) {
      socket.destroy();
      return done(problem);
    }
    done(null, secured);
  });
  return undefined;
};

function connect(options, done) {
  const host = bare(options.hostname);
  const secure = options.protocol === "https:";
  const port = Number(options.port) || (secure ? 443 : 80);
  let called = false;
  let current = null;
  const once = (error, socket) => {
    if (called) return;
    called = true;
    clearTimeout(timer);
    if (error && current) current.destroy();
    done(error, error ? undefined : socket);
  };
  const timer = setTimeout(
    () => once(Object.assign(new Error("Connect Timeout Error"), { name: "ConnectTimeoutError", code: "UND_ERR_CONNECT_TIMEOUT" })),
    CONNECT_TIMEOUT_MS,
  );
  const watch = (socket, event) => {
    current = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.once(event, () => once(null, socket));
    socket.on("error", once);
  };
  const secured = (socket) =>
    tls.connect({
      highWaterMark: 16_384,
      servername: options.servername || (net.isIP(host) ? "" : host),
      ALPNProtocols: ["http/1.1"],
      ...(socket ? { socket } : { host, port }),
    });
  if (!secure) watch(net.connect({ host, port, highWaterMark: 65_536 }), "connect");
  else if (isDirect(host)) watch(secured(null), "secureConnect");
  else tunnel(host, port, (error, socket) => {
    if (error) once(error);
    else if (called) socket.destroy();
    else watch(secured(socket), "secureConnect");
  });
}

// A stream to host:port through the listener, at once: what is written waits until the listener has joined it.
class Tunnelled extends Duplex {
  constructor(host, port) {
    super();
    this.socket = null;
    this.waiting = null;
    tunnel(host, port, (error, socket) => {
      if (error) return this.destroy(error);
      if (this.destroyed) return socket.destroy();
      this.socket = socket;
      socket.setNoDelay(true);
      socket.on("data", (data) => this.push(data) || socket.pause());
      socket.on("end", () => this.push(null));
      socket.on("error", (problem) => this.destroy(problem));
      socket.on("close", () => this.destroy());
      if (this.waiting) this.waiting();
      socket.resume();
    });
  }
  _write(chunk, encoding, done) {
    this.joined(() => this.socket.write(chunk, encoding, done));
  }
  _final(done) {
    this.joined(() => this.socket.end(done));
  }
  _read() {
    if (this.socket) this.socket.resume();
  }
  _destroy(error, done) {
    if (this.socket) this.socket.destroy();
    done(error);
  }
  joined(act) {
    if (this.socket) act();
    else this.waiting = act;
  }
}

// What comes by none of the ways above, such as a dispatcher of undici that somebody makes, ends here. Other ports than
// that of https are left alone: a database is reached as it is without a listener.
const plain = tls.connect;
tls.connect = function (...given) {
  const callback = given.find((each) => typeof each === "function");
  const named = typeof given[0] === "object" ? {} : { port: given[0], ...(typeof given[1] === "string" ? { host: given[1] } : {}) };
  const options = { ...given.find((each) => each && typeof each === "object"), ...named };
  const host = bare(options.host);
  if (options.socket || options.path || Number(options.port) !== 443 || isDirect(host)) return plain.apply(this, given);
  const servername = options.servername ?? (net.isIP(host) ? "" : host);
  return plain.call(this, { ...options, servername, socket: new Tunnelled(host, 443) }, callback);
};

// The dispatcher of fetch comes with the first use of one of its classes; its class is not published otherwise.
const DISPATCHER = Symbol.for("undici.globalDispatcher.1");
if (typeof globalThis.Response === "function" && globalThis[DISPATCHER]) {
  globalThis[DISPATCHER] = new globalThis[DISPATCHER].constructor({ connect });
}
