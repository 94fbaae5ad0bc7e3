// The program as a child of this process.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

// Starts it and waits for the first link that looks so, wherever it is printed; answers with the link and how to end it.
export async function start(program, args, looks, options = {}) {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      child.kill("SIGINT");
      process.exit(1);
    });
  }
  const link = await new Promise((resolve, reject) => {
    const read = (input, pass) =>
      createInterface({ input }).on("line", (line) => {
        pass?.(line);
        const found = line.match(looks);
        if (found) resolve(found[0]);
      });
    read(child.stdout);
    read(child.stderr, console.error);
    child.once("error", reject);
    ended.then((code) => reject(new Error(`\`mcnd ${args.join(" ")}\` ended by itself with ${code}`)));
  });
  const stop = async () => {
    child.kill("SIGINT");
    await ended;
  };
  return { link, stop };
}
