// How people come in: what they type where nobody is signed in yet.

// Sets the password of whoever was given this link; the first owner also chooses a name.
export async function signUp(page, link, { name, password }) {
  await page.goto(link);
  const chosen = page.getByLabel("The name you sign in with");
  if (await chosen.isVisible()) await chosen.fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Once more").fill(password);
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.waitForURL("**/sign-in");
}

// Signs in on the page that asks for it, and waits for the overview.
export async function signIn(page, { name, password }) {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}
