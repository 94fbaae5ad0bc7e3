// An operator at a browser, who goes by what is written on the pages: labels, links, buttons, headings, tables.

const PATIENCE = 30_000;

export class Operator {
  #steps = 0;

  // `scripts` says whether the browser runs any; pictures go to `folder`, if there is one.
  constructor(page, { name, scripts, folder }) {
    page.setDefaultTimeout(PATIENCE);
    Object.assign(this, { page, name, scripts, folder });
  }

  // Does a part of the day, and says in a line what it has shown.
  async step(what, act) {
    const number = String(++this.#steps).padStart(2, "0");
    try {
      console.log(`${this.name} ${number} ${what}: ${await act()}`);
    } catch (error) {
      throw new Error(`${this.name} ${number} ${what}, at ${this.page.url()}: ${error.message}`, { cause: error });
    } finally {
      if (this.folder) await this.page.screenshot({ path: `${this.folder}/${this.name}-${number}.png`, fullPage: true });
    }
  }

  link(name) {
    return this.page.getByRole("link", { name, exact: true });
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  field(label) {
    return this.page.getByLabel(label, { exact: true });
  }

  region(name) {
    return this.page.getByRole("region", { name, exact: true });
  }

  // Presses what leads to a page, and waits for the page.
  async lead(pressed) {
    const led = this.page.waitForEvent("domcontentloaded");
    await pressed.click();
    await led;
  }

  // Goes to one of the places that every page names.
  async go(place) {
    await this.lead(this.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: place, exact: true }));
    await this.heading(place);
  }

  // Waits for a page by its heading.
  async heading(name) {
    await this.page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  }

  // Waits until the page says so; without scripts by looking at it again.
  async comes(shown) {
    const end = Date.now() + PATIENCE;
    while (!this.scripts && !(await shown.isVisible()) && Date.now() < end) await this.lead(this.link("Look again"));
    await shown.waitFor();
  }

  // Reloads the page until it holds what is looked for, and answers with that.
  async reloaded(look) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      await this.page.reload();
      const found = await look();
      if (found || Date.now() > end) return found;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  // What stands beside this name: the first of them, in a part of the page or on all of it.
  value(name, part = this.page) {
    const term = part.getByRole("term").filter({ hasText: new RegExp(`^${name}$`) });
    return term.first().locator("xpath=following-sibling::dd[1]").innerText();
  }

  // What the page says of the form that led to it.
  said() {
    return this.page.getByRole("status").first().innerText();
  }

  // The cells of a table, row by row.
  table(name) {
    const rows = this.region(name).locator("tbody").getByRole("row");
    return rows.evaluateAll((rows) =>
      rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim().replace(/\s+/g, " "))),
    );
  }
}
