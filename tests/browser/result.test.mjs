// The result on a telephone: how many screens it takes, what is in sight, the tiles, the filter, and who exports nothing yet.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { begin, browser, firms, here, open, press, serve, walk } from "./support.mjs";

/** The screen of a telephone. */
const screen = { width: 390, height: 844 };
let server, chrome;
before(async () => {
  server = await serve();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.stop();
});

/** Screens of the result and of the errands that each firm may take, in Chinese and in English, nothing unfolded. */
const limits = {
  P01: { zh: [9.4, 2], en: [12, 2.3] },
  P02: { zh: [8, 2], en: [10, 2] },
  P03: { zh: [8, 2], en: [9, 2] },
  P05: { zh: [10, 2], en: [14.5, 2] },
  P06: { zh: [9.2, 2], en: [12, 2] },
  P10: { zh: [3.3, 0], en: [4.3, 0] },
  P16: { zh: [3.8, 0], en: [5, 0] },
  P24: { zh: [14, 0], en: [20.5, 0] },
};

async function sizes(page) {
  return page.evaluate((height) => {
    const errands = document.querySelector("#errands")?.closest("section");
    const screens = (pixels) => Number((pixels / height).toFixed(2));
    return [screens(document.documentElement.scrollHeight), screens(errands?.getBoundingClientRect().height ?? 0)];
  }, screen.height);
}

for (const lang of ["zh", "en"]) {
  test(`screens of the result of each example firm, ${lang}`, async () => {
    const bad = [];
    for (const firm of firms()) {
      const { context, page } = await open(chrome, { viewport: screen, javaScriptEnabled: false });
      await begin(page, server.url, lang);
      await walk(page, firm, { scripted: false, ranges: false });
      const found = await sizes(page);
      console.log(firm.id, lang, "screens of the result and of its errands:", ...found);
      const [most, ofErrands] = limits[firm.id][lang];
      if (found[0] > most || found[1] > ofErrands) bad.push(`${firm.id}: ${found}`);
      await context.close();
    }
    assert.deepEqual(bad, []);
  });
}

for (const scripted of [true, false]) {
  test(`a tile unfolds what it leads to, script ${scripted ? "on" : "off"}`, async () => {
    const { context, page, breaches } = await open(chrome, { viewport: screen, javaScriptEnabled: scripted });
    await begin(page, server.url, "zh");
    await walk(page, firms().find(({ id }) => id === "P01"), { scripted, ranges: false });
    const tiles = page.locator(".tiles a");
    // Those of the two documents that hold where the firm is.
    assert.equal(await page.locator(".tiles").first().locator("a").count(), 18);
    assert.equal(await tiles.count(), 20);
    for (const tile of await tiles.all()) {
      const target = await tile.getAttribute("href");
      if (!target.startsWith("#")) continue;
      await tile.click();
      const article = page.locator(target);
      await article.locator("xpath=self::*[ancestor::details[@open]]").waitFor();
      // It scrolls there, smoothly.
      const inSight = () => article.evaluate((one) => {
        const { top, bottom } = one.getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
      });
      for (let left = 50; left > 0 && !(await inSight()); left -= 1) await page.waitForTimeout(100);
      assert.ok(await inSight(), target);
      // In words, too.
      assert.match(await tile.textContent(), /^\d+\. .+：.+（\d+项）$/);
    }
    assert.deepEqual(breaches, []);
    await context.close();
  });
}

test("a filter without a script, kept while a question is answered and the language changes", async () => {
  const { context, page } = await open(chrome, { viewport: screen, javaScriptEnabled: false });
  await begin(page, server.url, "zh");
  await walk(page, firms().find(({ id }) => id === "P01"), { scripted: false, ranges: false });
  const all = await page.locator("article[data-status]").count();
  const inSight = () => page.locator("#g-now article").evaluateAll((cards) => cards.filter((card) => card.checkVisibility()).length);
  const before = await inSight();
  await page.locator("#filter > summary").click();
  await page.locator("#kind").selectOption("insurance");
  await page.locator("#filter button").click();
  await page.locator("#filter[open]").waitFor();
  const insurance = await inSight();
  assert.ok(insurance > 0 && insurance < before, `${insurance} of ${before}`);
  assert.equal(await page.locator("article[data-status]").count(), all);
  assert.match(await page.locator("#g-now > summary").innerText(), new RegExp(`${insurance} / ${before}`));
  await page.locator("footer button").click();
  await page.locator("html[lang=en]").waitFor({ state: "attached" });
  assert.equal(await inSight(), insurance);
  assert.equal(await page.locator("#kind").inputValue(), "insurance");
  await page.locator("#kind").selectOption("");
  await page.locator("#filter button").click();
  await page.locator("#filter:not([open])").waitFor();
  assert.equal(await inSight(), before);
  await context.close();
});

test("who prepares to export ticks it on the result and sees where to go", async () => {
  const { context, page } = await open(chrome, { viewport: screen, javaScriptEnabled: false });
  await begin(page, server.url, "zh");
  await walk(page, firms().find(({ id }) => id === "P10"), { scripted: false, ranges: false });
  await page.locator("details.exporting > summary").click();
  assert.equal(await page.locator("details.exporting h3").count(), 3);
  await press(page, "set:plans_to_trade=true");
  assert.equal(await here(page), "@result");
  assert.equal(await page.locator("details.exporting[open] h3").count(), 3);
  assert.ok((await page.locator("#form section > ol.errands > li").count()) > 0);
  await context.close();
});
