// Helps where there is a script; every page works without it.
(() => {
  "use strict";
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  document.documentElement.classList.add("scripted");

  // In a frame, the page around it learns how high this one is, that it is another page, and what to show of it; nothing
  // else. Where the frame is as high as its page, only the page around it can scroll.
  const framed = window.parent !== window;
  const post = (type, more) => window.parent.postMessage({ type: `export-advisor:${type}`, ...more }, "*");
  const show = (target) => post("show", { top: target.getBoundingClientRect().top + window.scrollY });
  if (framed) {
    const root = document.documentElement;
    root.classList.add("framed");
    let height = 0;
    const measure = () => {
      if (root.offsetHeight === height) return;
      height = root.offsetHeight;
      post("height", { height });
    };
    // A frame out of view is not laid out until it is asked, so its observer stays silent.
    window.addEventListener("load", measure);
    new ResizeObserver(measure).observe(root);
    post("page");
    document.addEventListener("click", (event) => {
      const link = event.target.closest('a[href^="#"]');
      const target = link && document.getElementById(link.hash.slice(1));
      if (target) show(target);
    });
    window.addEventListener("load", () => {
      const target = document.getElementById("errors") ?? document.getElementById(location.hash.slice(1));
      if (target) show(target);
    });
  }

  /** Sends what stands after the “#” of the address to the service, in a body. */
  const send = (action, fields) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = action;
    for (const [name, value] of Object.entries(fields)) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  };
  const fragment = () => location.hash.slice(1);
  for (const form of all("form[data-fragment]")) {
    const take = () => {
      if (/^[\w-]{40,}$/.test(fragment())) send(form.action, { [form.dataset.fragment]: fragment(), do: "result" });
    };
    window.addEventListener("hashchange", take);
    take();
  }
  for (const start of all("[data-prefill]")) {
    const take = () => {
      if (fragment().includes("=")) send(start.dataset.prefill, { answers: fragment() });
    };
    window.addEventListener("hashchange", take);
    take();
  }

  // The address bar gets the address that holds what the page shows, for bookmarks and chats, also after a jump within
  // the page. Another such address in its place is opened.
  for (const holder of all("[data-address]")) {
    const address = new URL(holder.dataset.address, location.href);
    const keep = () => history.replaceState(history.state, "", address);
    window.addEventListener("load", keep);
    window.addEventListener("hashchange", () => {
      if (location.hash === address.hash) return;
      if (fragment() === "" || document.getElementById(fragment())) keep();
      else if (fragment().includes("=")) send(`/${location.search}`, { answers: fragment() });
      else send(`/form${location.search}`, { state: fragment(), do: "result" });
    });
  }

  // The error summary takes the focus, also where `autofocus` came too late.
  const errors = document.getElementById("errors");
  if (errors) errors.focus();

  // “None of these” and the other ticks undo each other.
  for (const none of all("input[data-none]")) {
    const group = all(`input[name="${none.dataset.none}"]`).filter((box) => box !== none);
    none.addEventListener("change", () => {
      if (none.checked) for (const box of group) box.checked = false;
    });
    for (const box of group) {
      box.addEventListener("change", () => {
        if (box.checked) none.checked = false;
      });
    }
  }

  // What a link leads to is unfolded, also in browsers that do not do so.
  const reveal = (behavior) => {
    const target = document.getElementById(location.hash.slice(1));
    for (let box = target?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    target?.scrollIntoView({ behavior });
  };
  window.addEventListener("hashchange", () => reveal("auto"));
  // A page that begins there does not travel there.
  if (location.hash) reveal("instant");

  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  if (all("[data-print], [data-link]").length > 0) for (const hint of all(".no-script")) hint.hidden = true;

  for (const button of all("[data-copy]")) {
    const area = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", async () => {
      area.select();
      try {
        await navigator.clipboard.writeText(area.value);
      } catch {
        document.execCommand("copy");
      }
      document.getElementById("copied").textContent = button.dataset.done;
    });
  }

  // A link to share is copied whole.
  for (const field of all("[data-link]")) field.value = new URL(field.value, location.href).href;

  // What a link to a share holds goes from the address into the form, and stays in no history.
  for (const form of all("form[data-secret]")) {
    const take = () => {
      const secret = location.hash.slice(1);
      if (!/^[\w-]{43}$/.test(secret)) return;
      history.replaceState(null, "", location.pathname + location.search);
      form.elements.secret.value = secret;
      form.submit();
    };
    window.addEventListener("hashchange", take);
    take();
  }

  // Names while one types: a combobox after the pattern of the ARIA authoring practices.
  let count = 0;
  const combobox = (input) => {
    const many = input.dataset.search === "country";
    const list = document.createElement("ul");
    count += 1;
    list.id = `finds-${count}`;
    list.className = "combo";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", document.querySelector(`label[for="${input.id}"]`).textContent);
    input.after(list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);
    let active = -1;
    let asked = 0;
    let timer = 0;
    const parts = () => input.value.split(/[,，;；、]/);
    const typed = () => (many ? parts().pop() : input.value).trim();
    const options = () => all("[role=option]", list);
    const english = document.documentElement.lang === "en";
    // What is said where nothing is found; it keeps nobody from going on.
    const nothing = document.createElement("span");
    nothing.className = "nothing";
    nothing.setAttribute("role", "status");
    list.after(nothing);
    // Countries become ticks, as on the page without a script; a group becomes those of all its members.
    const chosen = all("fieldset[data-chosen]").find((set) => set.dataset.chosen === input.id);
    const tick = ({ code, label }) => {
      const known = all("input", chosen).find((box) => box.value === code);
      if (known) {
        known.checked = true;
        return;
      }
      const row = document.createElement("div");
      row.className = "choice";
      const box = document.createElement("input");
      Object.assign(box, { type: "checkbox", id: `${input.id}-chosen-${code}`, name: `${input.name}-chosen`, value: code, checked: true });
      const name = document.createElement("label");
      name.htmlFor = box.id;
      name.textContent = label;
      row.append(box, name);
      chosen.append(row);
      chosen.hidden = false;
    };
    const close = () => {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    let shown = [];
    const choose = (option) => {
      const find = shown[options().indexOf(option)];
      if (many) {
        for (const one of find.members ?? [find]) tick(one);
        input.value = parts().slice(0, -1).map((part) => part.trim()).filter(Boolean).join(english ? ", " : "、");
      } else {
        input.value = find.label;
      }
      close();
      input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const mark = (next) => {
      const found = options();
      if (found.length === 0) return;
      active = (next + found.length) % found.length;
      found.forEach((option, at) => option.setAttribute("aria-selected", String(at === active)));
      input.setAttribute("aria-activedescendant", found[active].id);
      found[active].scrollIntoView({ block: "nearest" });
    };
    const look = async () => {
      const words = typed();
      asked += 1;
      const mine = asked;
      if (words === "") {
        nothing.textContent = "";
        return close();
      }
      const query = new URLSearchParams({ q: words, lang: english ? "en" : "zh" });
      let finds = [];
      try {
        finds = await (await fetch(`/suggest/${input.dataset.search}?${query}`)).json();
      } catch {
        return close();
      }
      if (mine !== asked || document.activeElement !== input) return undefined;
      shown = finds;
      nothing.textContent = finds.length === 0 ? input.dataset.nothing : "";
      list.replaceChildren(...finds.map((find, at) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${at}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        if (!many || !english) option.lang = "zh-CN";
        option.textContent = find.label;
        if (find.hint) {
          const hint = document.createElement("span");
          hint.className = "hint";
          if (english) hint.lang = "en";
          hint.textContent = find.hint;
          option.append(hint);
        }
        option.addEventListener("mousedown", (event) => event.preventDefault());
        option.addEventListener("click", () => choose(option));
        return option;
      }));
      active = -1;
      list.hidden = finds.length === 0;
      input.setAttribute("aria-expanded", String(finds.length > 0));
      return undefined;
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, 120);
    });
    // The browser's own list would cover this one. It is turned off only while one types: a field that
    // has it off when the page is left is empty after going back.
    const leave = () => input.removeAttribute("autocomplete");
    input.addEventListener("focus", () => input.setAttribute("autocomplete", "off"));
    input.addEventListener("blur", () => {
      leave();
      close();
    });
    input.form.addEventListener("submit", leave);
    input.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      if (event.key === "ArrowDown") mark(active + 1);
      else if (event.key === "ArrowUp") mark(active - 1);
      else if (event.key === "Escape") close();
      else if (event.key === "Enter" && active >= 0) choose(options()[active]);
      else return;
      event.preventDefault();
    });
  };
  all("input[data-search]").forEach(combobox);
  // A page that takes fields of another answer says so.
  document.addEventListener("export-advisor:fields", (event) => all("input[data-search]", event.detail).forEach(combobox));
})();
