// The state in the page: going back, resending, two tabs, a restart, changed rules, an altered state, a frame.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as ask } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { check } from "./check.mjs";
import { assess, begin, browser, command, fill, firms, here, open, press, root, serve, statuses, walk, unfold } from "./support.mjs";

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

/** Walks on to a given page. */
async function until(page, firm, name) {
  while ((await here(page)) !== name) {
    await fill(page, firm, plain);
    await press(page, "next");
  }
}

const same = async (page, profile) => {
  const { all, asOf } = await statuses(page);
  assert.deepEqual(all, Object.fromEntries(Object.keys(all).map((id) => [id, assess(profile, asOf)[id]])));
};

for (const scripted of [true, false]) {
  test(`going back in the browser, changing an answer and continuing; script ${scripted ? "on" : "off"}`, async () => {
    const { context, page } = await open(chrome, { javaScriptEnabled: scripted });
    await begin(page, server.url, "zh");
    await until(page, seller, "@needs");
    await page.goBack();
    assert.equal(await here(page), "@activities");
    await page.goBack();
    assert.equal(await here(page), "@size");
    await page.locator("#employees").fill("260");
    await press(page, "next");
    const changed = { ...seller, profile: { ...seller.profile, employees: 260 } };
    await walk(page, changed, plain);
    await same(page, changed.profile);
    await context.close();
  });
}

for (const scripted of [true, false]) {
  test(`going back in the browser shows the input; script ${scripted ? "on" : "off"}`, async () => {
    const { context, page } = await open(chrome, { javaScriptEnabled: scripted });
    await begin(page, server.url, "zh");
    const typed = { division: "义乌", industry: "F5292", name: "某某贸易有限公司" };
    for (const [id, value] of Object.entries(typed)) {
      await page.locator(`#${id}`).fill(value);
      await page.locator(`#${id}`).press("Tab");
    }
    await press(page, "next");
    await page.locator("#employees").fill("6");
    await page.locator("#revenue_wan").fill("683");
    await press(page, "next");
    await page.goBack();
    assert.equal(await page.locator("#employees").inputValue(), "6");
    assert.equal(await page.locator("#revenue_wan").inputValue(), "683");
    await page.goBack();
    for (const [id, value] of Object.entries(typed)) assert.equal(await page.locator(`#${id}`).inputValue(), value, id);
    await context.close();
  });
}

test("the back button of the form shows the answers", async () => {
  const { context, page } = await open(chrome);
  await begin(page, server.url, "zh");
  await until(page, seller, "@activities");
  await press(page, "back");
  assert.equal(await here(page), "@size");
  assert.equal(await page.locator("#employees").inputValue(), "6");
  await press(page, "back");
  assert.match(await page.locator("#industry").inputValue(), /F5292/);
  await context.close();
});

test("resending a request gives the same page", async () => {
  const { context, page } = await open(chrome);
  await begin(page, server.url, "zh");
  await until(page, seller, "@needs");
  const before_ = await page.content();
  await page.reload();
  assert.equal(await page.content(), before_);
  await context.close();
});

test("two tabs are independent", async () => {
  const { context, page } = await open(chrome);
  const other = await context.newPage();
  await begin(page, server.url, "zh");
  await begin(other, server.url, "zh");
  for (let step = 0; step < 3; step += 1) {
    for (const [tab, firm] of [[page, seller], [other, maker]]) {
      await fill(tab, firm, plain);
      await press(tab, "next");
    }
  }
  await walk(page, seller, plain);
  await walk(other, maker, plain);
  await same(page, seller.profile);
  await same(other, maker.profile);
  await context.close();
});

test("changing an early answer from the result keeps the others", async () => {
  const { context, page } = await open(chrome);
  await begin(page, server.url, "zh");
  await walk(page, seller, plain);
  await unfold(page, '.answers button[value="go:exports_goods"]');
  await page.locator('.answers button[value="go:exports_goods"]').first().click();
  assert.equal(await here(page), "exports_goods");
  await page.locator('input[name=exports_goods][value=false]').check();
  await press(page, "next");
  assert.equal(await here(page), "@result");
  await same(page, { ...seller.profile, exports_goods: false, foreign_trade: null });
  assert.match(await page.locator(".note").first().innerText(), /请核对/);
  await context.close();
});

test("a range that contains a limit of another industry is asked again, and never guessed", async () => {
  const { context, page } = await open(chrome);
  const firm = { ...seller, profile: { ...seller.profile, industry: "F51", employees: 100 } };
  await begin(page, server.url, "zh");
  await walk(page, firm, { scripted: false, ranges: true });
  const recap = page.locator("details.answers dl").first();
  assert.match(await recap.textContent(), /20到199人/);
  await unfold(page, 'button[value="go:@basics"]');
  await page.locator('button[value="go:@basics"]').first().click();
  await page.locator("#industry").fill("I65");
  await page.keyboard.press("Tab");
  await press(page, "next");
  const { all, asOf } = await statuses(page);
  const left = { ...firm.profile, industry: "I65", employees: null, revenue_wan: null };
  assert.deepEqual(all, Object.fromEntries(Object.keys(all).map((id) => [id, assess(left, asOf)[id]])));
  assert.match(await page.locator("main").innerText(), /跨了档/);
  await context.close();
});

test("the form continues after a restart with the same folder; another key is refused", async () => {
  const first = await serve();
  let current = first;
  // A proxy with one address for all servers.
  const proxy = createServer((request, response) => {
    const { hostname, port } = new URL(current.url);
    const options = { hostname, port, path: request.url, method: request.method, headers: request.headers, agent: false };
    request.pipe(ask(options, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    }));
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { context, page } = await open(chrome);
  await begin(page, `http://127.0.0.1:${proxy.address().port}`, "zh");
  await until(page, seller, "@size");
  await first.stop({ keep: true });
  current = await serve({ data: first.data });
  await fill(page, seller, plain);
  await press(page, "next");
  assert.equal(await here(page), "@activities");
  await current.stop();
  current = await serve();
  await fill(page, seller, plain);
  await press(page, "next");
  assert.match(await page.locator("h1").innerText(), /读不出来/);
  await current.stop();
  await context.close();
  proxy.close();
  proxy.closeAllConnections();
});

test("an altered state is refused with a clear page", async () => {
  const { context, page } = await open(chrome);
  for (const [lang, message] of [["zh", "读不出来"], ["en", "could not be read"]]) {
    await begin(page, server.url, lang);
    await until(page, seller, "@size");
    await page.locator("input[name=state]").evaluate((field) => {
      const at = Math.floor(field.value.length / 2);
      field.value = field.value.slice(0, at) + (field.value[at] === "A" ? "B" : "A") + field.value.slice(at + 1);
    });
    const [answer] = await Promise.all([page.waitForResponse((one) => one.url().includes("/form")), press(page, "skip")]);
    assert.equal(answer.status(), 400);
    assert.match(await page.locator("h1").innerText(), new RegExp(message));
    assert.equal(await page.locator("a.button").getAttribute("href"), `/?lang=${lang}`);
  }
  await context.close();
});

test("the page reports that the rules have changed in between", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rules-"));
  for (const part of ["rules", "seeds"]) cpSync(join(root, part), join(folder, part), { recursive: true });
  const rules = await serve({ rules: join(folder, "rules") });
  const { context, page } = await open(chrome);
  await begin(page, rules.url, "zh");
  await until(page, seller, "@needs");
  const file = join(folder, "rules/facts/trade.toml");
  writeFileSync(file, `${readFileSync(file, "utf8")}\n# changed\n`);
  const version = async () => (await (await fetch(`${rules.url}/api/v1/rulebook`)).json()).version;
  const old = await version();
  process.kill(rules.pid, "SIGHUP");
  while ((await version()) === old) await new Promise((resolve) => setTimeout(resolve, 20));
  await fill(page, seller, plain);
  await press(page, "next");
  assert.match(await page.locator(".note").first().innerText(), /规则在您填写期间更新了/);
  await walk(page, seller, plain);
  await same(page, seller.profile);
  assert.equal(await page.getByText("规则在您填写期间更新了").count(), 0, "it is reported once");
  await context.close();
  await rules.stop();
  rmSync(folder, { recursive: true });
});

test("changed rules list what they change for the firm, on a small screen", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rules-"));
  for (const part of ["rules", "seeds"]) cpSync(join(root, part), join(folder, part), { recursive: true });
  const rules = await serve({ rules: join(folder, "rules") });
  const { context, page, breaches } = await open(chrome);
  await begin(page, rules.url, "zh");
  await walk(page, seller, plain);
  const saved = await page.locator("form#form").getAttribute("data-address");
  const file = join(folder, "rules/gbf-2023-10/08-credit.rhai");
  writeFileSync(file, readFileSync(file, "utf8").replaceAll('firm.size <= "small"', '!(firm.size <= "small")'));
  const version = async () => (await (await fetch(`${rules.url}/api/v1/rulebook`)).json()).version;
  const old = await version();
  process.kill(rules.pid, "SIGHUP");
  while ((await version()) === old) await new Promise((resolve) => setTimeout(resolve, 20));
  await page.goto("about:blank");
  const answered = page.waitForResponse((one) => one.request().method() === "POST");
  await page.goto(`${rules.url}${saved}`);
  await page.locator("details.note > summary").click();
  assert.deepEqual(await check(page, await answered, "changed rules"), []);
  const list = await page.locator("details.note").innerText();
  assert.match(list, /有1项结论因此改变/);
  assert.match(list, /小微外贸企业融资担保增信：当时适用，现在不适用/);
  assert.match(list, /因为条件“小型或微型企业”：符合→不符合。/);
  assert.match(list, /原文8\.4.*：鼓励政府性融资担保机构/s);
  assert.deepEqual(breaches, []);
  await context.close();
  await rules.stop();
  rmSync(folder, { recursive: true });
});

test("the form works in the frame of another site that is allowed", async () => {
  let body = "";
  const host = createServer((request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(`<!DOCTYPE html><title>host</title>${body}`);
  });
  await new Promise((resolve) => host.listen(0, "127.0.0.1", resolve));
  const site = `http://127.0.0.1:${host.address().port}`;
  const walked = async (page) => {
    await page.waitForFunction(() => window.length === 1);
    const inner = page.frames().find((one) => one !== page.mainFrame());
    await inner.waitForSelector("input[name=page]", { state: "attached" });
    await walk(inner, seller, plain);
    await same(inner, seller.profile);
  };

  // Allowed by the operator's settings: a plain frame.
  const named = await serve({ embed: site });
  body = `<iframe title="form" src="${named.url}/embed?lang=zh" width="360" height="600"></iframe>`;
  const { context, page } = await open(chrome);
  await page.goto(site);
  await walked(page);
  await named.stop();

  // Allowed by a key's origin: the element, which makes the frame as high as its page.
  const listed = await serve();
  command(listed, ["keys", "create", "--name", "site", "--scope", "assess", "--origin", site]);
  const policy = async () => (await fetch(`${listed.url}/embed`)).headers.get("content-security-policy");
  while (!(await policy()).includes(`frame-ancestors ${site}`)) await new Promise((done) => setTimeout(done, 200));
  body = `<script defer src="${listed.url}/assets/embed.js"></script><export-advisor lang="zh"></export-advisor>`;
  await page.goto(site);
  await walked(page);
  await page.waitForFunction(() => {
    const { height } = document.querySelector("export-advisor iframe").style;
    return height.endsWith("px") && parseInt(height, 10) > 1500;
  });
  await listed.stop();

  // Other sites are not allowed.
  const answer = await fetch(`${server.url}/form`);
  assert.match(answer.headers.get("content-security-policy"), /frame-ancestors 'none'/);
  assert.equal(answer.headers.get("set-cookie"), null);
  await context.close();
  host.close();
  host.closeAllConnections();
});

test("names are escaped, and appear in no address and no title", async () => {
  const { context, page, breaches } = await open(chrome);
  const nasty = "<script>alert(1)</script>\u202e公司\u{20BB7}野家\u{1F3ED}&\"'";
  await begin(page, server.url, "zh");
  await fill(page, seller, plain);
  await page.locator("#name").fill(nasty);
  const seen = [];
  page.on("request", (request) => seen.push(request.url()));
  page.on("dialog", () => assert.fail("a name ran"));
  await press(page, "next");
  const titles = [];
  await walk(page, seller, { ...plain, each: async () => titles.push(await page.title()) });
  await page.getByRole("button", { name: "打印单" }).click();
  titles.push(await page.title());
  const shown = await page.locator("h1 bdi").textContent();
  assert.equal(shown, nasty.replace("\u202e", ""));
  for (const text of [...seen, ...titles]) {
    assert.ok(!/script|公司|%E5%85%AC/.test(text.replace("/assets/form.js", "")), text);
    assert.ok(!text.includes(seller.profile.uscc), text);
  }
  assert.deepEqual(breaches, []);
  await context.close();
});

test("a prefill link has only facts that do not identify the firm", async () => {
  const { context, page } = await open(chrome);
  await begin(page, server.url, "zh");
  await walk(page, seller, plain);
  const link = await page.locator("main a", { hasText: "预填链接" }).getAttribute("href");
  assert.match(link, /industry=F5292/);
  assert.match(link, /division=330782/);
  for (const kept of ["uscc", "revenue_wan", "employees", "financing_need", seller.profile.uscc]) {
    assert.ok(!link.includes(kept), link);
  }
  // The answers stand where no server sees them.
  assert.match(link, /^\/\?lang=zh#/);
  await page.goto(`${server.url}${link}&uscc=${seller.profile.uscc}`);
  await page.getByText("有1项没有采用").waitFor();
  await page.locator("button[value=start]").click();
  assert.equal(await here(page), "@size", "the first page is answered");
  await context.close();
});
