// Walks every page that the dashboard's links lead to, as an owner and as a viewer, at the width of a desk and of a phone,
// in light and in dark. Says what is wrong and ends with 1 if anything is: a serious finding of axe, a message on the
// console, a request that leaves the listener, a page that is wider than the phone, a form shown to a viewer.
//
//   node walk.mjs PROGRAM [FOLDER FOR SCREENSHOTS]
import { mkdir } from "node:fs/promises";
import { AxeBuilder } from "@axe-core/playwright";
import { conclude, follow, launch, watch } from "./browser.mjs";
import { askWhatIf, settle, signInOwner, signInViewer, startDemo } from "./demo.mjs";

const WIDTHS = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const SCHEMES = ["light", "dark"];
// Colours do not depend on the width, so each scheme is judged at one of them.
const JUDGED = { desk: "light", phone: "dark" };
// Pages of one kind look alike: so many of each are visited.
const OF_A_KIND = { owner: 2, viewer: 1 };

// What nobody but whoever is signed in is asked for is theirs.
const OTHERS_FORMS = 'form[method="post"]:not([action="/sign-out"]):not([action^="/settings/account"])';

const [program, folder] = process.argv.slice(2);
const faults = new Set();

async function judge(page, name) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  for (const { id, impact, nodes } of violations) {
    if (["serious", "critical"].includes(impact)) faults.add(`${name}: axe: ${id}: ${nodes[0].html.slice(0, 200)}`);
  }
}

async function look(page, who, number) {
  for (const [place, size] of Object.entries(WIDTHS)) {
    await page.setViewportSize(size);
    for (const scheme of SCHEMES) {
      await page.emulateMedia({ colorScheme: scheme });
      if (JUDGED[place] === scheme) await judge(page, `${who} ${place} ${scheme} ${new URL(page.url()).pathname}`);
      if (folder) {
        const path = `${folder}/${who}-${String(number).padStart(2, "0")}-${place}-${scheme}.png`;
        await page.screenshot({ path, fullPage: true });
      }
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    if (wide) faults.add(`${who} ${place} ${page.url()}: wider than the window`);
  }
}

async function walk(context, who, base) {
  const page = await context.newPage();
  watch(page, who, base, faults);
  let number = 0;
  await follow(page, base, { most: OF_A_KIND[who] }, async (url, answer) => {
    if (answer.status() >= 400) faults.add(`${who} ${url}: answered ${answer.status()}`);
    console.log(`${who} ${String(++number).padStart(2, "0")} ${page.url()}`);
    await look(page, who, number);
    if (who === "viewer") {
      const forms = await page.locator(OTHERS_FORMS).count();
      if (forms > 0) faults.add(`${who} ${url}: shows a form that is not theirs`);
    }
  });
  await page.close();
}

// Without scripts every page must still say the same.
async function walkWithoutScripts(browser, owner, base) {
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: await owner.storageState() });
  const page = await context.newPage();
  for (const path of ["/", "/creators", "/videos"]) {
    await page.goto(base + path);
    if ((await page.locator("main h1").count()) !== 1) faults.add(`without scripts ${path}: has no heading`);
  }
  await context.close();
}

async function run(browser, demo) {
  const owner = await signInOwner(browser, demo);
  const viewer = await signInViewer(browser, demo, owner);
  await settle(demo, owner);
  await askWhatIf(demo, owner);
  await Promise.all([walk(owner, "owner", demo.base), walk(viewer, "viewer", demo.base)]);
  await walkWithoutScripts(browser, owner, demo.base);
}

if (!program) throw new Error("name the program: node walk.mjs PROGRAM [FOLDER]");
if (folder) await mkdir(folder, { recursive: true });
const demo = await startDemo(program);
const browser = await launch();
try {
  await run(browser, demo);
} finally {
  await browser.close();
  await demo.stop();
}
conclude(faults);
