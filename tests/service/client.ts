// Assesses a firm with the client generated from the description of the API.
import { client } from "./advisor/client.gen";
import { assess, share, openShare, listFacts } from "./advisor/sdk.gen";

const [baseUrl, auth] = process.argv.slice(2);
client.setConfig({ baseUrl: baseUrl!, auth: auth! });

const fail = (what: string, why: unknown): never => {
  console.error(what, JSON.stringify(why));
  process.exit(1);
};

async function main() {
  const query = { as_of: "2026-11-25" };
  const body = { exports_goods: true, size: "micro" as const, financing_need: true };
  const { data, error, response } = await assess({ body, query });
  if (data?.detail !== "full") throw fail("no full assessment", error ?? data?.detail);
  const guarantee = data.supports.find((support) => support.id === "guarantee-small-micro");
  if (guarantee?.status !== "applies") fail("another status", guarantee);
  if (response?.headers.get("rule-book-version") !== data.rulebook) fail("another rule book", data.rulebook);

  const changes = data.supports.flatMap((support) => support.would_change).flat();
  if (!changes.some(({ needs }) => "one_of" in needs && needs.one_of.length > 0)) fail("nothing would change", changes.length);

  const wrong = await assess({ body: { exprots_goods: true } as never, query });
  if (wrong.response?.status !== 422 || wrong.error?.errors[0]?.code !== "unknown_fact") {
    fail("the fault is not reported", wrong.error);
  }

  const shared = await share({ body: { profile: body, as_of: "2026-11-25" } });
  if (!shared.data) throw fail("no share", shared.error);
  const opened = await openShare({ body: { secret: shared.data.secret } });
  if (!opened.data) throw fail("the share does not open", opened.error);

  const facts = await listFacts();
  if (!facts.data) throw fail("no facts", facts.error);
  console.log("TypeScript: the firm is assessed");
}

main().catch((error) => fail("the client failed", String(error)));
