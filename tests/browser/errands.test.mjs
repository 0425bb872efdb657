// The errand list of every example firm: the first thing of the result, on a sheet of its own, in both languages and
// at both widths; and what stands around it: later documents, what the text does not exclude, why a size was derived.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { answer, begin, browser, firms, here, listed, open, press, printed, serve, walk } from "./support.mjs";

let server, chrome;
before(async () => {
  server = await serve();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.stop();
});

const bare = (text) => text.replace(/\s+/g, "");
/** A folder for pictures of the pages, if somebody wants to look at them. */
const pictures = process.env.PAGE_PICTURES;

/** Takes a picture of the first screens of the page. */
async function picture(page, name) {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  const { width } = page.viewportSize();
  const height = Math.min(await page.evaluate(() => document.documentElement.scrollHeight), 3200);
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true, clip: { x: 0, y: 0, width, height } });
}

/** Goes from the result to the sheet. */
async function toSheet(page) {
  await page.locator('button[formaction^="/sheet"]').first().click();
  await page.locator("body.sheet h1").waitFor();
}

for (const firm of firms()) {
  test(`the result of ${firm.id}`, async () => {
    const { context, page, breaches } = await open(chrome);
    await begin(page, server.url, "zh");
    const pages = await walk(page, firm, { scripted: true, ranges: false });
    const sizes = [pages.length];
    for (const lang of ["zh", "en"]) {
      if (lang === "en") await page.locator('button[formaction="/form?lang=en"]').last().click();
      await page.locator(`html[lang^=${lang}]`).waitFor({ state: "attached" });
      const expected = answer(firm.profile);
      for (const width of [390, 1280]) {
        await page.setViewportSize({ width, height: 844 });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `${firm.id} ${lang} ${width}: ${wide} px too wide`);
        await picture(page, `${firm.id}-${lang}-${width}`);
      }
      const entries = await page.locator("#form section > ol.errands > li").evaluateAll((all) =>
        all.map((entry) => ({
          name: entry.querySelector("h3").textContent,
          asks: [...entry.querySelectorAll(".asked-there > li")].map((ask) => ask.textContent),
          links: [...entry.querySelectorAll('a[href^="#s-"]')].map((link) => link.getAttribute("href").slice(3)),
          text: entry.textContent,
        })),
      );
      assert.deepEqual(entries.map(({ name }) => name), expected.errands.map(({ name }) => name[lang]));
      for (const [at, errand] of expected.errands.entries()) {
        const { asks, links, text } = entries[at];
        assert.deepEqual(asks, errand.ask.map((ask) => ask[lang]), errand.channel);
        assert.deepEqual(links, [...errand.supports, ...errand.also], errand.channel);
        for (const paper of errand.bring) assert.ok(text.includes(paper[lang]), `${errand.channel}: ${paper[lang]}`);
        assert.equal(text.includes(lang === "zh" ? "顺便可以打听" : "Also ask about"), errand.also.length > 0, errand.channel);
      }
      if (entries.length > 0) {
        // Nothing stands between the summary, its picture, and the errands.
        assert.equal(await page.locator("#form .lead + .documents + .parts + section > ol.errands").count(), 1);
        for (const link of new Set(entries.flatMap(({ links }) => links))) {
          assert.equal(await page.locator(`#s-${link}[data-status=applies]`).count(), 1, link);
        }
      } else {
        assert.equal(await page.locator("#errands").count(), 0);
      }
      // The supports of a group, or of a question in it, stand with the most specific first.
      const byId = new Map(expected.supports.map((support) => [support.id, support]));
      for (const group of await page.locator("details.group:not(#g-undetermined), .open-question").all()) {
        const ids = await group.locator("article").evaluateAll((all) => all.map((one) => one.id.slice(2)));
        assert.deepEqual(ids, [...ids].sort((a, b) => byId.get(a).order - byId.get(b).order), ids.join(" "));
      }
      // What only our reading excludes: open, with the reading, the reason and the counter.
      const toAsk = await page.locator("#g-ask-anyway[open] article").evaluateAll((all) => all.map((one) => [one.id.slice(2), one.innerText]));
      assert.equal(await page.locator("#g-ask-anyway article").count(), toAsk.length);
      for (const { id, excluded_by, access, window, criteria } of expected.supports) {
        const met = criteria.every(({ basis, truth }) => basis.kind === "interpreted" || truth === "true");
        const shown = excluded_by === "reading" && access === "apply" && window === "open" && met;
        assert.equal(toAsk.some(([one]) => one === id), shown, id);
      }
      for (const [id, text] of toAsk) {
        const support = byId.get(id);
        const reading = support.criteria.find(({ basis, truth }) => basis.kind === "interpreted" && truth === "false");
        const [office] = support.next_step.channels;
        for (const part of [reading.label[lang], reading.basis.reason[lang], office.name[lang]]) {
          assert.ok(text.includes(part), `${id}: ${part}`);
        }
      }
      // Each no says what decided it, and names nothing else. The firm was asked only what mattered, so that a no may
      // be milder here than by the whole profile.
      const kinds = [
        { by: "text", said: ["（原文或所引规定的条件）", "(a condition of the text or of a rule that defines it)"], of: ["stated", "defined"] },
        { by: "no_need", said: ["（没有这方面的需要）", "(no such need)"], of: ["need"] },
        { by: "reading", said: ["（只是我们的理解）", "(only our reading)"], of: ["interpreted"] },
      ];
      const named = (label) => (lang === "zh" ? `“${label.zh}”` : label.en);
      const noes = await page.locator("#g-does-not-apply article").evaluateAll((all) =>
        all.map((one) => [one.id.slice(2), one.querySelector(".reason").textContent]),
      );
      for (const [id, text] of noes) {
        const support = byId.get(id);
        const kind = kinds.findIndex(({ said }) => text.endsWith(said[lang === "zh" ? 0 : 1]));
        assert.ok(kind >= kinds.findIndex(({ by }) => by === support.excluded_by), `${id}: ${text}`);
        const decided = support.criteria.filter(({ label }) => text.includes(named(label)));
        assert.ok(decided.length > 0, `${id}: ${text}`);
        for (const { basis } of decided) assert.ok(kinds[kind].of.includes(basis.kind), `${id}: ${text}`);
      }
      // What came later, once, and marked where it is not sure.
      assert.equal(await page.locator("details.later").count(), 1);
      const later = await page.locator("details.later li").allTextContents();
      const held = new Set(listed(expected.supports).map(({ policy }) => policy));
      const laterHere = expected.later.filter(({ policy }) => held.has(policy));
      assert.equal(later.length, laterHere.length);
      const unsure = later.filter((line) => line.includes(lang === "zh" ? "（未完全核实）" : "(not fully verified)"));
      assert.equal(unsure.length, laterHere.filter(({ confidence }) => confidence !== "high").length);
      // A derived value says why.
      const size = expected.derived.find(({ fact, because }) => fact === "size" && because);
      if (size) assert.ok((await page.locator("details.answers dl").last().textContent()).includes(size.because[lang]));
      const said = await page.locator("main").innerText();
      assert.doesNotMatch(said, /会受益|现在就能做|will benefit/);
      if (lang === "en") {
        // Full-width signs stand in Chinese texts only.
        const mixed = await page.locator("main").evaluate((main) => {
          const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
          const found = [];
          while (texts.nextNode()) {
            const { data, parentElement } = texts.currentNode;
            // A source is named as it is.
            if (parentElement.closest('[lang="zh-CN"]') || /Source: /.test(data)) continue;
            if (/[A-Za-z ][（）：；，]|[（）：；，][A-Za-z ]/.test(data)) found.push(data);
          }
          return found;
        });
        assert.deepEqual(mixed, []);
      }

      // The result prints what the sheet does; a line more or less may stand before a break.
      const fromResult = await printed(page);
      await toSheet(page);
      await picture(page, `${firm.id}-${lang}-sheet`);
      const sheet = await printed(page);
      assert.equal(fromResult.join(""), sheet.join(""));
      sizes.push(sheet.length);
      assert.ok(sheet.length <= 8, `${firm.id} ${lang}: ${sheet.length} pages`);
      const short = lang === "zh" ? /国办发〔2023〕10号是2023年的文件，之后还有\d+份/ : /国办发〔2023〕10号isof2023/;
      assert.match(sheet[0], short);
      if (expected.errands.length > 0) {
        // The first page is theirs alone, or two of a firm with many.
        const heading = lang === "zh" ? /(现在可以去问、去办|可能间接受益|还不能确定|原文没有排除，可以去问)\d/ : /(Whatyoucanaskfornow|Whatmayhelpyouindirectly|Undetermined:moretofindout|Notexcludedbythetext:youcanask)\d/;
        const own = sheet.findIndex((text) => heading.test(text));
        assert.ok(own === 1 || own === 2, `the errands of ${firm.id} ${lang} take ${own} pages`);
        const ofErrands = sheet.slice(0, own).join("");
        for (const { name, ask, bring } of expected.errands) {
          for (const part of [name, ...ask, ...bring]) assert.ok(ofErrands.includes(bare(part[lang])), `not with the errands: ${part[lang]}`);
        }
      }
      await press(page, "result");
    }
    console.log(firm.id, "pages of the form, pages of the sheet (zh, en):", ...sizes);
    assert.deepEqual(breaches, []);
    await context.close();
  });
}

test("a firm that trades nowhere and plans nothing has a short result", async () => {
  const { context, page } = await open(chrome);
  const firm = firms().find(({ id }) => id === "P10");
  await begin(page, server.url, "zh");
  await walk(page, firm, { scripted: true, ranges: false });
  assert.match(await page.locator("#form .lead").innerText(), /目前没有与您的企业直接有关的支持事项。.*以后有变化，可以再来查。/);
  assert.equal(await page.locator("#errands").count(), 0);
  assert.ok((await page.locator("#g-ask-anyway article").count()) <= 3);
  const exporting = page.locator("details.exporting");
  assert.match(await exporting.locator("summary").innerText(), /如果开始出口货物：\d+项与您有关/);
  assert.equal(await exporting.getAttribute("open"), null);
  const shown = await page.locator("#form article").evaluateAll((all) => all.filter((one) => one.checkVisibility()).length);
  assert.ok(shown <= 3, `${shown} supports are open`);
  await toSheet(page);
  assert.ok((await printed(page)).length <= 2);
  await context.close();
});

test("what is likely in the firm's industry is asked first, and the rest on the same page", async () => {
  const { context, page } = await open(chrome);
  const order = async (industry) => {
    await begin(page, server.url, "zh");
    if (industry) {
      await page.locator("#industry").fill(industry);
      await page.keyboard.press("Tab");
      await press(page, "next");
    }
    while ((await here(page)) !== "@activities") await press(page, "skip");
    const all = (where) => page.locator(`${where} input[name=tick]`).evaluateAll((boxes) => boxes.map((box) => box.value));
    return { all: await all("fieldset.ticks"), rare: await all("[role=group]") };
  };
  const unknown = await order();
  assert.deepEqual(unknown.rare, []);
  const bank = await order("J66");
  const ships = await order("G55");
  assert.ok(bank.rare.includes("shipping_line") && !ships.rare.includes("shipping_line"));
  assert.ok(ships.all.indexOf("shipping_line") < ships.all.indexOf(ships.rare[0]));
  for (const one of [bank, ships]) assert.deepEqual([...one.all].sort(), [...unknown.all].sort());
  assert.match(await page.locator("#list-rare").innerText(), /少见的业务/);
  await context.close();
});
