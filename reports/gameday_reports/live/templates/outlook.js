  // What comes next, whether an alert is due, the expectations, the roles, and the report.
  const showOutlook = (view) => {
    const roles = view.roles.map((each) => `${each.role}: ${each.who}`).join(" · ");
    set("roles", roles);
    const list = $("expectations"), rows = view.expectations || [];
    const text = rows.map((each) => `${each.text} ${each.state} ${each.why}`).join("\n") || String(view.hidden);
    if (list.dataset.text === text) return;
    list.dataset.text = text;
    const kind = { "passed": "good", "holds so far": "good", "failed": "bad", "does not hold now": "bad" };
    list.replaceChildren(...rows.map((each) => {
      const item = make("li");
      item.append(make("span", `state ${kind[each.state] || "open"}`, each.state), make("span", "", each.text));
      if (each.why) item.append(make("span", "soft", each.why));
      return item;
    }));
    if (!rows.length) list.replaceChildren(make("li", "soft", view.hidden ? "Hidden: this is a blind drill." : "The scenario has none."));
  };
  const showReport = () => {
    const run = line(), at = $("report");
    at.hidden = !(run && run.report);
    if (at.hidden) return;
    const link = $("report-link");
    link.hidden = shown.over;
    link.href = `/runs/${run.number}/report`;
    set("report-path", run.report);
  };
  const tickOutlook = (now, view) => {
    set("wall", new Date().toLocaleTimeString("en-GB"));
    const next = view.next;
    set("next", next ? `next: ${next.what} in ${span((next.at_s - now) / (shown.pace || 1))}` : "");
    const { affected_s: since, alerted_s: alerted } = view.waiting;
    let text = "no deal is affected";
    if (since !== null && alerted === null) text = `affected for ${span((over() ? view.time_s : now) - since)}, no alert ${over() ? "came" : "yet"}`;
    else if (since !== null) text = alerted >= since ? `alerted ${span(alerted - since)} after the first affected deal` : `alerted ${span(since - alerted)} before the first affected deal`;
    set("waiting", text);
    $("waiting").classList.toggle("on", since !== null && alerted === null);
  };
