// The pages to look things up, on a telephone and in a narrow window, with and without a script, in both languages: the
// list, one support, whether it concerns the firm, the text and its search, and what a reader reports.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { check, followed } from "./check.mjs";
import { browser, command, here, leave, open, press, serve, unfold } from "./support.mjs";

let server, chrome;
before(async () => {
  server = await serve();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.stop();
});

/** Unfolds everything on a page. */
async function unfoldAll(page) {
  for (const folded of await page.locator("main details:not([open]) > summary").all()) {
    if (await folded.isVisible()) await folded.click();
  }
}

for (const lang of ["zh", "en"]) {
  for (const [width, javaScriptEnabled] of [[320, true], [390, false]]) {
    test(`every page, ${lang}, ${width} px, script ${javaScriptEnabled ? "on" : "off"}`, async () => {
      const { context, page, breaches } = await open(chrome, { viewport: { width, height: 844 }, javaScriptEnabled });
      const bad = [];
      const visit = async (path) => {
        const response = await page.goto(`${server.url}${path}`);
        await unfoldAll(page);
        bad.push(...(await check(page, response, `${path} ${width}`)));
      };
      await visit(`/?lang=${lang}`);
      assert.equal(await page.locator("ol.measures").first().locator("a").count(), 18);
      await visit(`/supports?lang=${lang}`);
      await visit(`/supports?lang=${lang}&measure=7`);
      await visit(`/supports?lang=${lang}&measure=8&kind=travel`);
      // The densest, one with our reading, one that has closed.
      for (const id of ["guarantee-small-micro", "apec-card", "fta-use", "insurance-new-formats", "digital-trade-cases"]) {
        await visit(`/supports/${id}?lang=${lang}`);
      }
      await visit(`/text?lang=${lang}`);
      await visit(`/text?lang=${lang}&q=${encodeURIComponent(lang === "zh" ? "保险" : "insurance")}`);
      await visit(`/text?lang=${lang}&q=xyzzy`);
      // A report: refused, and taken.
      await page.goto(`${server.url}/supports/apec-card?lang=${lang}`);
      bad.push(...(await followed(page, "report, refused", () => page.locator('form[action^="/feedback"] button').click())));
      await page.locator("#message").fill("13800138000");
      bad.push(...(await followed(page, "report, personal", () => page.locator('form[action^="/feedback"] button').click())));
      if (javaScriptEnabled) {
        await page.locator("#message").fill(`${lang}: ?`);
        bad.push(...(await followed(page, "report, taken", () => page.locator('form[action^="/feedback"] button').click())));
      }
      // Whether one support concerns the firm.
      await page.goto(`${server.url}/supports/guarantee-small-micro?lang=${lang}`);
      bad.push(...(await followed(page, "about one, first page", () => page.locator('button[value^="about:"]').click())));
      await page.locator("#industry").fill("F5191");
      await page.keyboard.press("Tab");
      bad.push(...(await followed(page, "about one, size", () => press(page, "next"))));
      await page.locator("#employees").fill("12");
      await page.locator("#revenue_wan").fill("683");
      bad.push(...(await followed(page, "about one, list", () => press(page, "next"))));
      await page.locator('input[name=tick][value="exports_goods"]').check();
      bad.push(...(await followed(page, "about one, question", () => press(page, "next"))));
      await page.locator('input[name=financing_need][value="true"]').check();
      bad.push(...(await followed(page, "about one, verdict", () => press(page, "next"))));
      await unfoldAll(page);
      const article = page.locator("article[data-status]");
      assert.equal(await article.count(), 1);
      assert.equal(await article.getAttribute("data-status"), "applies");
      bad.push(...(await followed(page, "verdict, other language", () => page.locator("footer button").click())));
      await press(page, "about:@all");
      assert.equal(await here(page), "@basics");
      assert.match(await page.locator("#industry").inputValue(), /F5191/);
      await press(page, "result");
      assert.equal(await page.locator("#s-guarantee-small-micro").getAttribute("data-status"), "applies");
      for (const one of new Set(bad)) console.log(one);
      assert.equal(bad.length, 0);
      assert.deepEqual(breaches, []);
      await context.close();
    });
  }
}

test("the list is browsed by measure, kind and office without a script", async () => {
  const { context, page } = await open(chrome, { javaScriptEnabled: false });
  await page.goto(`${server.url}/?lang=zh`);
  await leave(page, page.locator("ol.measures li").nth(8).locator("a"));
  assert.equal(await page.locator("#measure").inputValue(), "9");
  const ofMeasure = await page.locator("article").count();
  await page.locator("#office").selectOption("sinosure");
  await leave(page, page.locator("main form button"));
  const ofOffice = await page.locator("article").count();
  assert.ok(ofOffice > 0 && ofOffice <= ofMeasure);
  await page.locator("#kind").selectOption("insurance");
  await leave(page, page.locator("main form button"));
  assert.deepEqual(
    await page.locator("main select").evaluateAll((all) => all.map((one) => one.value)),
    ["", "9", "insurance", "sinosure"],
  );
  const selected = await page.locator("article h3 a").allInnerTexts();
  await leave(page, page.locator("footer a[hreflang=en]"));
  assert.equal(await page.locator("article").count(), selected.length, "the other language keeps the selection");
  await leave(page, page.locator("article h3 a").first());
  assert.match(new URL(page.url()).pathname, /^\/supports\/[\w-]+$/);
  assert.ok((await page.locator("blockquote mark").count()) > 0);
  await context.close();
});

test("a card of the result leads to its support, and from there to a report", async () => {
  const { context, page } = await open(chrome);
  await page.goto(`${server.url}/form?lang=zh`);
  await press(page, "result");
  const link = page.locator('article a[href*="#feedback"]').first();
  await unfold(page, 'article a[href*="#feedback"]');
  const [opened] = await Promise.all([context.waitForEvent("page"), link.click()]);
  await opened.waitForLoadState();
  const [, support] = opened.url().match(/\/supports\/([\w-]+)\?lang=zh#feedback$/);
  await opened.locator("#message").fill("这一句看不懂");
  await opened.locator('form[action^="/feedback"] button').click();
  await opened.locator("h1", { hasText: "收到了" }).waitFor();
  const listed = command(server, ["feedback", "--json"]).trim().split("\n").map((line) => JSON.parse(line));
  const found = listed.find(({ text }) => text === "这一句看不懂");
  assert.equal(found.support, support);
  assert.deepEqual(Object.keys(found).sort(), ["day", "id", "lang", "rulebook", "support", "text"]);
  await context.close();
});

test("a find of the search is in sight from its link", async () => {
  const { context, page } = await open(chrome, { javaScriptEnabled: false });
  await page.goto(`${server.url}/text?lang=zh`);
  await page.locator("#q").fill("保税维修");
  await page.locator("form[role=search] button").click();
  const links = page.locator("[role=status] a");
  await links.first().waitFor();
  for (const link of await links.all()) {
    const target = await link.getAttribute("href");
    assert.ok((await page.locator(`${target} mark, ${target} + div mark`).count()) > 0 || target.startsWith("#m-"), target);
  }
  assert.equal(await page.locator("details:not([open]) > :not(summary) mark").count(), 0);
  await context.close();
});
