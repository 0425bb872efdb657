// A shared result: the link is created, opened by another browser, compared, printed, deleted; with and without a script.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { begin, browser, clipboard, firms, open, serve, statuses, unfold, walk } from "./support.mjs";

let server, chrome;
before(async () => {
  server = await serve();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.stop();
});

const firm = () => firms().find(({ id }) => id === "P02");
const bare = (text) => text.replace(/\s+/g, "");

/** Walks to the result, shares it, and returns the secret and the statuses. */
async function share(page, lang, scripted, days) {
  await begin(page, server.url, lang);
  await walk(page, firm(), { scripted, ranges: false });
  const { all } = await statuses(page);
  await unfold(page, "#days");
  await page.locator("#days").selectOption(days);
  await page.locator('button[formaction^="/share"]').click();
  await page.locator("#link").waitFor();
  const secret = await page.locator("input[name=secret]").getAttribute("value");
  assert.match(secret, /^[\w-]{43}$/);
  return { secret, all };
}

/** Records every requested address and every referrer. */
function watch(page) {
  const sent = [];
  page.on("request", (one) => sent.push(one.url(), one.headers().referer ?? ""));
  return sent;
}

for (const lang of ["zh", "en"]) {
  for (const scripted of [true, false]) {
    test(`shared by one and opened by another, ${lang}, script ${scripted ? "on" : "off"}`, async () => {
      const locale = lang === "zh" ? "zh-CN" : "en-GB";
      const maker = await open(chrome, { javaScriptEnabled: scripted, locale });
      if (scripted) await maker.context.grantPermissions(["clipboard-write"], { origin: server.url });
      const { secret, all } = await share(maker.page, lang, scripted, "7");
      const href = await maker.page.locator('main a[href^="/s#"]').evaluate((one) => one.href);
      assert.equal(href, `${server.url}/s#${secret}`);
      if (scripted) {
        assert.equal(await maker.page.locator("#link").inputValue(), href);
        await maker.page.locator("[data-copy]").click();
        await maker.page.locator("#copied").getByText(/已复制|Copied/).waitFor();
        assert.equal(await clipboard(maker.context), href);
        assert.equal(await maker.page.locator(".no-script").first().isVisible(), false);
      }

      const reader = await open(chrome, { javaScriptEnabled: scripted, locale });
      const sent = watch(reader.page);
      const { page } = reader;
      if (scripted) {
        await page.goto(href);
      } else {
        await page.goto(`${server.url}/s`);
        await page.locator("#secret").fill(href);
        await page.locator("main button.main").click();
      }
      await page.locator("article[data-status]").first().waitFor({ state: "attached" });
      assert.deepEqual((await statuses(page)).all, all, "the statuses of the result");
      assert.equal(page.url(), `${server.url}/s${scripted ? "" : `?lang=${lang}`}`.replace(/\/s$/, `/s?lang=${lang}`));
      assert.match(await page.locator("main").innerText(), lang === "zh" ? /各项结论都没有变/ : /nothing has changed/);
      assert.equal(await page.locator('main button[value^="go:"], main button[value^="set:"]').count(), 0);
      // In the other language it is the same share.
      await page.locator("footer button").click();
      await page.locator(`html[lang="${lang === "zh" ? "en" : "zh-CN"}"]`).waitFor({ state: "attached" });
      assert.deepEqual((await statuses(page)).all, all);
      // The text of the page does not contain the secret.
      const text = await page.locator("body").innerText();
      assert.ok(!text.includes(secret));
      assert.deepEqual(sent.filter((one) => one.includes(secret) && !one.includes("#")), [], "no address contains it");
      const referrers = sent.filter((one, at) => at % 2 === 1 && one !== "");
      assert.deepEqual(referrers.filter((one) => !one.startsWith(`${server.url}/`)), [], "no referrer to other sites");
      const addresses = sent.filter((one, at) => at % 2 === 0);
      assert.deepEqual(addresses.filter((one) => !one.startsWith(`${server.url}/`)), [], "no request to other sites");

      await page.locator("form#share summary").click();
      await page.locator("form#share button").click();
      await page.locator("h1").getByText(/链接已经失效|The link no longer works/).waitFor();
      await maker.page.goto(`${server.url}/s?lang=${lang}`);
      await maker.page.locator("#secret").fill(secret);
      await maker.page.locator("main button.main").click();
      assert.match(await maker.page.locator("#errors").innerText(), lang === "zh" ? /这个链接打不开/ : /cannot be opened/);
      assert.equal(await maker.page.locator("#secret").inputValue(), "");
      for (const one of [maker, reader]) {
        assert.deepEqual(one.breaches, []);
        await one.context.close();
      }
    });
  }
}

test("the script removes the secret from the address and the history", async () => {
  const { context, page } = await open(chrome);
  const { secret } = await share(page, "zh", true, "30");
  await page.goto(`${server.url}/text?lang=zh`);
  await page.goto(`${server.url}/s?lang=zh#${secret}`);
  await page.locator("article[data-status]").first().waitFor({ state: "attached" });
  assert.ok(!page.url().includes(secret));
  await page.goBack();
  for (let count = 0; count < 3 && !page.url().includes("/text"); count += 1) {
    assert.ok(!page.url().includes(secret), page.url());
    await page.goBack();
  }
  assert.match(page.url(), /\/text/);
  // The script also accepts a link that is pasted while the page is open, but not a jump inside the page.
  await page.goto(`${server.url}/s?lang=zh`);
  await page.evaluate(() => (location.hash = "main"));
  assert.equal(await page.locator("#secret").inputValue(), "");
  await page.evaluate((code) => (location.hash = code), secret);
  await page.locator("article[data-status]").first().waitFor({ state: "attached" });
  await context.close();
});

test("a shared result prints completely, without the secret", async () => {
  const { context, page } = await open(chrome, { javaScriptEnabled: false });
  const { secret } = await share(page, "zh", false, "90");
  const print = async () => {
    const folder = mkdtempSync(join(tmpdir(), "share-"));
    const file = join(folder, "share.pdf");
    writeFileSync(file, await page.pdf({ format: "A4", preferCSSPageSize: true }));
    const done = spawnSync("pdftotext", ["-raw", "-enc", "UTF-8", file, "-"], { encoding: "utf8" });
    assert.equal(done.status, 0, done.stderr);
    const matches = spawnSync("grep", ["-c", "-e", secret, file], { encoding: "utf8" });
    assert.equal(matches.stdout.trim(), "0");
    rmSync(folder, { recursive: true });
    return bare(done.stdout);
  };
  assert.ok(!(await print()).includes(secret), "the page with the link prints without it");
  await page.goto(`${server.url}/s?lang=zh`);
  await page.locator("#secret").fill(secret);
  await page.locator("main button.main").click();
  await page.locator("article[data-status]").first().waitFor({ state: "attached" });
  const printed = await print();
  assert.ok(!printed.includes(secret));
  const quotes = await page.locator(".group[open] blockquote").evaluateAll((all) => all.map((one) => one.textContent.match(/“([^]*)”/)[1]));
  assert.ok(quotes.length >= 20);
  // The PDF has the quotes of each support, which the screen folds; of supports that do not apply it has the titles.
  for (const quote of quotes) assert.ok(printed.includes(bare(quote)), quote);
  const titles = await page.locator("article h4").allTextContents();
  assert.ok(titles.length > 50);
  for (const title of titles) assert.ok(printed.includes(bare(title)), title);
  assert.ok(!printed.includes("删除这份分享"));
  await context.close();
});
