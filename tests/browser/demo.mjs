// The demo as a child of this process: a daemon with a sample catalog, and people who are signed in.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const VIEWER = { name: "viewer", password: "looks and does not touch" };

// Starts `mcnd demo`; answers with the base address of its dashboard, the link that opens it, and how to end it.
export async function startDemo(program) {
  const child = spawn(program, ["demo"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      child.kill("SIGINT");
      process.exit(1);
    });
  }
  const link = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = line.match(/http:\S+\/enter\/\S+/);
      if (found) resolve(found[0]);
    });
    child.once("error", reject);
    ended.then((code) => reject(new Error(`the demo ended by itself with ${code}`)));
  });
  const stop = async () => {
    child.kill("SIGINT");
    await ended;
  };
  return { base: new URL(link).origin, link, stop };
}

// A browser context of the demo's owner.
export async function signInOwner(browser, demo) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(demo.link);
  if (page.url() !== `${demo.base}/`) throw new Error(`the demo's link led to ${page.url()}`);
  await page.close();
  return context;
}

// A browser context of a viewer, whom the owner has invited.
export async function signInViewer(browser, demo, owner) {
  const invited = await owner.request.post(`${demo.base}/api/v1/operators`, {
    headers: { Origin: demo.base },
    data: { name: VIEWER.name, role: "viewer" },
  });
  if (!invited.ok()) throw new Error(`no viewer was invited: ${await invited.text()}`);
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(demo.base + (await invited.json()).path);
  await page.fill("#password", VIEWER.password);
  await page.fill("#again", VIEWER.password);
  await Promise.all([page.waitForURL("**/sign-in"), page.click("main button")]);
  await page.fill("#name", VIEWER.name);
  await page.fill("#password", VIEWER.password);
  await Promise.all([page.waitForURL(`${demo.base}/`), page.click("main button")]);
  await page.close();
  return context;
}

// Waits until the sample shows every side of itself: imported, refused and held videos.
export async function settle(demo, owner) {
  for (;;) {
    const status = await (await owner.request.get(`${demo.base}/api/v1/status`)).json();
    const { imported, refused } = status.videos;
    if (imported >= 20 && refused >= 2) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

// Asks what other rules would flip, and waits for the answer, which has pages of its own.
export async function askWhatIf(demo, owner) {
  const questions = `${demo.base}/api/v1/rules/what-if`;
  const asked = await owner.request.post(questions, {
    headers: { Origin: demo.base },
    data: { categories: ["music", "travel"], check_category: true },
  });
  if (!asked.ok()) throw new Error(`nothing was asked of the rules: ${await asked.text()}`);
  const { id } = await asked.json();
  for (;;) {
    const { ended_at } = await (await owner.request.get(`${questions}/${id}`)).json();
    if (ended_at) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
