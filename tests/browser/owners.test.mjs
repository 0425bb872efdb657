// Ten owners who know no code finish the form: they say in words what they do and where, tick what is so, and leave the
// rest. A table of pages, errors, and screens of the result and of its errands, with limits.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { begin, browser, here, open, press, serve, unfold } from "./support.mjs";

let server, chrome;
before(async () => {
  server = await serve();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.stop();
});

/** What each says of a field, in words; by `means` what is chosen where a word has several meanings; and what they do. */
const owners = [
  {
    who: "market stall", lang: "zh", applies: ["insurance-sme"],
    says: { industry: "小商品", division: "义乌", employees: "3", revenue_wan: "150万", markets: "沙特、印度" },
    means: { industry: "厨具卫具及日用杂品批发", division: "义乌市" },
    does: ["exports_goods", "market_procurement"],
  },
  {
    who: "Amazon seller", lang: "zh", applies: ["cbec-retail-tax", "insurance-new-formats"],
    says: { industry: "亚马逊", division: "深圳", employees: "8", revenue_wan: "900万", markets: "美国、德国" },
    means: { industry: "互联网零售", division: "深圳市" },
    does: ["exports_goods", "cbec=retail_export", "overseas_warehouse", "financing_need"],
  },
  {
    who: "garment factory", lang: "en", applies: ["policy-loan-enhancement", "guarantee-small-micro"],
    says: { industry: "clothing", division: "dongguan", employees: "120", revenue_wan: "30 million yuan", markets: "United States, Japan" },
    means: { industry: "其他机织服装制造", division: "东莞市" },
    does: ["exports_goods", "financing_need", "has_eci_policy"],
  },
  {
    who: "used cars", lang: "en", applies: [],
    says: { industry: "used cars", division: "chengdu", employees: "15", revenue_wan: "50 million yuan", markets: "Kazakhstan, Russia" },
    means: { industry: "汽车旧车零售", division: "成都市" },
    does: ["exports_goods", "auto_business"],
  },
  {
    who: "processing", lang: "zh", applies: [],
    says: { industry: "来料加工", division: "东莞", employees: "300", revenue_wan: "5000万", markets: "美国" },
    means: { industry: "玩具制造", division: "东莞市" },
    does: ["exports_goods", "imports_goods", "processing_trade"],
  },
  {
    who: "border processor", lang: "zh", applies: ["border-landed-processing"],
    says: { industry: "腰果", division: "东兴", employees: "18", revenue_wan: "420万", import_sources: "越南", landed_processing: "true" },
    means: { industry: "水果和坚果加工", division: "东兴市" },
    does: ["border_mutual_trade", "financing_need"],
  },
  {
    who: "software services", lang: "en", applies: ["ccpit-overseas-offices"],
    says: { industry: "software", division: "shenzhen", employees: "40", revenue_wan: "12 million yuan", markets: "Singapore" },
    means: { industry: "应用软件开发", division: "深圳市" },
    does: ["exports_services"],
  },
  {
    who: "domestic food", lang: "zh", applies: [],
    says: { industry: "火锅底料", division: "成都", employees: "60", revenue_wan: "3000万" },
    means: { industry: "其他调味品、发酵制品制造", division: "成都市" },
    does: [],
  },
  {
    who: "not yet exporting", lang: "zh", applies: ["domestic-fairs"],
    says: { industry: "饰品", division: "义乌", employees: "10", revenue_wan: "500万", target_markets: "德国、法国" },
    means: { industry: "珠宝首饰及有关物品制造", division: "义乌市" },
    does: ["plans_to_trade"],
  },
  {
    who: "plant contractor", lang: "en", applies: ["plant-credit-insurance", "plant-finance"],
    says: { industry: "power plant equipment", division: "deyang", employees: "800", revenue_wan: "1200 million yuan", markets: "Pakistan" },
    means: { industry: "采矿、冶金、建筑专用设备制造", division: "德阳市" },
    does: ["exports_goods", "complete_plant_project", "financing_need"],
  },
];

/** Screens of the result and of the errands, on a telephone, nothing unfolded. */
const limits = { zh: [11, 2], en: [14.5, 2.2] };
const screen = { width: 390, height: 844 };

async function type(page, fact, text, meant, scripted) {
  const input = page.locator(`#${fact}`);
  await input.fill("");
  if (!scripted || !meant) {
    await input.fill(text);
    return input.press("Tab");
  }
  await input.pressSequentially(text);
  const option = page.locator("[role=option]").filter({ hasText: meant }).first();
  await option.waitFor();
  return option.click();
}

/** Answers a page as the owner does. */
async function respond(page, owner, scripted) {
  const finds = page.locator("fieldset.finds");
  if ((await finds.count()) > 0) {
    for (const field of await finds.all()) {
      const fact = (await field.locator("input[type=radio]").first().getAttribute("name")).replace("-pick", "");
      await field.locator("label").filter({ hasText: owner.means[fact] }).first().click();
    }
    return;
  }
  const ticks = await page.locator("input[name=tick]").evaluateAll((boxes) => boxes.map((one) => one.value));
  const wanted = ticks.filter((value) => owner.does.includes(value));
  if (ticks.length > 0 && wanted.length === 0 && ticks.includes("@none")) wanted.push("@none");
  for (const value of wanted) {
    const box = `input[name=tick][value="${value}"]`;
    await unfold(page, box);
    await page.locator(box).check();
  }
  const fields = await page.locator("main form .field").evaluateAll((all) =>
    all.map((field) => {
      const input = field.querySelector("input[type=text], input[type=radio]");
      return { fact: input?.name ?? "", kind: input?.type ?? "" };
    }),
  );
  for (const { fact, kind } of fields) {
    const says = owner.says[fact] ?? (kind === "radio" && fields.length === 1 ? "false" : undefined);
    if (says === undefined) {
      // A question on a page of its own wants an answer.
      if (fields.length === 1 && kind === "text") await page.locator(`#${fact}-none, #${fact}-unsure`).first().check();
    } else if (kind === "radio") await page.locator(`input[name="${fact}"][value="${says}"]`).check();
    else await type(page, fact, says, owner.means[fact], scripted);
  }
}

for (const scripted of [true, false]) {
  test(`ten owners who know no code, script ${scripted ? "on" : "off"}`, async () => {
    const [table, bad] = [[], []];
    for (const owner of owners) {
      const { context, page, breaches } = await open(chrome, { viewport: screen, javaScriptEnabled: scripted });
      await begin(page, server.url, owner.lang);
      let [pages, errors, names] = [1, 0, 0];
      while ((await here(page)) !== "@result" && pages < 30) {
        await respond(page, owner, scripted);
        await press(page, "next");
        // Which of several things a name means is asked on the same page; it is no error.
        const asksName = (await page.locator("fieldset.finds").count()) > 0;
        errors += !asksName && (await page.locator("#errors").count()) > 0;
        names += asksName;
        pages += 1;
      }
      const [result, errands] = await page.evaluate((height) => {
        const list = document.querySelector("#errands")?.closest("section");
        return [document.documentElement.scrollHeight, list?.getBoundingClientRect().height ?? 0].map((one) => one / height);
      }, screen.height);
      for (const id of owner.applies) {
        const status = await page.locator(`#s-${id}`).getAttribute("data-status");
        if (status !== "applies") bad.push(`${owner.who}: ${id} ${status}`);
      }
      table.push({ owner: owner.who, lang: owner.lang, pages, names, errors, result: result.toFixed(1), errands: errands.toFixed(1) });
      const [most, ofErrands] = limits[owner.lang];
      if (pages > 9 || errors > 0 || result > most || errands > ofErrands) bad.push(JSON.stringify(table.at(-1)));
      assert.deepEqual(breaches, [], owner.who);
      await context.close();
    }
    console.table(table);
    const pages = table.map((row) => row.pages).sort((a, b) => a - b);
    assert.ok(pages[Math.floor((pages.length - 1) / 2)] <= 6, `median of ${pages}`);
    assert.deepEqual(bad, []);
  });
}
