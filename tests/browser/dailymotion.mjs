// Dailymotion as the daemon meets it: a crawler that reads the user list and the feeds, and an injector that reports.

const CRAWLER = "Dailymotion-Injector (scripted)";

// Headers with this credential; other texts than ASCII go as UTF-8.
function headers({ user, password }, agent) {
  const basic = Buffer.from(`${user}:${password}`).toString("base64");
  return { Authorization: `Basic ${basic}`, "User-Agent": Buffer.from(agent).toString("latin1") };
}

export class Dailymotion {
  // `address` is the base of the public listener; a credential is `{ user, password }`.
  constructor(address, { crawler, callback }) {
    Object.assign(this, { address, crawler, callback });
  }

  // How the feed of a creator is answered, and the guids it lists.
  async feed(creator, { credential = this.crawler, agent = CRAWLER } = {}) {
    const answer = await fetch(`${this.address}/feeds/${creator}.xml`, { headers: headers(credential, agent) });
    const text = await answer.text();
    return { status: answer.status, guids: [...text.matchAll(/<guid[^>]*>([^<]*)<\/guid>/g)].map(([, guid]) => guid) };
  }

  // The user names that the user list holds.
  async users({ credential = this.crawler, agent = CRAWLER } = {}) {
    const answer = await fetch(`${this.address}/users.json`, { headers: headers(credential, agent) });
    return answer.ok ? (await answer.json()).map(({ username }) => username) : [];
  }

  // Posts a body to the callback; what is no text goes as JSON.
  async report(body) {
    const answer = await fetch(`${this.address}/callbacks/dailymotion`, {
      method: "POST",
      headers: { ...headers(this.callback, CRAWLER), "Content-Type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return answer.status;
  }
}

// An event about a video, as the injector words it.
export function event(guid, status, more = {}) {
  const type = status === "ready" ? "video.imported" : "video.failed";
  return { type, timestamp: Date.now(), data: { uid: guid, status, ...more } };
}
