// What pages do better with scripts: times in the reader's zone, and numbers that stay true while they are looked at.
"use strict";

const THIS_YEAR = new Date().getFullYear();

// A moment to the second; the year goes without saying while it is this one.
function moment(at) {
  const year = at.getFullYear() === THIS_YEAR ? undefined : "numeric";
  const form = { year, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" };
  return at.toLocaleString(undefined, form);
}

// The server writes UTC; it stays to be read by whoever points at the time.
function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) {
      time.textContent = time.dataset.form === "hour" ? String(at.getHours()).padStart(2, "0") : moment(at);
    }
  }
}

// Parts of the page that say how many seconds they stay fresh are asked for again, each by its id.
function keepFresh(part) {
  setTimeout(async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
        if (answer.ok && fresh) {
          localise(fresh);
          const focused = part.contains(document.activeElement) && document.activeElement.id;
          part.replaceWith(fresh);
          if (focused) document.getElementById(focused)?.focus();
          part = fresh;
        }
      } catch {
        // The daemon is away; what is shown stays.
      }
    }
    if (part.dataset.fresh) keepFresh(part);
  }, Number(part.dataset.fresh) * 1000);
}

localise(document);
document.querySelectorAll("[data-fresh][id]").forEach(keepFresh);
