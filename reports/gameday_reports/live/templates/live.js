"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const KEPT = 200;
  const QUIET_MS = 8000;
  let shown = null;
  let shownAt = 0;
  let source = null;
  let wanted = 0;
  let entries = [];
  let announcedAt = -Infinity;
  let waiting = null;

  // Every text is set as text; nothing from outside is ever parsed as markup.
  const set = (id, text) => { const at = $(id); if (at.textContent !== text) at.textContent = text; };
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const plural = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
  const two = (n) => String(n).padStart(2, "0");
  const moment = (s) => {
    const whole = Math.max(0, Math.floor(s));
    const h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60;
    return h ? `${h}:${two(m)}:${two(whole % 60)}` : `${m}:${two(whole % 60)}`;
  };
  const span = (s) => {
    const whole = Math.max(0, Math.round(s));
    if (whole < 60) return `${whole} s`;
    const m = Math.floor(whole / 60);
    return m < 60 ? `${m} min ${two(whole % 60)} s` : `${Math.floor(m / 60)} h ${two(m % 60)} min`;
  };
  // Money stays decimal text: JavaScript numbers are not exact.
  const money = (text, whole) => {
    let [units, cents] = text.split(".");
    if (whole && cents) {
      if (cents[0] >= "5") units = String(BigInt(units) + (units.startsWith("-") ? -1n : 1n));
      cents = "";
    }
    return units.replace(/\B(?=(\d{3})+$)/g, ",") + (cents ? `.${cents}` : "");
  };
  const slug = (state) => `state-${state.replaceAll(" ", "-")}`;
  const nowS = () => {
    if (!shown) return 0;
    const running = shown.view && shown.view.phase && shown.view.phase !== "verification" && !over() ? (performance.now() - shownAt) / 1000 : 0;
    return shown.now_s + running * shown.pace;
  };
  const line = () => shown && shown.runs.find((run) => run.number === shown.run);
  const over = () => !shown || shown.over || Boolean(line() && line().result);

  const announce = (text, urgent) => {
    // One sentence at a time, and not often: people who use a screen reader must hear the others too.
    clearTimeout(waiting);
    const left = urgent ? 0 : Math.max(0, announcedAt + QUIET_MS - performance.now());
    waiting = setTimeout(() => { announcedAt = performance.now(); set("announcer", text); }, left);
  };

  const showHead = () => {
    const run = line();
    set("name", !run ? "Waiting for the first run" : run.name);
    set("stack", run ? `Game day · ${run.stack} · seed ${run.seed}` : "Game day");
    document.title = run ? `${run.name} · game day` : "Game day";
    $("choice").hidden = shown.runs.length < 2;
    const options = shown.runs.map((each) => `${each.number}. ${each.name} (${each.stack}, ${each.result || "running"})`);
    const select = $("runs");
    if (Array.from(select.options, (option) => option.text).join("\n") !== options.join("\n")) {
      select.replaceChildren(...options.map((text, i) => new Option(text, String(i + 1))));
    }
    select.value = String(shown.run);
    $("note").disabled = over() || !run || Boolean(shown.view && shown.view.closed);
    $("reveal").hidden = !(shown.view && shown.view.hidden) || over();
    $("acknowledge").disabled = $("note").disabled;
    $("stop").disabled = shown.over || shown.stop_asked;
  };

  const showBanner = () => {
    const banner = $("banner"), run = line();
    let text = "", kind = "";
    if (shown.view && shown.view.stopped) { text = "The game day was stopped. Every fault is healed."; kind = "bad"; }
    else if (shown.stop_asked) { text = "Stopping: every fault is being healed."; kind = "bad"; }
    else if (run && run.result === "aborted") { text = "This run was aborted. Every fault is healed."; kind = "bad"; }
    else if (run && run.result === "not run") { text = "This run ended before it could be judged: it counts as not run."; kind = "bad"; }
    else if (run && !run.result && shown.view && shown.view.closed) text = "The history is closed; this run is being judged. Add further notes to postmortem.yaml.";
    else if (run && !run.result && shown.view && shown.view.ended) text = "The ledgers have been read; the result waits for the fault-free control run. You can still add notes.";
    else if (run && run.result) { text = `This run is over: ${run.result}.`; kind = run.result === "passed" ? "good" : run.result === "failed" ? "bad" : ""; }
    if (shown.over) text += `${text ? " " : ""}The session is over; this page no longer updates.`;
    banner.className = `banner ${kind}`;
    banner.hidden = !text;
    if (banner.textContent !== text) { banner.textContent = text; if (text) announce(text, true); }
  };

  const showFigures = (view) => {
    if ($("phase").textContent !== (view.phase || "starting")) announce(`Phase: ${view.phase || "starting"}.`, true);
    set("phase", view.phase || "starting");
    set("horizon", `judged by ${moment(view.horizon_s)} at the latest · ${shown.pace === 1 ? "in real time" : `at ${shown.pace} times real speed`}`);
    set("backlog", view.backlog.toLocaleString("en"));
    const highest = Math.max(0, ...view.series.values);
    set("peak", `won and not yet correct in the ERP · peak ${highest.toLocaleString("en")}`);
    const step = 240 / Math.max(1, view.series.values.length - 1);
    const points = view.series.values.map((v, i) => `${(i * step).toFixed(1)},${(47 - 46 * v / Math.max(1, highest)).toFixed(1)}`);
    const path = points.length ? `M${points.join("L")}` : "";
    $("spark").querySelector(".line").setAttribute("d", path);
    $("spark").querySelector(".area").setAttribute("d", path && `${path}L${((points.length - 1) * step).toFixed(1)},48L0,48Z`);
    const oldest = view.oldest;
    set("oldest-deal", oldest ? oldest.deal : "");
    set("oldest-more", oldest ? `${oldest.state} · ${oldest.currency} ${money(oldest.amount)}` : "no deal is wrong or overdue");
    const inWords = (each) => each.amount === null
      ? Object.entries(each.originals).map(([code, amount]) => `${code} ${money(amount, true)}`).join(", ")
      : `${each.currency} ${money(each.amount, true)}`.trim();
    $("revenue").replaceChildren(...view.revenue.map((each) => {
      const item = make("li");
      item.append(make("span", "code", each.name), make("span", "", Object.keys(each.originals).length ? inWords(each) : "0"));
      return item;
    }));
    const [notBooked, , overInvoiced] = view.revenue;
    const lost = [notBooked, overInvoiced].filter((each) => Object.keys(each.originals).length > 0);
    $("revenue-panel").classList.toggle("bad", lost.length > 0);
    const others = lost.filter((each) => each.amount !== null && Object.keys(each.originals).some((code) => code !== each.currency));
    const originals = others.map((each) => `${each.name}: ${Object.entries(each.originals).map(([code, amount]) => `${code} ${money(amount, true)}`).join(", ")}`);
    set("originals", originals.length ? originals.join("; ") : view.judged ? "as judged from both ledgers" : "of affected deals, so far");
    showBudget(view.budget);
    showConditions(view.conditions);
  };

  const showConditions = (conditions) => {
    const lines = conditions.map((each) => `aborts ${each.limit}: ${each.value}; left: ${each.left}`);
    const list = $("conditions"), text = lines.join("\n");
    if (list.dataset.text === text) return;
    list.dataset.text = text;
    list.replaceChildren(...lines.map((line, i) => make("li", conditions[i].used >= 0.5 ? "on" : "", line)));
  };

  const showBudget = (budget) => {
    set("affected", budget.affected.toLocaleString("en"));
    set("limit", budget.limit === null ? "affected" : `of ${budget.limit.toLocaleString("en")} affected`);
    set("budget-source", budget.limit === null ? "no budget of affected deals is set" : `at the limit the game day stops by itself; set by ${budget.source}`);
    const meter = $("meter");
    meter.hidden = budget.limit === null;
    if (budget.limit !== null) {
      meter.setAttribute("aria-valuemax", String(budget.limit));
      meter.setAttribute("aria-valuenow", String(Math.min(budget.affected, budget.limit)));
      meter.setAttribute("aria-valuetext", `${budget.affected} of ${budget.limit} deals`);
      $("used").style.width = `${Math.min(100, 100 * budget.affected / Math.max(1, budget.limit))}%`;
    }
    $("budget-panel").classList.toggle("bad", budget.limit !== null && budget.affected >= budget.limit / 2 && budget.affected > 0);
  };

  const showLedger = (view) => {
    const codes = [...new Set(view.states.flatMap((each) => Object.keys(each.money)))].sort();
    const titles = ["State", "Deals", ...codes];
    $("ledger-head").replaceChildren(...titles.map((title, i) => {
      const cell = make("th", i ? "number" : "", title);
      cell.scope = "col";
      return cell;
    }));
    $("ledger").replaceChildren(...view.states.map((each) => {
      const row = make("tr", each.deals ? "" : "none"), head = make("th");
      head.scope = "row";
      head.append(make("span", `swatch ${slug(each.state)}`), each.state);
      const texts = [each.deals.toLocaleString("en"), ...codes.map((code) => each.money[code] ? money(each.money[code], true) : "")];
      row.append(head, ...texts.map((text, i) => {
        const cell = make("td", "number", text);
        cell.dataset.label = titles[i + 1];
        return cell;
      }));
      return row;
    }));
    $("bar").replaceChildren(...view.states.filter((each) => each.deals).map((each) => {
      const part = make("div", slug(each.state));
      part.style.flexGrow = String(each.deals);
      return part;
    }));
    const more = [view.judged ? "as judged from both ledgers" : "from the history, by amount; lines and customers are checked at the end"];
    if (view.refused) more.push(`${plural(view.refused, "write")} refused by the ERP`);
    if (view.orphans) more.push(`${plural(view.orphans, "orphan order")}`);
    set("ledger-note", more.join(" · "));
  };

  const showInjected = (view) => {
    let items = [];
    if (view.hidden) items = [make("li", "", "Hidden: this is a blind drill.")];
    else if (!view.injections.length) items = [make("li", "", "Nothing yet.")];
    else items = view.injections.map((each) => {
      const item = make("li");
      const until = each.healed_s === null ? `since ${moment(each.injected_s)}` : `${moment(each.injected_s)} to ${moment(each.healed_s)}, healed`;
      item.append(make("span", each.healed_s === null ? "on" : "", `${each.fault} at ${each.target}`), make("span", "soft", ` ${until}${each.params ? ` · ${each.params}` : ""}`));
      return item;
    });
    if (view.revealed) items.push(make("li", "soft", `Revealed by ${view.revealed.by} at ${moment(view.revealed.time_s)}.`));
    const list = $("injected"), text = items.map((item) => item.textContent).join("\n");
    if (list.dataset.text !== text) { list.dataset.text = text; list.replaceChildren(...items); }
  };

{% include "live/templates/outlook.js" %}

  const row = (entry) => {
    const item = make("li", entry.kind), words = make("span", "words", entry.text || entry.title);
    const more = [];
    if (entry.text && entry.kind !== "note") more.push(entry.title);
    if (entry.deals) more.push(plural(entry.deals, "deal"));
    if (entry.who) more.push(entry.kind === "alert" || entry.kind === "ticket" ? `to ${entry.who}` : entry.who);
    if (more.length) words.append(make("span", "more", more.join(" · ")));
    item.append(make("span", "when", moment(entry.time_s)), make("span", "kind", entry.kind), words);
    return item;
  };

  const showEntries = () => {
    const feed = $("feed");
    if (shown.anew) { entries = []; feed.replaceChildren(); }
    const fresh = shown.entries.slice(-KEPT);
    if (fresh.length && !entries.length) feed.replaceChildren();
    entries = entries.concat(fresh).slice(-KEPT);
    feed.prepend(...fresh.map(row).reverse());
    while (feed.children.length > Math.max(1, entries.length)) feed.lastElementChild.remove();
    if (!entries.length) feed.replaceChildren(make("li", "nothing", "Nothing yet."));
    if (shown.anew) return;
    const alerts = fresh.filter((entry) => entry.kind === "alert" || entry.kind === "ticket");
    if (alerts.length) announce(alerts.length === 1 ? `${alerts[0].title}: ${alerts[0].text}` : `${alerts.length} alerts and tickets.`);
  };

  const show = () => {
    showHead();
    showBanner();
    if (shown.view) { showFigures(shown.view); showLedger(shown.view); showInjected(shown.view); showOutlook(shown.view); }
    showReport();
    showEntries();
    tick();
  };

  const tick = () => {
    if (!shown || !shown.view) return;
    const now = nowS(), view = shown.view;
    set("clock", moment(now));
    tickOutlook(now, view);
    set("oldest", view.oldest ? span(now - view.oldest.since_s) : "none");
  };

  const connection = (text, kind) => { set("connection", text); $("connection").className = `status ${kind}`; };
  const connect = () => {
    if (source) source.close();
    source = new EventSource(`/events?run=${wanted}`);
    source.onopen = () => connection("live", "on");
    source.onerror = () => connection(source.readyState === EventSource.CLOSED ? "disconnected" : "connecting again", "off");
    source.onmessage = (event) => {
      shown = JSON.parse(event.data);
      shownAt = performance.now();
      connection(shown.over ? "over" : "live", shown.over ? "" : "on");
      if (shown.over) source.close();
      show();
    };
  };

  // Requests of the operators go into the history with a name, which is asked for once and kept for the tab.
  const asks = {
    note: { title: "Add a note", text: "The note goes into the history of the run, with the time and your name.", label: "Note", send: "Add the note", url: () => `/runs/${shown.run}/notes`, needsText: true },
    reveal: { title: "Reveal the injection?", text: "Everybody at the board will see it. The history records who asked, and when.", send: "Reveal it", url: () => `/runs/${shown.run}/reveal` },
    acknowledge: { title: "Acknowledge the alerts?", text: "Every open alert of the run is acknowledged at the pager, as by the person on call. The history records who did it.", send: "Acknowledge", url: () => `/runs/${shown.run}/acknowledge` },
    stop: { title: "Stop the game day?", text: "Every run ends now and every fault is healed. A stopped run is not judged.", label: "Reason", send: "Stop the game day", url: () => "/stop", danger: true },
  };
  let asking = null;
  let askedAt = null;
  const name = () => { try { return sessionStorage.getItem("gameday-name") || ""; } catch { return ""; } };
  const remember = (by) => { try { sessionStorage.setItem("gameday-name", by); } catch { /* storage is not available */ } };
  const open = (what) => {
    if ($(what).disabled || $(what).hidden || $("ask").open || !shown) return;
    asking = asks[what];
    askedAt = $(what);
    set("ask-title", asking.title);
    set("ask-text", asking.text);
    set("ask-send", asking.send);
    set("ask-problem", "");
    $("ask-send").className = asking.danger ? "danger" : "";
    $("text").hidden = $("text-label").hidden = !asking.label;
    set("text-label", asking.label || "");
    $("text").value = "";
    $("by").value = name();
    $("ask").showModal();
    ($("by").value && asking.label ? $("text") : $("by")).focus();
  };
  const send = async (event) => {
    event.preventDefault();
    const by = $("by").value.trim(), text = $("text").value.trim();
    if (!by) { set("ask-problem", "Enter your name."); $("by").focus(); return; }
    if (asking.needsText && !text) { set("ask-problem", "The note is empty."); $("text").focus(); return; }
    remember(by);
    $("ask-send").disabled = true;
    try {
      const answer = await fetch(asking.url(), { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ by, text }) });
      if (answer.ok) $("ask").close();
      else set("ask-problem", (await answer.json()).error);
    } catch { set("ask-problem", "The board did not answer."); }
    $("ask-send").disabled = false;
  };

  for (const what of Object.keys(asks)) $(what).addEventListener("click", () => open(what));
  $("ask-form").addEventListener("submit", send);
  $("ask-cancel").addEventListener("click", () => $("ask").close());
  $("ask").addEventListener("close", () => { if (askedAt && !askedAt.hidden) askedAt.focus(); });
  $("text").addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("ask-form").requestSubmit(); });
  $("runs").addEventListener("change", () => { wanted = Number($("runs").value); connect(); });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (!$("keys").checked || typing || $("ask").open || event.ctrlKey || event.metaKey || event.altKey) return;
    const what = { n: "note", r: "reveal", a: "acknowledge", s: "stop" }[event.key];
    if (what) { event.preventDefault(); open(what); }
  });
  setInterval(tick, 250);
  connect();
})();
