// An operator's day on an empty catalog, once with scripts and once without: imports a file with mistakes, asks why videos are
// not out, retries what was refused, takes a video down, rotates a credential, pauses a creator, exports a refusal. What
// Dailymotion sees of it is looked at from outside. Ends with 1 at the first thing that is not as it should be.
//
//   node day.mjs PROGRAM [FOLDER FOR SCREENSHOTS]
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { conclude, launch, watch } from "./browser.mjs";
import { startDaemon } from "./daemon.mjs";
import { Dailymotion, event } from "./dailymotion.mjs";
import { Operator } from "./operator.mjs";
import { signIn, signUp } from "./people.mjs";

const OWNER = { name: "ann", password: "a morning at the harbour" };
const CREATORS = { harbour: "Harbour & Sea", meadow: "The Meadow" };
const REASON = "encoding_error";
// A video that is taken down has left its feed within so many milliseconds.
const SOON = 1_000;

function row(guid, title, { creator = guid.split("-")[0], category = "news", kids = "no", seconds = "90" } = {}) {
  return [guid, creator, title, category, `https://media.example/${guid}.mp4`, kids, seconds].join(",");
}

const RIGHT = [
  row("harbour-1", "Ferries at dawn"),
  row("harbour-2", "Ropes and knots"),
  row("harbour-3", "The crane that sings"),
  row("harbour-4", "Fog over the pier"),
  row("harbour-5", "Gulls"),
  row("harbour-6", "Published by mistake"),
  row("harbour-kids", "A lighthouse for children", { kids: "yes" }),
  row("harbour-bare", "Nets without a category", { category: "" }),
  row("meadow-1", "Hay in July"),
  row("meadow-2", "The long fence"),
];
const REFUSED = ["harbour-1", "harbour-2", "harbour-3", "harbour-4"];

// The same with mistakes, and what the plan has to say of each, by its row.
const WRONG = RIGHT.with(1, row("harbour-2", "Ropes and knots", { kids: "perhaps" }))
  .with(3, row("harbour-4", "Fog over the pier", { creator: "habour" }))
  .with(4, row("harbour-5", "Gulls", { seconds: "soon" }))
  .concat(row("harbour-1", "Ferries at dawn again"));
const MISTAKES = [
  ["2", "harbour-2", "column made_for_kids: perhaps is neither true nor false"],
  ["4", "harbour-4", "there is no creator habour; add it"],
  ["5", "harbour-5", "column duration: soon is no duration in seconds"],
  ["11", "harbour-1", "guid harbour-1 stands in an earlier row too; keep one"],
];

const [program, folder] = process.argv.slice(2);
const faults = new Set();

// A file as a spreadsheet saves it.
function csv(name, rows) {
  const text = ["guid,creator,title,category,media_url,made_for_kids,duration", ...rows].join("\r\n");
  return { name, mimeType: "text/csv", buffer: Buffer.from(text) };
}

// Comes in by the link that the daemon prints, adds the creators and makes what Dailymotion is given.
async function open(ann, daemon) {
  await ann.step("the first owner comes in", async () => {
    await signUp(ann.page, daemon.link, OWNER);
    await signIn(ann.page, OWNER);
    await ann.page.getByRole("heading", { name: "Where to begin" }).waitFor();
    return `the overview says where to begin; ${OWNER.name} is signed in`;
  });
  await ann.step("creators are added", async () => {
    for (const [id, name] of Object.entries(CREATORS)) {
      await ann.go("Creators");
      await ann.lead(ann.link("Add a creator"));
      await ann.field("Id").fill(id);
      await ann.field("Name of the channel").fill(name);
      await ann.field("Dailymotion id").fill(`x${id}`);
      await ann.field("Username on Dailymotion").fill(id);
      await ann.page.getByLabel("Adopted by the network's Dailymotion account").check();
      await ann.lead(ann.button("Add"));
      assert.equal(await ann.said(), "Added. Import their videos next.");
    }
    return Object.values(CREATORS).join(", ");
  });
  const given = {};
  await ann.step("credentials are made", async () => {
    for (const kind of ["crawler", "callback"]) {
      await ann.go("Settings");
      await ann.lead(ann.link("Credentials"));
      await ann.field("What it opens").selectOption(kind);
      await ann.field("How it is presented").selectOption("basic");
      await ann.lead(ann.button("Make it"));
      given[kind] = await handed(ann);
    }
    return `${given.crawler.user} and ${given.callback.user}, each with a password that is shown once`;
  });
  return new Dailymotion(daemon.outside, given);
}

// What a page that shows a secret hands out.
async function handed(ann) {
  await ann.page.getByRole("heading", { name: "Hand this out now" }).waitFor();
  return { user: await ann.value("user"), password: await ann.value("password") };
}

async function plan(ann, file) {
  await ann.field("A file: CSV, JSON Lines or a feed, packed with gzip or not").setInputFiles(file);
  await ann.lead(ann.button("Make a plan"));
  await ann.heading(file.name);
  await ann.comes(ann.page.getByText("planned: Nothing is in the catalog yet"));
}

// A file with mistakes is planned, mended, planned again and applied.
async function importFile(ann) {
  await ann.step("a file with mistakes is planned", async () => {
    await ann.go("Import");
    await plan(ann, csv("july.csv", WRONG));
    const found = await ann.table("Wrong rows");
    assert.equal(found.length, MISTAKES.length, `wrong rows are shown: ${JSON.stringify(found)}`);
    MISTAKES.forEach(([number, guid, words], at) => {
      assert.deepEqual(found[at].slice(0, 2), [number, guid], "a wrong row is named by its number and its guid");
      assert.ok(found[at].at(-1).includes(words), `row ${number} says ${found[at].at(-1)}, not ${words}`);
    });
    return found.map((cells) => `row ${cells[0]}: ${cells.at(-1)}`).join(" | ");
  });
  await ann.step("nothing of it is in the catalog", async () => {
    await ann.go("Videos");
    await ann.page.getByText("There is no video yet").waitFor();
    return "the list of videos is empty";
  });
  await ann.step("the mended file is planned", async () => {
    await ann.go("Import");
    await ann.lead(ann.link("july.csv"));
    await ann.lead(ann.link("Send the mended file"));
    await plan(ann, csv("july-mended.csv", RIGHT));
    assert.equal(await ann.region("Wrong rows").count(), 0, "the mended file has wrong rows");
    assert.equal(await ann.value("created"), "9", "not every row would be created");
    assert.equal(await ann.value("kept as drafts"), "1", "the row without a category would be no draft");
    return "9 would be created and 1 kept as a draft, none is wrong";
  });
  await ann.step("it is applied", async () => {
    await ann.lead(ann.link("Apply…"));
    await ann.heading("Apply july-mended.csv?");
    await ann.lead(ann.button("Apply"));
    await ann.comes(ann.page.getByText("applied: Every row was looked at"));
    const created = await ann.value("created");
    await ann.lead(ann.link("Look at the videos"));
    const listed = await ann.table("Videos");
    assert.equal(listed.length, RIGHT.length, "not every row became a video");
    return `${created} created; the list has ${await ann.said()}`;
  });
}

// Dailymotion reads everything, takes one video and refuses some.
async function morning(ann, dailymotion) {
  await ann.step("Dailymotion comes by", async () => {
    assert.deepEqual(await dailymotion.users(), Object.keys(CREATORS), "the user list names other creators");
    const listed = [...(await dailymotion.feed("harbour")).guids, ...(await dailymotion.feed("meadow")).guids];
    assert.equal(listed.length, 8, `the feeds list ${listed}`);
    const refusals = [...REFUSED, "meadow-1"].map((guid) => event(guid, REASON, { reason: "no video stream" }));
    const status = await dailymotion.report([event("harbour-5", "ready", { remote_id: "x9gulls" }), ...refusals]);
    assert.equal(status, 200, "the callback was not taken");
    await ann.go("Overview");
    await ann.link("refused 5").waitFor();
    await ann.link("imported 1").waitFor();
    const visits = await ann.reloaded(async () => (await ann.table("Visits")).length === 3);
    assert.ok(visits, "the overview does not show the visits");
    return "3 visits; 1 video imported, 5 refused";
  });
}

// Opens a video that a search finds.
async function find(ann, words) {
  await ann.go("Videos");
  await ann.field("Words of title or guid").fill(words);
  await ann.lead(ann.button("Show"));
  const videos = await ann.table("Videos");
  assert.equal(videos.length, 1, `\`${words}\` finds ${videos.length} videos`);
  await ann.lead(ann.region("Videos").getByRole("rowheader").getByRole("link"));
}

// Each video that is not out says why.
async function ask(ann) {
  const sentences = {
    lighthouse: "harbour-kids waits and is held back: it is made for kids and feed.dm maps no element for made_for_kids",
    nets: "harbour-bare may not go out: the category is missing; give one that mcnd rules show lists",
    hay: `Dailymotion refused meadow-1 with the status ${REASON}; mcnd video retry meadow-1 lists it again`,
    fence: "meadow-2 is listed; it was last offered at",
  };
  for (const [word, sentence] of Object.entries(sentences)) {
    await ann.step(`why \`${word}\` is not out`, async () => {
      await find(ann, word);
      const said = await ann.region("Why").getByRole("paragraph").first().innerText();
      assert.ok(said.startsWith(sentence), `the page says: ${said}`);
      return said;
    });
  }
}

// All refused videos of one creator go out again.
async function retry(ann, dailymotion) {
  await ann.step("what a retry would do is counted", async () => {
    await ann.go("Creators");
    await ann.lead(ann.link(CREATORS.harbour));
    await ann.lead(ann.link("refused 4"));
    await ann.lead(ann.button("Retry…"));
    await ann.heading("retry 4 videos?");
    const sample = (await ann.table("The first of them")).map(([guid]) => guid);
    assert.deepEqual(sample.toSorted(), REFUSED, "the plan shows other videos");
    return sample.join(", ");
  });
  await ann.step("it is confirmed and watched", async () => {
    await ann.lead(ann.button("retry 4 videos"));
    const running = await ann.said();
    await ann.comes(ann.page.getByText("done · 4 of 4", { exact: true }));
    assert.equal(await ann.value("done", ann.region("Progress")), "4", "not every video was retried");
    return `${running} done, 4 of 4`;
  });
  await ann.step("they wait again, and the feed lists them", async () => {
    await ann.go("Creators");
    await ann.lead(ann.link(CREATORS.harbour));
    await ann.link("refused 0").waitFor();
    await ann.link("waiting 6").waitFor();
    const { guids } = await dailymotion.feed("harbour");
    assert.deepEqual(guids.toSorted(), [...REFUSED, "harbour-6"], "the feed lists others");
    await ann.go("Overview");
    await ann.link("refused 1").waitFor();
    return `refused 0, waiting 6; in the feed: ${guids.join(", ")}; the other creator's refusal stands`;
  });
}

// A video leaves its feed as soon as it is taken down.
async function takeDown(ann, dailymotion) {
  await ann.step("a video is taken down", async () => {
    await find(ann, "mistake");
    await ann.lead(ann.link("Take down…"));
    await ann.heading("Take this video down?");
    assert.ok((await dailymotion.feed("harbour")).guids.includes("harbour-6"), "the feed does not list it before");
    const answered = ann.page.waitForResponse((answer) => answer.request().method() === "POST");
    const led = ann.lead(ann.button("Take it down"));
    await answered;
    const since = performance.now();
    let looks = 1;
    while ((await dailymotion.feed("harbour")).guids.includes("harbour-6")) {
      assert.ok(performance.now() - since < SOON, `the feed still lists it after ${SOON} ms`);
      looks += 1;
    }
    const took = performance.now() - since;
    assert.ok(took < SOON, `it took ${took} ms`);
    await led;
    return `${await ann.said()} Out of the feed ${took.toFixed()} ms after the answer, at look ${looks}`;
  });
}

// The crawler's credential gets a successor, beside which it stays valid.
async function rotate(ann, dailymotion) {
  const old = dailymotion.crawler;
  let fresh;
  await ann.step("the crawler's credential is rotated", async () => {
    await ann.go("Settings");
    await ann.lead(ann.link("Credentials"));
    await ann.lead(ann.link(old.user));
    await ann.field("This one stays valid").selectOption("1 day");
    await ann.lead(ann.button("Make its successor"));
    fresh = await handed(ann);
    for (const credential of [old, fresh]) {
      const { status } = await dailymotion.feed("meadow", { credential });
      assert.equal(status, 200, `${credential.user} is answered ${status}`);
    }
    return `${old.user} and ${fresh.user} both open the feeds`;
  });
  await ann.step("the visits say when the other side switched", async () => {
    dailymotion.crawler = fresh;
    await dailymotion.users();
    await dailymotion.feed("meadow");
    await ann.go("Settings");
    await ann.lead(ann.link("Credentials"));
    const first = await ann.reloaded(async () => {
      const rows = await ann.table("Credentials for the crawler");
      return rows.find(([id, , , used]) => id === fresh.user && used !== "never");
    });
    assert.ok(first, "the successor's first use is not shown");
    await ann.lead(ann.link("The visits"));
    const visits = await ann.reloaded(async () => {
      const rows = (await ann.table("Visits")).map(([when, , , credential]) => [when, credential]);
      return rows[0]?.[1] === fresh.user && rows[1]?.[1] === fresh.user && rows;
    });
    assert.ok(visits, "the newest visits are not by the successor");
    const last = visits.find(([, credential]) => credential === old.user);
    assert.ok(last, "no visit by the one before is shown");
    return `first use of ${fresh.user}: ${first[3]}; last visit by ${old.user}: ${last[0]}`;
  });
}

// A creator is out of everything that Dailymotion reads while they are paused.
async function pause(ann, dailymotion) {
  const sees = async () => ({ users: await dailymotion.users(), ...(await dailymotion.feed("harbour")) });
  await ann.step("a creator is paused", async () => {
    await ann.go("Creators");
    await ann.lead(ann.link(CREATORS.harbour));
    await ann.lead(ann.link("Pause…"));
    await ann.heading("Pause this creator?");
    await ann.lead(ann.button("Pause"));
    assert.deepEqual(await sees(), { users: ["meadow"], status: 200, guids: [] }, "Dailymotion still sees the creator");
    await ann.page.getByText("Paused: out of the user list, with a feed that is reachable and empty.").waitFor();
    return `${await ann.said()} Not in the user list; the feed is empty`;
  });
  await ann.step("a video of theirs says so", async () => {
    await find(ann, "ropes");
    const said = await ann.region("Why").getByRole("paragraph").first().innerText();
    assert.equal(said, "harbour-2 waits and is held back: its creator is paused");
    return said;
  });
  await ann.step("the creator is resumed", async () => {
    await ann.lead(ann.link(CREATORS.harbour));
    await ann.lead(ann.link("Resume…"));
    await ann.heading("Resume this creator?");
    await ann.lead(ann.button("Resume"));
    const { users, guids } = await sees();
    assert.deepEqual(users, Object.keys(CREATORS), "the user list leaves the creator out");
    assert.deepEqual(guids.toSorted(), REFUSED, "the feed lists others than before");
    return `${await ann.said()} In the user list again; the feed lists ${guids.length} videos`;
  });
}

// A refusal is named and taken out as a file that the content manager can be sent.
async function exportRefusal(ann) {
  await ann.step("a refusal is exported", async () => {
    await ann.go("Callbacks");
    await ann.lead(ann.link("Refusals"));
    await ann.field(`Name of ${REASON}`).fill("the file can't be decoded");
    await ann.lead(ann.button("Name it"));
    assert.equal(await ann.said(), "The reason has its name.");
    const saved = ann.page.waitForEvent("download");
    await ann.link(`Events of ${REASON} as CSV`).click();
    const file = await saved;
    const lines = (await readFile(await file.path(), "utf8")).trim().split(/\r?\n/);
    assert.equal(lines.length, 2, `the file has ${lines.length} lines`);
    assert.match(lines[0], /^digest,received_at,outcome,status,guid,/);
    const raw = '"reason"":""no video stream';
    for (const part of [",refused,", `,${REASON},meadow-1,`, raw]) {
      assert.ok(lines[1].includes(part), `the file does not hold ${part}: ${lines[1]}`);
    }
    return `${file.suggestedFilename()}: ${lines[1]}`;
  });
}

async function day(browser, scripts) {
  const daemon = await startDaemon(program);
  try {
    const context = await browser.newContext({ javaScriptEnabled: scripts, viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    const name = scripts ? "day" : "day-without-scripts";
    watch(page, name, daemon.base, faults);
    const ann = new Operator(page, { name, scripts, folder });
    const dailymotion = await open(ann, daemon);
    await importFile(ann);
    await morning(ann, dailymotion);
    await ask(ann);
    await retry(ann, dailymotion);
    await takeDown(ann, dailymotion);
    await rotate(ann, dailymotion);
    await pause(ann, dailymotion);
    await exportRefusal(ann);
    await context.close();
  } finally {
    await daemon.stop();
  }
}

if (!program) throw new Error("name the program: node day.mjs PROGRAM [FOLDER]");
if (folder) await mkdir(folder, { recursive: true });
const browser = await launch();
try {
  for (const scripts of [true, false]) await day(browser, scripts);
} finally {
  await browser.close();
}
conclude(faults);
