"use strict";
(() => {
  const $ = (name) => document.getElementById(name);
  const data = JSON.parse($("index").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const MARKS = {
    converged: "ok", "as declared": "ok", deferred: "waits", waits: "waits", failed: "failed", offline: "offline",
    changed: "changed", unfinished: "open", "not looked at": "open", "not known": "open",
  };
  const STATES = { o: "as declared", c: "changed", w: "waits", f: "failed", u: "not known" };
  const [NAME, OUTCOME, GROUPS, SECONDS, SAYS, CAUSES, SETTINGS] = [0, 1, 2, 3, 4, 5, 6];
  const PAGE = matchMedia("(max-width: 44rem)").matches ? 25 : 100;
  const VALUES = 2000;
  const words = data.hosts.map((row) => `${row[NAME]} ${data.says[row[SAYS]]}`.toLowerCase());
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const fleetTitle = document.title;
  let wanted = {};
  let sort = { by: NAME, down: false };
  let found = [];
  let listed = 0;

  /** Make an element; what is a text stays one. */
  const make = (name, attributes, ...children) => {
    const one = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) one.setAttribute(key, value);
    one.append(...children.filter((child) => child !== null && child !== undefined));
    return one;
  };
  const icon = (word) => {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", `icon ${MARKS[word] || "open"}`);
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", `#i-${MARKS[word] || "open"}`);
    svg.append(use);
    return svg;
  };
  const mark = (word, said = word) => make("span", { class: "mark" }, icon(word), said);
  const link = (name) => make("a", { href: `#/host/${encodeURIComponent(name)}` }, make("bdi", {}, name));
  const when = (text) => (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? `${text.slice(0, 10)} ${text.slice(11, 16)}` : text || "not known");
  const plural = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

  // The list of hosts: rows are made when they are asked for.

  const fits = (row, number) => {
    const w = wanted;
    if (w.outcome !== undefined && row[OUTCOME] !== w.outcome) return false;
    if (w.group !== undefined && !row[GROUPS].includes(w.group)) return false;
    if (w.cause !== undefined && !row[CAUSES].includes(w.cause)) return false;
    if (w.setting !== undefined && row[SETTINGS][w.setting] !== w.state) return false;
    return !w.q || w.q.toLowerCase().split(/\s+/).every((word) => words[number].includes(word));
  };
  const ordered = (a, b) => {
    const way = sort.down ? -1 : 1;
    const first = sort.by === NAME ? 0 : a[sort.by] - b[sort.by];
    return way * (first || compare(a[NAME], b[NAME]));
  };
  const tableRow = (row) => make(
    "tr", { role: "row" },
    make("th", { role: "rowheader", scope: "row" }, link(row[NAME])),
    make("td", { role: "cell" }, mark(data.outcomes[row[OUTCOME]])),
    make("td", { role: "cell" }, make("span", { class: "what-cut" }, data.says[row[SAYS]])),
    make("td", { role: "cell" }, row[GROUPS].map((number) => data.groups[number]).join(", ")),
    make("td", { role: "cell", class: "n" }, row[SECONDS].toFixed(1)),
  );
  const more = () => {
    const next = found.slice(listed, listed + PAGE).map(tableRow);
    $("list").tBodies[0].append(...next);
    listed += next.length;
    const left = found.length - listed;
    $("more").hidden = left <= 0;
    $("more").textContent = `Show ${Math.min(PAGE, left)} more of ${left.toLocaleString("en")}`;
    const all = found.length === data.hosts.length ? "" : ` of ${data.hosts.length.toLocaleString("en")}`;
    $("number").textContent = `${plural(found.length, "host")}${all}${left > 0 ? `, the first ${listed.toLocaleString("en")} shown` : ""}`;
    return next[0];
  };
  const because = () => {
    const { cause, setting, state } = wanted;
    const text = cause !== undefined ? data.causes[cause] : setting !== undefined ? `${data.settings[setting]}: ${STATES[state]}` : "";
    $("because").hidden = !text;
    $("because").replaceChildren(...(text ? ["Only hosts with ", make("strong", {}, text)] : []));
  };
  const list = () => {
    found = data.hosts.filter(fits).sort(ordered);
    listed = 0;
    $("list").tBodies[0].replaceChildren();
    $("list").hidden = found.length === 0;
    because();
    more();
  };
  const address = () => {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(wanted)) if (value !== undefined && value !== "") query.set(key, value);
    return `#/hosts${query.size ? `?${query}` : ""}`;
  };
  const number = (text, below) => (/^\d{1,6}$/.test(text || "") && Number(text) < below ? Number(text) : undefined);
  const read = (query) => {
    wanted = {
      q: query.get("q") || "",
      outcome: number(query.get("outcome"), data.outcomes.length),
      group: number(query.get("group"), data.groups.length),
      cause: number(query.get("cause"), data.causes.length),
      setting: number(query.get("setting"), data.settings.length),
      state: Object.hasOwn(STATES, query.get("state") || "") ? query.get("state") : undefined,
    };
    if (wanted.state === undefined) wanted.setting = undefined;
    $("f-name").value = wanted.q;
    $("f-outcome").value = wanted.outcome ?? "";
    $("f-group").value = wanted.group ?? "";
    list();
  };

  // One host: unpacked when it is asked for, with some of its neighbours.

  const unpacked = new Map();
  const unpack = async (place) => {
    if (!unpacked.has(place)) {
      const bytes = Uint8Array.from(atob($(`packed-${place}`).textContent), (one) => one.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      unpacked.set(place, await new Response(stream).json());
    }
    return unpacked.get(place);
  };
  const plain = (value) => {
    if (value === null || value === undefined) return "none";
    if (value === true || value === false) return value ? "yes" : "no";
    if (Array.isArray(value)) return value.length ? value.map(plain).join(", ") : "none";
    if (typeof value === "object") return Object.keys(value).length ? JSON.stringify(value) : "none";
    return String(value) || "empty";
  };
  function* leaves(value, path = "") {
    const nested = value !== null && typeof value === "object" && (!Array.isArray(value) || value.some((one) => one && typeof one === "object"));
    if (!nested || Object.keys(value).length === 0) yield [path, value];
    else for (const [key, one] of Object.entries(value)) yield* leaves(one, path ? `${path}.${key}` : key);
  }
  const table = (caption, heads, rows) => {
    // On a phone the cells stand below one another, and a browser may then take it for no table: so the roles are said.
    for (const row of rows) {
      row.setAttribute("role", "row");
      [...row.cells].forEach((cell, at) => {
        cell.setAttribute("role", at ? "cell" : "rowheader");
        if (at) cell.dataset.label = heads[at][0];
      });
    }
    const head = heads.map(([text, kind]) => make("th", { role: "columnheader", scope: "col", class: kind || "" }, text));
    return make(
      "div", { class: "scroll", role: "group", "aria-label": caption, tabindex: "0" },
      make("table", { class: "stack", role: "table" }, make("caption", { class: "hidden" }, caption),
        make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...head)), make("tbody", { role: "rowgroup" }, ...rows)),
    );
  };
  const section = (title, ...parts) => [make("h2", {}, title), ...parts];
  const items = (entries) => make("ul", { class: "plain" }, ...entries);
  const next = (text) => (text ? make("p", { class: "next" }, make("span", {}, "Next"), text) : null);
  const code = (text) => (text ? make("code", {}, text) : null);
  const values = (value, name) => {
    if (value === null || typeof value !== "object") return plain(value);
    const all = [...leaves(value)];
    const rows = all.slice(0, VALUES).map(([path, one]) => make("tr", {}, make("th", { scope: "row", class: "path" }, path), make("td", {}, plain(one))));
    if (all.length > VALUES) rows.push(make("tr", {}, make("th", { scope: "row" }, "more"), make("td", {}, `${all.length - VALUES} values stand in the result`)));
    const box = make("details", {}, make("summary", {}, plural(all.length, "value"), make("span", { class: "hidden" }, ` of ${name}`)));
    box.addEventListener("toggle", () => box.append(make("table", { class: "values" }, make("caption", { class: "hidden" }, name), make("tbody", {}, ...rows))), { once: true });
    return box;
  };
  const facts = (one) => {
    const windows = (one.before && one.before.windows) || {};
    const user = (one.before && one.before.user) || {};
    const model = windows.model || "";
    const shown = [
      ["Run ended (UTC)", when(one.run.ended)], ["Run by", one.run.holder], ["Groups", one.groups.join(", ")],
      ["Time", `${one.seconds.toFixed(1)} s`], ["Requests", one.requests], ["Restarts", one.restarts],
      ["Windows", [windows.edition, windows.release, windows.build].filter((part) => part !== undefined && part !== null).join(" ")],
      ["Model", model], ["User", user.account],
    ].filter(([, value]) => value !== undefined && value !== null && value !== "");
    return make("dl", {}, ...shown.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))));
  };
  const open = (one) => {
    const parts = [];
    if (one.failures.length) {
      parts.push(...section("What failed", items(one.failures.map((entry) => make("li", { class: "is-failed" },
        make("p", { class: "what" }, code(entry.code), entry.cause),
        entry.too.length ? make("p", { class: "of" }, `so too: ${entry.too.join("; ")}`) : null, next(entry.remedy))))));
    }
    const left = [...one.deferred.map((entry) => make("li", { class: "is-waits" },
      make("p", { class: "what" }, make("strong", {}, `waits for ${entry.waits_for}`), entry.sentence), make("p", { class: "of" }, entry.reason))),
    ...one.not_reached.map((name) => make("li", { class: "is-open" }, make("p", { class: "what" }, make("strong", {}, "not reached"), name)))];
    if (left.length) parts.push(...section("What is left", items(left)));
    const told = [...one.not_proved.map((entry) => ["not proved", entry.text]), ...one.warnings.map((entry) => ["note", entry.text])];
    if (told.length) {
      parts.push(...section("To know", items(told.map(([kind, text]) => make("li", { class: "is-open" }, make("p", { class: "what" }, make("strong", {}, kind), text))))));
    }
    return parts;
  };
  const settings = (one) => {
    const before = one.before && typeof one.before === "object" ? one.before : {};
    const rows = one.settings.map(([title, state, name]) => {
      const changes = one.changes.filter((change) => change.resource === name);
      return make("tr", {}, make("th", { scope: "row" }, title), make("td", {}, name in before ? values(before[name], title) : "not seen"),
        make("td", {}, ...(changes.length ? changes.map((change) => make("div", {}, `${change.sentence} (${Number(change.seconds || 0).toFixed(1)} s)`)) : ["none"])),
        make("td", {}, mark(state, state === "changed" ? "changed, as declared" : state)));
    });
    if (!rows.length) return [];
    return section("Settings", table("Each setting: before, changes and after", [["Setting"], ["Before"], ["Changes"], ["After"]], rows));
  };
  const further = (one) => {
    const parts = [];
    if (one.before && typeof one.before === "object") {
      const listedAbove = new Set(one.settings.map(([, , name]) => name));
      const rest = Object.entries(one.before).filter(([name]) => !listedAbove.has(name));
      const rows = rest.map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, values(value, name))));
      if (rows.length) parts.push(...section("The host as the run found it", table("The host as the run found it", [["Part"], ["Found"]], rows)));
    } else if (one.before) {
      parts.push(...section("The host as the run found it", make("p", {}, one.before)));
    }
    if (one.since) {
      const rows = one.since[1].map(([path, was, is]) => make("tr", {}, make("th", { scope: "row", class: "path" }, path), make("td", {}, plain(was)), make("td", {}, plain(is))));
      const title = `Different from what the run of ${when(one.since[0])} found`;
      parts.push(...section(title, rows.length ? table(title, [["Where"], ["Then"], ["Now"]], rows) : make("p", { class: "empty" }, "Nothing.")));
    }
    if (one.runs.length) {
      const rows = [...one.runs].reverse().map(([ended, outcome, changes]) => make("tr", {}, make("th", { scope: "row" }, when(ended)), make("td", {}, mark(outcome)), make("td", { class: "n" }, String(changes))));
      parts.push(...section("Its runs", table("Its runs", [["Ended (UTC)"], ["Outcome"], ["Changes", "n"]], rows)));
    }
    return parts;
  };
  const title = (name) => make("h1", { id: "h-host", tabindex: "-1" }, make("bdi", {}, name));
  const back = () => make("a", { class: "back", href: address() }, "← All hosts");
  const host = async (name) => {
    const place = data.hosts.findIndex((row) => row[NAME] === name);
    const article = $("host");
    if (place < 0) {
      article.replaceChildren(back(), title(name), make("p", {}, "No host of this name is in this report."));
      return;
    }
    try {
      const one = (await unpack(Math.floor(place / data.packed)))[place % data.packed];
      article.replaceChildren(back(), title(name), make("p", { class: "meta" }, mark(one.outcome)), facts(one), ...open(one), ...settings(one), ...further(one));
    } catch (error) {
      article.replaceChildren(back(), title(name), make("p", {}, `This browser cannot unpack the host's page (${error.name}). Next: use a browser of 2023 or later.`));
    }
  };

  // Where one is, as the address says.

  let begun = false;
  const go = async () => {
    const [path, query] = location.hash.slice(1).split("?");
    const [, part, name] = path.split("/");
    const one = part === "host" && name;
    if (one) await host(decoded(name));
    $("fleet").hidden = Boolean(one);
    $("host").hidden = !one;
    document.title = one ? `${decoded(name)}: ${fleetTitle}` : fleetTitle;
    if (one) window.scrollTo(0, 0);
    else if (part === "hosts") read(new URLSearchParams(query || ""));
    const head = one ? $("h-host") : part && $(`h-${part}`);
    if (head && (begun || part !== "overview")) {
      head.focus({ preventScroll: Boolean(one) });
      if (!one) head.scrollIntoView();
    }
    begun = true;
  };
  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  const settle = () => {
    history.replaceState(null, "", address());
    list();
  };

  $("filter").hidden = false;
  data.outcomes.forEach((name, at) => {
    if (data.hosts.some((row) => row[OUTCOME] === at)) $("f-outcome").append(make("option", { value: at }, name));
  });
  data.groups.forEach((name, at) => $("f-group").append(make("option", { value: at }, name)));
  $("filter").addEventListener("submit", (event) => event.preventDefault());
  $("filter").addEventListener("reset", () => {
    wanted = { q: "" };
    settle();
  });
  let typing = 0;
  $("f-name").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      wanted.q = $("f-name").value.trim();
      settle();
    }, 120);
  });
  for (const [field, key] of [["f-outcome", "outcome"], ["f-group", "group"]]) {
    $(field).addEventListener("change", () => {
      wanted[key] = number($(field).value, 10 ** 6);
      settle();
    });
  }
  $("more").addEventListener("click", () => more()?.querySelector("a").focus());
  for (const button of $("list").querySelectorAll("button")) {
    button.addEventListener("click", () => {
      const by = Number(button.dataset.by);
      sort = { by, down: sort.by === by && !sort.down };
      for (const other of $("list").querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
      button.parentElement.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      list();
    });
  }
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("#fleet details:not([open])")];
    for (const one of closed) one.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  });
  window.addEventListener("hashchange", go);
  read(new URLSearchParams(""));
  go();
})();
