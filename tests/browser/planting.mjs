// Puts texts wherever somebody else's text can come in: imports and their files' names, reports, crawlers' visits, and what
// people of the network name things.
import { event } from "./dailymotion.mjs";

// What the rows of an import become, each by what is done to it further down.
const KINDS = ["waits", "refused", "broken", "ready", "draft"];

export class Garden {
  // `owner` is the browser context of an owner, `dailymotion` what reads and reports.
  constructor(base, owner, dailymotion) {
    Object.assign(this, { base, owner, dailymotion });
  }

  // Asks the API as the owner; answers with what it says.
  async ask(method, path, data, headers = {}) {
    const options = { method, data, headers: { Origin: this.base, ...headers } };
    const answer = await this.owner.request.fetch(`${this.base}/api/v1/${path}`, options);
    if (!answer.ok()) throw new Error(`${method} ${path} is answered ${answer.status()}: ${await answer.text()}`);
    return answer.status() === 204 ? undefined : answer.json();
  }

  // Each text goes everywhere; the creator of the n-th is `cn`.
  async plant(texts) {
    for (const [at, text] of texts.entries()) {
      const names = { name: text, dailymotion_id: `${at}${text}`, username: text, link: text };
      await this.ask("POST", "creators", { id: `c${at}`, ...names, adopted: true });
      await this.import(text, rows(`c${at}`, text));
      await this.import(text, [{ guid: "odd", [text]: text }], false);
      await this.ask("POST", "keys", { name: text, scopes: ["read"] });
      await this.report(text);
      await this.visit(`c${at}`, text);
    }
    await this.breakRules(texts);
    await this.nameThings(texts);
  }

  // Sends rows in a file of this name, and waits for what becomes of them.
  async import(name, rows, apply = true) {
    const body = Buffer.from(rows.map((row) => JSON.stringify(row)).join("\n"));
    const path = `imports?apply=${apply}&name=${encodeURIComponent(`${name}.jsonl`)}`;
    let { id, state } = await this.ask("POST", path, body, { "Content-Type": "application/octet-stream" });
    while (["planning", "applying"].includes(state)) ({ state } = await this.ask("GET", `imports/${id}`));
  }

  async report(text) {
    const events = [
      event(`refused ${text}`, text, { reason: text, [text]: text }),
      event(`broken ${text}`, text),
      event(`ready ${text}`, "ready", { remote_id: text }),
      { ...event(`orphan ${text}`, text), type: text },
      { data: text },
    ];
    for (const body of [events, text]) await this.dailymotion.report(body);
  }

  async visit(creator, agent) {
    await this.dailymotion.users({ agent });
    await this.dailymotion.feed(creator, { agent });
    await this.dailymotion.feed(creator, { agent, credential: { user: "nobody", password: "guessed" } });
  }

  // Refused videos that no retry brings back, and the job that says so.
  async breakRules(texts) {
    for (const [at, text] of texts.entries()) {
      await this.import(`again ${text}`, [{ guid: `broken ${text}`, creator: `c${at}`, category: "" }]);
    }
    const { id } = await this.ask("POST", "bulk", { action: "retry", search: "broken" });
    let { state } = await this.ask("POST", `bulk/${id}/confirm`, {});
    while (state !== "done") ({ state } = await this.ask("GET", `bulk/${id}`));
  }

  async nameThings(texts) {
    for (const text of texts) {
      await this.ask("PUT", "events/reasons", { reason: text, name: text }, { "If-Match": "*" });
      await this.ask("POST", "bulk", { action: "retry", reason: text });
      await this.ask("POST", "bulk", { action: "take_down", search: text });
    }
    const { shape, member, fields, adopted_only, paging, page_size } = await this.ask("GET", "user-list-profile");
    const constants = texts.map((text, at) => [`${at}${text}`, text]);
    const profile = { shape, member, fields, constants, adopted_only, paging, page_size };
    await this.ask("PUT", "user-list-profile", profile, { "If-Match": "*" });
  }
}

function rows(creator, text) {
  const video = (kind, more = {}) => ({
    guid: `${kind} ${text}`,
    creator,
    title: text,
    description: text,
    tags: text,
    link: text,
    category: "news",
    media_url: kind === "draft" ? text : "https://media.example/a.mp4",
    made_for_kids: false,
    ...more,
  });
  return [...KINDS.map((kind) => video(kind)), video("foreign", { creator: text }), video("odd", { duration: text })];
}
