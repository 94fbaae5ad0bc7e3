// Texts that would run a script, or lead away, are planted wherever others' texts come in; then every page is opened, under the
// content policy and without it. Says what is wrong and ends with 1 if anything is: a text that ran, a message on the console
// (as of the policy), a request that leaves the listener, a dialog, an element or an attribute that is none of the pages' own.
//
//   node scripts.mjs PROGRAM
import { readFile } from "node:fs/promises";
import { conclude, follow, launch, watch } from "./browser.mjs";
import { startDaemon } from "./daemon.mjs";
import { Dailymotion } from "./dailymotion.mjs";
import { signIn, signUp } from "./people.mjs";
import { Garden } from "./planting.mjs";

const OWNER = { name: "ann", password: "a garden of odd weeds" };
// Longer than the pages wait before they ask again for what is to stay fresh.
const REFRESHED = 20_000;

const corpus = JSON.parse(await readFile(new URL("../fixtures/hostile.json", import.meta.url)));
const texts = corpus.map(({ text }) => text);
const [program] = process.argv.slice(2);
const faults = new Set();

// What the texts call: rings where one of them runs.
async function arm(context, ring) {
  await context.exposeBinding("zq", ({ page }) => ring(page.url()));
}

// On a page that escapes nothing the texts that run by themselves do ring.
async function prove(browser) {
  const context = await browser.newContext();
  let ring;
  await arm(context, () => ring());
  const page = await context.newPage();
  const running = texts.filter((text) => /<script|onerror|onload|ontoggle|autofocus/.test(text));
  for (const text of running) {
    const rang = new Promise((resolve, reject) => {
      ring = resolve;
      setTimeout(() => reject(new Error(`nothing rings where ${text} runs`)), 10_000).unref();
    });
    await page.setContent(`<input value="${text}"><a href="${text}">zq</a><pre>${text}</pre>`);
    await rang;
  }
  await context.close();
  return running.length;
}

// What a page holds that is none of its own; run in the browser.
function strange() {
  const found = [];
  const named = document.querySelectorAll("script:not([src^='/']), iframe, object, embed, base, img, meta[http-equiv]");
  for (const element of named) found.push(element.outerHTML);
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      const leads = ["href", "src", "action", "formaction"].includes(name);
      const away = leads && !/^(\/(?!\/)|#|https?:)/.test(value);
      if (away || name.startsWith("on") || name === "srcdoc") found.push(`${element.tagName} ${name}=${value}`);
    }
  }
  const turning = /[\u202a-\u202e\u2066-\u2069]/;
  // What is to be edited stands in its field as it is.
  for (const element of document.body.querySelectorAll(":not(:has(*), textarea)")) {
    if (turning.test(element.textContent)) found.push(`a mark that turns the reading direction in ${element.outerHTML}`);
  }
  return found.map((text) => text.slice(0, 200));
}

async function inspect(page, who) {
  for (const found of await page.evaluate(strange)) faults.add(`${who} ${page.url()}: ${found}`);
}

// Opens every page; answers with how many there were, and how many of them show a text of the corpus.
async function open(context, who, base) {
  const page = await context.newPage();
  watch(page, who, base, faults);
  const count = { pages: 0, planted: 0 };
  // Of each kind so many pages that every text has one; of videos those about which most is told.
  const paths = texts.map((text) => `/videos/${encodeURIComponent(`refused ${text}`)}`);
  await follow(page, base, { most: texts.length, paths }, async (url, answer) => {
    if (answer.status() >= 400) faults.add(`${who} ${url}: answered ${answer.status()}`);
    if (new URL(url).pathname.startsWith("/api/")) return;
    await inspect(page, who);
    count.pages += 1;
    if ((await page.content()).includes("zq")) count.planted += 1;
  });
  await page.close();
  return count;
}

// Parts that keep themselves fresh take in nothing else.
async function stay(context, who, base) {
  const look = async (path) => {
    const page = await context.newPage();
    watch(page, who, base, faults);
    const fresh = page.waitForResponse((answer) => answer.request().resourceType() === "fetch", { timeout: REFRESHED });
    await page.goto(base + path);
    await (await fresh).finished();
    await inspect(page, who);
    await page.close();
  };
  await Promise.all(["/", "/creators/c0", "/creators/c2"].map(look));
}

async function run(browser, daemon) {
  const owner = await browser.newContext();
  const page = await owner.newPage();
  await signUp(page, daemon.link, OWNER);
  await signIn(page, OWNER);
  await page.close();
  const garden = new Garden(daemon.base, owner);
  const credential = async (kind) => {
    const { id, secret } = await garden.ask("POST", "credentials", { kind, form: "basic" });
    return { user: id, password: secret };
  };
  const given = { crawler: await credential("crawler"), callback: await credential("callback") };
  garden.dailymotion = new Dailymotion(daemon.outside, given);
  await garden.plant(texts);
  console.log(`${texts.length} texts are planted`);

  const bare = await browser.newContext({ bypassCSP: true, storageState: await owner.storageState() });
  const contexts = { "under the policy": owner, "without the policy": bare };
  const opened = Object.entries(contexts).map(async ([who, context]) => {
    await arm(context, (url) => faults.add(`${who} ${url}: a text ran`));
    const { pages, planted } = await open(context, who, daemon.base);
    await stay(context, who, daemon.base);
    console.log(`${who}: ${pages} pages, ${planted} of them show a planted text`);
  });
  await Promise.all(opened);
}

if (!program) throw new Error("name the program: node scripts.mjs PROGRAM");
const daemon = await startDaemon(program);
const browser = await launch();
try {
  console.log(`${await prove(browser)} texts ring on a page that escapes nothing`);
  await run(browser, daemon);
} finally {
  await browser.close();
  await daemon.stop();
}
conclude(faults);
