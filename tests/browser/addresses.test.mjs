// Addresses that survive: a result from the address bar, a bookmark or a chat, with and without a script; addresses that
// lead nowhere; and a frame in another site, where the site around it scrolls.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { begin, browser, fill, firms, here, open, press, serve, statuses, unfold, walk } from "./support.mjs";

let server, chrome;
const [seller, maker] = firms();
const plain = { scripted: false, ranges: false };
before(async () => {
  server = await serve();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.stop();
});

/** Walks a firm to its result; returns the address that the address bar then has. */
async function result(page, firm, lang = "zh") {
  await begin(page, server.url, lang);
  await walk(page, firm, plain);
  await page.waitForURL(/\/result\?lang=..#[\w-]{40,}$/);
  return page.url();
}

const shown = async (page) => {
  await page.locator('input[name=page][value="@result"]').waitFor({ state: "attached" });
  return (await statuses(page)).all;
};

test("the address of a result shows it: reloaded, bookmarked, forwarded, replaced by another", async () => {
  const { context, page, breaches } = await open(chrome);
  const requests = [];
  context.on("request", (request) => requests.push(request.url()));
  const address = await result(page, seller);
  const before_ = await shown(page);
  assert.ok(!address.includes(seller.profile.uscc));
  // Somebody else opens it, in a browser that has never been here.
  const other = await open(chrome);
  await other.page.goto(address);
  assert.deepEqual(await shown(other.page), before_);
  assert.equal(other.page.url(), address, "and has the address in turn");
  assert.ok(!(await other.page.content()).includes(seller.profile.uscc), "the credit code is not in it");
  // Reloaded, and gone on from.
  await other.page.reload();
  assert.deepEqual(await shown(other.page), before_);
  await unfold(other.page, 'button[value="go:exports_goods"]');
  await other.page.locator('button[value="go:exports_goods"]').first().click();
  assert.equal(await here(other.page), "exports_goods");
  await other.page.goBack();
  assert.deepEqual(await shown(other.page), before_);
  // A jump within the page leaves the address as it is.
  await other.page.locator('nav.parts a[href="#g-undetermined"]').click();
  await other.page.waitForFunction(() => window.scrollY > 500);
  assert.equal(other.page.url(), address);
  // The address of another result in its place is opened.
  const second = await result(page, maker, "en");
  const expected = await shown(page);
  await other.page.goto(second.replace("lang=en", "lang=zh"));
  await other.page.waitForURL((url) => url.hash === new URL(second).hash);
  assert.deepEqual(await shown(other.page), expected);
  // No request had any of it.
  const hash = new URL(address).hash.slice(1);
  assert.ok(requests.length > 10 && requests.every((url) => !url.split("#")[0].includes(hash)));
  assert.deepEqual([...breaches, ...other.breaches], []);
  await other.context.close();
  await context.close();
});

test("without a script the page of a result's address says what to do, and that works", async () => {
  const { context, page } = await open(chrome);
  const address = await result(page, seller);
  const expected = await shown(page);
  await context.close();
  const { context: plainContext, page: other } = await open(chrome, { javaScriptEnabled: false });
  await other.goto(address);
  assert.match(await other.locator("main").innerText(), /复制地址栏里的整个地址，粘贴到这里/);
  await other.locator("#state").fill(address);
  await other.locator("button.main").click();
  assert.deepEqual(await shown(other), expected);
  await plainContext.close();
});

test("a result stays where it is in its place when an answer is given on it", async () => {
  const { context, page } = await open(chrome);
  await begin(page, server.url, "zh");
  await press(page, "result");
  const question = page.locator('section.open-question:has(button[value^="set:"])').nth(1);
  const id = await question.locator("article").first().getAttribute("id");
  await question.locator('button[value^="set:"]').first().click();
  await page.waitForURL(/\/result\?lang=zh#[\w-]{40,}$/);
  await page.waitForFunction((id) => Math.abs(document.getElementById(id).getBoundingClientRect().top) < 400, id);
  await context.close();
});

test("an address that leads nowhere has a way on", async () => {
  const { context, page, breaches } = await open(chrome);
  for (const [path, status, link] of [
    ["/adviser/", 404, "/adviser?lang=zh"],
    ["/sheet", 405, "/result?lang=zh"],
    ["/nowhere", 404, "/?lang=zh"],
  ]) {
    const answer = await page.goto(`${server.url}${path}?lang=zh`);
    assert.equal(answer.status(), status, path);
    await page.locator(`main a[href="${link}"]`).first().click();
    await page.waitForURL((url) => `${url.pathname}${url.search}` === link);
    await page.locator("h1").first().waitFor();
    assert.equal(await page.locator("h1").count(), 1);
    assert.doesNotMatch(await page.locator("h1").innerText(), /没有这个页面|要从表单里打开/, path);
  }
  assert.deepEqual(breaches.filter((one) => !/404|405/.test(one)), []);
  await context.close();
});

test("in a frame that is as high as its page, the site around it follows heights, links, errors and pages", async (t) => {
  let body = "";
  const host = createServer((request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(`<!DOCTYPE html><title>host</title><div style="height: 1500px">above</div>${body}<div style="height: 3000px">below</div>`);
  });
  await new Promise((resolve) => host.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    host.close();
    host.closeAllConnections();
  });
  const site = `http://127.0.0.1:${host.address().port}`;
  const framed = await serve({ embed: site });
  t.after(() => framed.stop());
  body = `<script defer src="${framed.url}/assets/embed.js"></script><export-advisor lang="zh"></export-advisor>`;
  const { context, page, breaches } = await open(chrome);
  await page.goto(site);
  await page.waitForFunction(() => window.length === 1);
  const inner = page.frames().find((one) => one !== page.mainFrame());
  await inner.waitForSelector("input[name=page]", { state: "attached" });
  assert.equal(await page.evaluate(() => window.scrollY), 0, "the first page moves nothing");
  const frameHeight = () => page.locator("export-advisor iframe").evaluate((frame) => frame.getBoundingClientRect().height);
  const fits = async (what) => {
    const content = await inner.evaluate(() => document.documentElement.offsetHeight);
    await page.waitForFunction((height) => Math.abs(document.querySelector("export-advisor iframe").getBoundingClientRect().height - height) < 2, content);
    const scrolls = await inner.evaluate(() => document.documentElement.scrollHeight - window.innerHeight);
    assert.ok(scrolls <= 1, `${what}: the frame scrolls by ${scrolls}`);
    return content;
  };
  await fits("first page");
  // An error: the site shows the list of errors.
  await inner.locator("button[value=next]").evaluate((button) => button.scrollIntoView({ block: "end" }));
  await inner.locator("button[value=next]").click();
  await inner.locator("#errors").waitFor();
  const inView = async (selector) => {
    await page.waitForFunction(() => new Promise((done) => {
      const before = window.scrollY;
      setTimeout(() => done(before === window.scrollY), 200);
    }));
    const top = await inner.locator(selector).evaluate((one) => one.getBoundingClientRect().top);
    const frame = await page.locator("export-advisor iframe").evaluate((one) => one.getBoundingClientRect().top);
    return top + frame;
  };
  const at = await inView("#errors");
  assert.ok(at >= 0 && at < 300, `the errors are at ${at}`);
  // The result, and a jump within it; folding out makes the frame higher, folding in lower.
  await walk(inner, seller, plain);
  await fits("result");
  const top = await inView("h1");
  assert.ok(top >= -1 && top < 300, `the next page begins at ${top}`);
  await inner.locator('nav.parts a[href="#g-undetermined"]').click();
  const jumped = await inView("#g-undetermined");
  assert.ok(jumped >= 0 && jumped < 300, `the jump leads to ${jumped}`);
  const high = await fits("result");
  await inner.locator("details.group:not([open]) > summary").first().click();
  await page.waitForFunction((before) => document.querySelector("export-advisor iframe").getBoundingClientRect().height > before + 50, high);
  const higher = await frameHeight();
  await inner.locator("details.group[open] > summary").last().click();
  await page.waitForFunction((before) => document.querySelector("export-advisor iframe").getBoundingClientRect().height < before - 50, higher);
  await fits("folded in");
  assert.deepEqual(breaches, []);
  await context.close();
});
