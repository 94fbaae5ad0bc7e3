// The browser, and what must not happen in it.
import { chromium } from "playwright-core";

// Starts Debian's Chromium, or the one that is named.
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // Everything opened here is our own, and containers often have no room for Chromium's sandbox.
    args: ["--no-sandbox"],
  });
}

// Notes what a page says on the console, what it breaks, what it asks elsewhere for, and what it asks its reader.
export function watch(page, who, base, faults) {
  const note = (what) => faults.add(`${who} ${page.url()}: ${what}`);
  page.on("console", (said) => {
    if (["error", "warning"].includes(said.type())) note(`console: ${said.text()}`);
  });
  page.on("pageerror", (error) => note(error));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${base}/`)) note(`asks for ${request.url()}`);
  });
  page.on("dialog", (dialog) => {
    note(`a dialog says ${dialog.message()}`);
    return dialog.dismiss();
  });
}

// The addresses of a page's own listener that its links lead to, files to be saved left out.
export async function linked(page, base) {
  const links = page.locator("a[href]:not([download])");
  const addresses = await links.evaluateAll((links) => links.map((link) => link.href.split("#")[0]));
  return addresses.filter((address) => address.startsWith(`${base}/`));
}

// Behind these parts of a path stands what names a single thing, but for the places that lie there, too.
const NAMED_BEHIND = /^(creators|videos|imports|jobs|callbacks|alarms|deliveries|credentials|operators|keys|what-if)$/;
const PLACES = /^(_\w+|reasons|webhooks|deliveries)$/;

// The kind of a page: its path without what names a single thing, and what its address asks for.
function kind(url) {
  const { pathname, searchParams } = new URL(url);
  const parts = pathname.split("/");
  const named = (part, at) => NAMED_BEHIND.test(parts[at - 1]) && parts[1] !== "crawler" && !PLACES.test(part);
  const path = parts.map((part, at) => (named(part, at) ? "…" : part)).join("/");
  return `${path}?${[...new Set(searchParams.keys())].sort()}`;
}

// Follows the links from the overview and these paths on, to so many pages of each kind at the most; `look` is told the address
// of each page and how it was answered.
export async function follow(page, base, { most, paths = [] }, look) {
  const waiting = ["/", ...paths].map((path) => base + path);
  const seen = new Set(waiting);
  const visited = new Map();
  while (waiting.length > 0) {
    const url = waiting.shift();
    const times = visited.get(kind(url)) ?? 0;
    if (times === most) continue;
    visited.set(kind(url), times + 1);
    await look(url, await page.goto(url));
    for (const link of await linked(page, base)) {
      if (!seen.has(link)) {
        seen.add(link);
        waiting.push(link);
      }
    }
  }
}

// Says what is wrong; the process ends with 1 if anything is.
export function conclude(faults) {
  for (const fault of faults) console.error(fault);
  console.log(faults.size === 0 ? "nothing wrong" : `${faults.size} things are wrong`);
  if (faults.size > 0) process.exitCode = 1;
}
