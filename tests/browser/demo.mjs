// The demo: a daemon with a sample catalog, and people who are signed in.
import { signIn, signUp } from "./people.mjs";
import { start } from "./program.mjs";

const VIEWER = { name: "viewer", password: "looks and does not touch" };

// Starts `mcnd demo`; answers with the base address of its dashboard, the link that opens it, and how to end it.
export async function startDemo(program) {
  const demo = await start(program, ["demo"], /http:\S+\/enter\/\S+/);
  return { ...demo, base: new URL(demo.link).origin };
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
  await signUp(page, demo.base + (await invited.json()).path, VIEWER);
  await signIn(page, VIEWER);
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
