// The adviser's desk: one firm after another, by keyboard. The page works without it: it sends the same fields and takes
// the parts of the answer. The firms of the day are in its memory alone; the name in its field is never sent.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const [form, name, live, day, row] = ["form", "name", "live", "day", "row"].map(byId);
  name.removeAttribute("name");
  byId("keys").hidden = false;
  day.hidden = false;

  // What the fields say, and the page that the service makes of it.
  const entries = () => Array.from(new FormData(form)).filter(([key]) => key !== "@row");
  let pending = 0;
  const wait = (more) => {
    pending += more;
    byId("result").setAttribute("aria-busy", String(pending > 0));
  };
  const ask = async (url, body) => {
    wait(1);
    try {
      const answer = await fetch(url, body ? { method: "POST", body: new URLSearchParams(body) } : {});
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (page.getElementById("main")) return page;
    } catch {
      // Said below.
    } finally {
      wait(-1);
    }
    say(day.dataset.failed);
    return null;
  };
  const say = (text) => {
    if (live.textContent !== text) live.textContent = text;
  };

  // Facts are replaced where they differ. The one that has the focus stays as it is until it has it no longer, unless all
  // are replaced.
  const added = (node) => document.dispatchEvent(new CustomEvent("export-advisor:fields", { detail: node }));
  const replace = (known, fact) => {
    known.replaceWith(fact);
    added(fact);
  };
  let held = null;
  const release = () => {
    const known = held && byId(held.id);
    if (!known || known.contains(document.activeElement)) return;
    replace(known, held);
    held = null;
  };
  const merge = (section, fresh, whole) => {
    const stays = (node) => !whole && node.contains(document.activeElement);
    const folds = !stays(section);
    section.className = fresh.className;
    section.querySelector("summary").replaceChildren(...fresh.querySelector("summary").childNodes);
    const ids = new Set();
    let last = section.querySelector("summary");
    for (const fact of all(".fact", fresh)) {
      ids.add(fact.id);
      const known = byId(fact.id);
      if (known && stays(known)) held = fact;
      else if (!known) {
        last.after(fact);
        added(fact);
      } else if (whole || !known.isEqualNode(fact)) replace(known, fact);
      last = byId(fact.id);
    }
    for (const fact of all(".fact", section)) if (!ids.has(fact.id) && !stays(fact)) fact.remove();
    const rest = section.querySelector(".rest");
    const pressed = rest.contains(document.activeElement) && document.activeElement.value;
    rest.replaceChildren(...fresh.querySelector(".rest").childNodes);
    if (pressed) (all("button", rest).find((button) => button.value === pressed) ?? rest.querySelector("button"))?.focus();
    if (folds) section.open = fresh.open;
  };
  const take = (page, { whole = false, first = "" } = {}) => {
    const fresh = (id) => page.getElementById(id);
    held = null;
    byId("result").replaceChildren(...fresh("result").childNodes);
    for (const id of ["shown", "filled"]) byId(id).value = fresh(id).value;
    if (fresh("columns").value) byId("columns").value = fresh("columns").value;
    for (const section of all(".facts-group", page)) {
      const known = byId(section.id);
      if (known) merge(known, section, whole);
      else byId("sections").append(section);
    }
    Object.assign(live.dataset, { ...fresh("live").dataset });
    say([first, fresh("live").textContent].filter(Boolean).join(document.documentElement.lang === "en" ? "; " : "；"));
    markSection();
  };

  // The result follows the answers. What was asked before another change is not taken: the change asks again.
  let changes = 0;
  let timer = 0;
  const stop = () => {
    if (timer) wait(-1);
    clearTimeout(timer);
    timer = 0;
  };
  const refresh = async () => {
    const before = changes;
    const asked = ask(form.action, entries());
    stop();
    const page = await asked;
    if (page && before === changes) take(page);
  };
  form.addEventListener("change", (event) => {
    if (event.target === name) return;
    changes += 1;
    held = null;
    wait(1);
    stop();
    timer = setTimeout(refresh, 100);
  });

  // By keyboard: from question to question, and the access key of the section where one is.
  let lastFact = "";
  const isInView = (fact) => fact.closest("details").open && (byId("all").checked || !fact.closest(".idle"));
  const goOn = (from) => {
    const isAfter = (fact) => from.compareDocumentPosition(fact) & Node.DOCUMENT_POSITION_FOLLOWING;
    const next = all(".fact.asked-now").find((fact) => isAfter(fact) && isInView(fact));
    (next ? next.querySelector("input:not([type=hidden]), select") : byId("next")).focus();
  };
  const markSection = () => {
    const section = byId(lastFact)?.closest(".facts-group");
    for (const button of all('.rest button[value^="rest:"]')) {
      if (section?.contains(button)) button.accessKey = "r";
      else button.removeAttribute("accesskey");
    }
  };
  form.addEventListener("focusin", (event) => {
    lastFact = event.target.closest(".fact")?.id ?? lastFact;
    release();
    markSection();
  });
  const yesNo = { y: "true", n: "false" };
  form.addEventListener("keydown", (event) => {
    const field = event.target;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
    if (!plain || event.defaultPrevented || !(field === name || field.closest(".fact"))) return;
    if (event.key === "Enter" && field.matches("input, select")) {
      event.preventDefault();
      goOn(field);
    } else if (field.matches("select")) {
      const [key, values] = [event.key.toLowerCase(), Array.from(field.options, (option) => option.value)];
      const rest = field.closest(".facts-group").querySelector('.rest button[value^="rest:"]');
      const at = /^\d$/.test(key) ? Number(key) : values.indexOf(yesNo[key]);
      if (key === "r" && rest && values.includes("true")) {
        event.preventDefault();
        press(rest.value);
      } else if (at >= 0 && at < values.length) {
        event.preventDefault();
        field.selectedIndex = at;
        field.dispatchEvent(new Event("change", { bubbles: true }));
        if (at > 0) goOn(field);
      }
    }
  });

  // The buttons of the form.
  const wrong = () => form.querySelector("[aria-invalid=true]");
  const actions = {
    rest: (page, id) => {
      const section = byId(`section-${id}`);
      take(page, { first: page.getElementById(section.id).querySelector(".rest > span:not(.sr)")?.textContent });
      goOn(section.contains(byId(lastFact)) ? byId(lastFact) : section.querySelector("summary"));
    },
    undo: (page, id) => {
      take(page);
      goOn(byId(`section-${id}`).querySelector("summary"));
    },
    paste: async (page) => {
      const [report, firm] = ["paste-report", "name"].map((id) => page.getElementById(id));
      const isOther = name.value !== "" && firm.value !== "" && firm.value !== name.value;
      if (isOther || "another" in report.dataset) {
        keep();
        current = null;
        name.value = "";
      }
      if (isOther) {
        const alone = [["@columns", byId("columns").value], ["@row", row.value], ["do", "paste"]];
        page = await ask(form.action, alone);
        if (!page) return;
      }
      // The line says how many columns; which ones, the report says.
      take(page, { whole: true, first: report.querySelector("p")?.textContent.split(/[:：]/)[0] });
      byId("paste-report").replaceChildren(...page.getElementById("paste-report").childNodes);
      if (firm.value !== "") name.value = firm.value;
      row.value = "";
      if (wrong()) wrong().focus();
      else goOn(byId("sections"));
    },
    show: (page) => {
      take(page);
      (wrong() ?? byId("result-title")).focus();
    },
  };
  const press = async (value) => {
    const asked = ask(form.action, [...entries(), ["@row", value === "paste" ? row.value : ""], ["do", value]]);
    stop();
    const page = await asked;
    const [action, id] = value.split(":");
    if (page) await actions[action](page, id);
  };
  form.addEventListener("submit", (event) => {
    // The other language is another page.
    if (event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    press(event.submitter?.value || "show");
  });
  byId("paste").addEventListener("toggle", (event) => {
    if (event.target.open) row.focus();
  });
  // The field has what was pasted only after this event.
  row.addEventListener("paste", () => {
    wait(1);
    setTimeout(() => {
      press("paste");
      wait(-1);
    }, 0);
  });

  // The firms of the day.
  let firms = [];
  let current = null;
  let isExported = true;
  const present = () => ({
    name: name.value.trim(),
    applies: Number(live.dataset.applies),
    open: Number(live.dataset.open),
    questions: Number(live.dataset.questions),
    answers: entries().filter(([key, value]) => value !== "" && (key === "@filled" || !key.startsWith("@"))),
  });
  const keep = () => {
    const firm = present();
    if (firm.name === "" && firm.answers.length === 0) return;
    const before = current && JSON.stringify(current);
    if (!current) firms.push((current = { time: new Date().toISOString() }));
    Object.assign(current, firm);
    if (JSON.stringify(current) !== before) isExported = false;
    draw();
  };
  const load = async (firm) => {
    const page = await ask(form.action, firm?.answers.length ? firm.answers : undefined);
    if (!page) return;
    current = firm;
    lastFact = "";
    name.value = firm?.name ?? "";
    byId("paste-report").replaceChildren();
    take(page, { whole: true });
    name.focus();
    window.scrollTo(0, 0);
  };
  const change = async (firm) => {
    await refresh();
    keep();
    await load(firm);
  };
  byId("next").addEventListener("click", (event) => {
    event.preventDefault();
    change(null);
  });
  const local = (time) => new Date(time).toLocaleString("sv");
  const cell = (content) => {
    const made = document.createElement("td");
    made.append(content);
    return made;
  };
  // A line is removed at once, and each can be brought back: nothing asks in between.
  const removed = [];
  const remove = async (firm) => {
    if (current === firm) {
      await refresh();
      keep();
      current = null;
      await load(null);
    }
    const at = firms.indexOf(firm);
    if (at < 0) return;
    firms.splice(at, 1);
    removed.push([at, firm]);
    if (firms.length === 0) isExported = true;
    draw();
    say(day.dataset.removed + (firm.name || day.dataset.unnamed));
    byId("undo").focus();
  };
  byId("undo").addEventListener("click", () => {
    const [at, firm] = removed.pop();
    firms.splice(at, 0, firm);
    isExported = false;
    draw();
    byId("firms").rows[Math.min(at, firms.length - 1)].querySelector("button").focus();
  });
  const draw = () => {
    byId("day-count").textContent = firms.length;
    byId("undo").hidden = removed.length === 0;
    const [, last] = removed.at(-1) ?? [];
    byId("undo").textContent = last ? `${day.dataset.undo}${last.name || day.dataset.unnamed}` : "";
    byId("firms").replaceChildren(...firms.map((firm) => {
      const open = document.createElement("button");
      Object.assign(open, { type: "button", className: "link", textContent: firm.name || day.dataset.unnamed });
      open.addEventListener("click", () => change(firm));
      const removeButton = document.createElement("button");
      Object.assign(removeButton, { type: "button", className: "link", textContent: day.dataset.remove });
      removeButton.setAttribute("aria-label", `${day.dataset.remove} ${open.textContent}`);
      // The second click of a double click would meet the next line.
      removeButton.addEventListener("click", (event) => event.detail > 1 || remove(firm));
      const line = document.createElement("tr");
      line.append(...[local(firm.time).slice(11, 16), open, firm.applies, firm.open, firm.questions, removeButton].map(cell));
      return line;
    }));
  };
  window.addEventListener("beforeunload", (event) => {
    if (!isExported) event.preventDefault();
  });

  // Out and in. A spreadsheet runs a cell that begins like a formula: it gets an apostrophe, as in screened lists.
  const guarded = (text) => {
    const isFormula = /^[=@\t\r＝＠]/.test(text) || (/^[+\-＋－]/.test(text) && !/^.(?=.*[0-9０-９])[0-9０-９]*[.．]?[0-9０-９]*$/.test(text));
    const safe = isFormula ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const save = (text, type, extension) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = `${day.dataset.file}-${local(Date.now()).slice(0, 10)}.${extension}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    isExported = true;
  };
  const exporting = (make) => async () => {
    await refresh();
    keep();
    make();
  };
  byId("export-csv").addEventListener("click", exporting(() => {
    const lines = firms.map((firm) => [local(firm.time).slice(0, 16), firm.name, firm.applies, firm.open, firm.questions]);
    const text = lines.map((line) => line.map((one) => guarded(String(one))).join(","));
    save(`\ufeff${[day.dataset.head, ...text].join("\r\n")}\r\n`, "text/csv;charset=utf-8", "csv");
  }));
  byId("export-json").addEventListener("click", exporting(() => {
    save(JSON.stringify({ format: "export-advisor-firms", version: 1, firms }, null, 1), "application/json", "json");
  }));
  const parse = (text) => {
    const { format, version, firms: read } = JSON.parse(text);
    const isText = (one) => typeof one === "string" && one.length < 10000;
    const isCount = (one) => Number.isInteger(one) && one >= 0;
    const isPair = (one) => Array.isArray(one) && one.length === 2 && one.every(isText);
    const isFirm = (one) =>
      isText(one.name) && isText(one.time) && !Number.isNaN(Date.parse(one.time)) &&
      [one.applies, one.open, one.questions].every(isCount) && Array.isArray(one.answers) && one.answers.every(isPair);
    if (format !== "export-advisor-firms" || version !== 1 || !read.every(isFirm)) throw new TypeError("foreign");
    return read.map(({ time, name: firm, applies, open, questions, answers }) =>
      ({ time, name: firm, applies, open, questions, answers }));
  };
  byId("import").addEventListener("change", async (event) => {
    const field = event.target;
    try {
      const is = (one) => (other) => one.time === other.time && one.name === other.name;
      const fresh = parse(await field.files[0].text()).filter((one) => !firms.some(is(one)));
      firms = [...firms, ...fresh];
      draw();
      say(day.dataset.imported + fresh.length);
    } catch {
      say(day.dataset.foreign);
    }
    field.value = "";
  });

  // Sheet and share of the present firm: the sheet is printed from here, so that the name stays here; other pages open
  // beside this one.
  document.addEventListener("submit", async (event) => {
    const taken = event.target;
    if (taken.id !== "take") return;
    if (!event.submitter.getAttribute("formaction")?.startsWith("/sheet")) {
      taken.target = "_blank";
      return;
    }
    event.preventDefault();
    const page = await ask(event.submitter.formAction, new FormData(taken));
    if (!page) return;
    const title = document.createElement("p");
    title.className = "title";
    const firm = document.createElement("bdi");
    firm.textContent = name.value.trim();
    if (firm.textContent !== "") title.append(firm, " · ");
    title.append(page.querySelector("h1").textContent);
    const parts = Array.from(page.getElementById("main").children).filter((part) => !part.matches("h1, .screen"));
    byId("sheet").replaceChildren(title, ...parts);
    document.body.classList.add("printed", "printing");
    window.print();
  });
  window.addEventListener("afterprint", () => {
    document.body.classList.remove("printed", "printing");
    byId("sheet").replaceChildren();
  });
})();
