// Makes the pictures that stand in the repository: icons, the card that chats show, and the images of README.md.
// Run it after a change of what they show: `node tests/browser/pictures.mjs`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { begin, browser, firms, open, root, serve, walk } from "./support.mjs";

const assets = join(root, "src/server/pages/assets");
const icon = readFileSync(join(assets, "icon.svg"), "utf8");
const chrome = await browser();

async function picture(width, height, html, options = {}) {
  const context = await chrome.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  await page.setContent(`<!DOCTYPE html><html lang="zh-CN"><style>body{margin:0}svg{display:block}</style>${html}`);
  const png = await page.screenshot(options);
  await context.close();
  return png;
}

/** An icon file that holds one PNG. */
function ico(png, size) {
  const head = Buffer.alloc(22);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(1, 4);
  head.writeUInt8(size, 6);
  head.writeUInt8(size, 7);
  head.writeUInt16LE(1, 10);
  head.writeUInt16LE(32, 12);
  head.writeUInt32LE(png.length, 14);
  head.writeUInt32LE(head.length, 18);
  return Buffer.concat([head, png]);
}

const sized = (size, svg) => svg.replace("<svg ", `<svg width="${size}" height="${size}" `);
writeFileSync(join(assets, "icon-180.png"), await picture(180, 180, sized(180, icon.replace(' rx="6"', ""))));
writeFileSync(join(assets, "favicon.ico"), ico(await picture(32, 32, sized(32, icon), { omitBackground: true }), 32));
const card = `<body style="background:#0b5394;color:#fff;font-family:'Noto Sans CJK SC',sans-serif;padding:80px;box-sizing:border-box">
${sized(112, icon.replace('fill="#0b5394"', 'fill="#fff"').replace('stroke="#fff"', 'stroke="#0b5394"'))}
<p style="font-size:72px;font-weight:700;line-height:1.25;margin:48px 0 24px">哪些外贸支持政策<br>与您的企业有关？</p>
<p style="font-size:34px;margin:0">Which trade supports concern your firm?</p>`;
writeFileSync(join(assets, "card.png"), await picture(1200, 630, card));

const server = await serve();
const firm = firms().find(({ id }) => id === "P01");
const images = join(root, "docs/images");
const telephone = await open(chrome, { deviceScaleFactor: 1.5 });
await begin(telephone.page, server.url, "zh");
await walk(telephone.page, firm, {
  scripted: true,
  ranges: false,
  each: async (name) => {
    if (name !== "@activities") return;
    const exports = telephone.page.locator('input[name=tick][value="exports_goods"]');
    await exports.check();
    await telephone.page.screenshot({ path: join(images, "activities.png") });
    await exports.uncheck();
  },
});
const desk = await open(chrome, { viewport: { width: 1280, height: 800 } });
await begin(desk.page, server.url, "zh");
await walk(desk.page, firm, { scripted: true, ranges: false });
await desk.page.screenshot({ path: join(images, "result.png") });
await chrome.close();
await server.stop();
