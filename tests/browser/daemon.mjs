// A real `mcnd serve` on an empty catalog, in a temporary folder and at free ports of this machine.
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "./program.mjs";

// Starts it; answers with the base addresses of its two listeners, the link for the first owner, and how to end it.
export async function startDaemon(program) {
  const folder = await mkdtemp(join(tmpdir(), "mcnd-browser-"));
  const [outside, inside] = await freePorts(2);
  const base = `http://127.0.0.1:${inside}`;
  const open = `http://127.0.0.1:${outside}`;
  const settings = {
    DATABASE__URL: `sqlite:${folder}/mcnd.sqlite`,
    SERVER__PUBLIC: `127.0.0.1:${outside}`,
    SERVER__OPERATOR: `127.0.0.1:${inside}`,
    SERVER__PUBLIC_URL: open,
    SERVER__LAME_DUCK: "0s",
    SERVER__STOP_TIMEOUT: "1s",
    ACCESS__ADDRESS_CHECK: "off",
    OPERATORS__SIGN_INS_PER_MINUTE: "100",
    OPERATORS__REQUESTS_PER_MINUTE: "100000",
    LOG__LEVEL: "error",
  };
  const given = Object.entries(settings).map(([name, value]) => [`MCND__${name}`, value]);
  const options = { cwd: folder, env: { ...process.env, ...Object.fromEntries(given) } };
  const daemon = await start(program, ["serve"], /http:\S+\/sign-up\/\S+/, options);
  const stop = async () => {
    await daemon.stop();
    await rm(folder, { recursive: true });
  };
  return { base, outside: open, link: daemon.link, stop };
}

// Ports that nobody uses just now.
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer());
  const listening = servers.map((server) => new Promise((resolve) => server.listen(0, "127.0.0.1", resolve)));
  await Promise.all(listening);
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
