// Probe of a Node runtime: what follows a faster clock. Run by gameday.run.clock_probe.
const { execFileSync } = require("node:child_process");
const net = require("node:net");

const wait = Number(process.argv[2]) * 1000;

function tell(name, began) {
  const waited = began === null ? 0 : (performance.now() - began) / 1000;
  process.stdout.write(`${name} ${waited.toFixed(3)} ${(Date.now() / 1000).toFixed(3)}\n`);
}

const probes = {
  timer: () => new Promise((done) => setTimeout(done, wait)),
  socket: () => new Promise((done) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const client = net.connect(server.address().port, "127.0.0.1");
      client.setTimeout(wait, () => { client.destroy(); server.close(); done(); });
    });
  }),
  lock: async () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait),
  child: async () => execFileSync(process.execPath, ["-e", `setTimeout(() => {}, ${wait})`]),
};

(async () => {
  tell("wall", null);
  for (const [name, act] of Object.entries(probes)) {
    const began = performance.now();
    await act();
    tell(name, began);
  }
  process.exit(0);
})();
