// What the form does at once where scripts run: it shows what the answers ask for, keeps exclusive answers apart, and keeps the answers.
// The server does the same at each step, so nothing here decides anything (docs/adr/0034-the-form.md).
"use strict";
(() => {
  const DAY = 86400000;
  const form = document.querySelector("form[novalidate]");

  const inputs = (name) => form ? Array.from(form.elements).filter((one) => one.name === name && !one.closest(".item[hidden]")) : [];
  const texts = (name) => inputs(name)
    .filter((one) => !["radio", "checkbox"].includes(one.type) || one.checked)
    .map((one) => one.value.trim()).filter((text) => text !== "");
  const part = (letter, name) => letter + name.slice(1);

  const number = (text) => /^[+-]?(\d{1,15}([.,]\d{1,15})?|[.,]\d{1,15})$/.test(text) ? Number(text.replace(",", ".")) : null;
  const clock = (text) => {
    const found = /^(\d{1,2})[:.](\d\d)(?::(\d\d(?:\.\d{1,9})?))?$/.exec(text);
    return found && found[1] < 24 && found[2] < 60 && !(found[3] >= 60) ? found[1] * 3600 + found[2] * 60 + Number(found[3] || 0) : null;
  };
  const midnight = (year, month, day) => new Date(0).setUTCFullYear(year, month - 1, day);
  // The first and the last millisecond of a day, a month or a year; null where there is none.
  const dated = (text) => {
    const found = /^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/.exec(text) || /^(\d{4})(\d\d)(\d\d)$/.exec(text);
    if (!found) return null;
    const [year, month, day] = found.slice(1).map((part) => part === undefined ? 0 : Number(part));
    const first = midnight(year, found[2] ? month : 1, found[3] ? day : 1);
    const there = new Date(first);
    if (year < 1 || there.getUTCMonth() + 1 !== (found[2] ? month : 1) || there.getUTCDate() !== (found[3] ? day : 1)) return null;
    return [first, found[3] ? first + DAY - 1 : (found[2] ? midnight(year, month + 1, 1) : midnight(year + 1, 1, 1)) - 1];
  };
  const span = (text, zone) => {
    const found = /^(\S+?)(?:T|,? +)(\S+)$/.exec(text);
    if (!found) return dated(text);
    const day = dated(found[1]);
    const time = clock(found[2]);
    if (!day || time === null || day[1] !== day[0] + DAY - 1) return null;
    const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) || [null, "+", 0, 0];
    const moment = Math.floor(day[0] + time * 1000) - Number(sign + "1") * (hours * 3600000 + minutes * 60000);
    return [moment, moment];
  };

  // The values in a field as the server would read them; none where it could not.
  const read = (name, kind) => {
    const given = texts(name);
    const other = texts(part("o", name));
    if (kind === "check") return [...given, ...other.map((text) => ({ other: text }))];
    if (kind === "radio" || kind === "select") {
      const all = [...given, ...other.map((text) => ({ other: text }))];
      return all.length > 1 ? [] : all;
    }
    if (given.length !== 1) return [];
    const text = given[0];
    const told = texts(part("z", name))[0] || "";
    const zone = /^[+-]\d\d:\d\d$/.test(told) ? told : "Z";
    const unit = texts(part("u", name))[0] || "";
    const units = inputs(part("u", name)).length;
    switch (kind) {
      case "whole": return /^[+-]?\d{1,15}$/.test(text) ? [Number(text)] : [];
      case "number": return number(text) === null ? [] : [number(text)];
      case "quantity": return number(text) === null || (units && !unit) ? [] : [{ number: number(text), unit }];
      case "date": return dated(text) ? [{ span: dated(text) }] : [];
      case "moment": return span(text, zone) ? [{ span: span(text, zone) }] : [];
      case "time": return clock(text) === null ? [] : [{ clock: clock(text) }];
      default: return [text];
    }
  };

  const points = (operator, left, right) => ({
    "=": left === right, "!=": left === right, "<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right,
  })[operator];
  const spans = (operator, left, right) => {
    if (operator === ">" || operator === ">=") return spans(operator === ">" ? "<" : "<=", right, left);
    const same = left[0] === right[0] && left[1] === right[1];
    if (operator === "=" || operator === "!=") return same ? true : left[1] < right[0] || right[1] < left[0] ? false : null;
    if (same) return operator === "<=";
    return left[1] < right[0] ? true : right[1] < left[0] ? false : null;
  };

  // true, false, or null for what cannot be told; for != whether the value is equal.
  const compare = (test, value) => {
    switch (test.as) {
      case "choice": return typeof value === "object" ? ["=", "!="].includes(test.operator) && test.wanted !== null && value.other === test.wanted : test.choices[value];
      case "number": return points(test.operator, value, test.wanted);
      case "quantity": return test.units[value.unit] ? points(test.operator, value.number, test.wanted) : null;
      case "date": return test.wanted ? spans(test.operator, value.span, test.wanted) : false;
      case "time": return points(test.operator, value.clock, test.wanted);
      case "text": return ["=", "!="].includes(test.operator) && value === test.wanted;
      default: return false;
    }
  };
  const any = (states) => states.includes(true) ? true : states.includes(null) ? null : false;
  const not = (state) => state === null ? null : !state;
  const met = (test, values) => {
    if (test.operator === "exists") return (values.length > 0) === test.wanted;
    const found = any(values.map((value) => compare(test, value)));
    return test.operator === "!=" ? not(found) : found;
  };
  // A question that is not for people has its states written down: where all its guards hold, and where not.
  const judge = (test) => {
    const states = new Set(test.guards
      ? test.guards.map((guards) => test.states[guards.every(holds) ? 0 : 1])
      : test.near.map((names) => met(test, names.flatMap((name) => read(name, test.kind)))));
    return states.size === 1 ? [...states][0] : null;
  };
  const holds = ({ all, tests }) => {
    const met = tests.map((test) => judge(test) !== false);
    return all ? met.every(Boolean) : met.some(Boolean);
  };
  const conditions = new Map();
  const conditionsOf = (item) => {
    if (!conditions.has(item)) conditions.set(item, JSON.parse(item.dataset.when));
    return conditions.get(item);
  };
  const enabled = (item) => !item.dataset.when || holds(conditionsOf(item));

  const answered = (item) => Array.from(item.querySelectorAll("input, select, textarea")).some((one) =>
    one.closest(".item[data-field]").dataset.field && !/^[nuz]/.test(one.name) && one.name.includes(":") && one.type !== "hidden"
    && one.value.trim() !== "" && (!["radio", "checkbox"].includes(one.type) || one.checked));

  // What brings a notice up: the conditions that hold, of itself and of what it stands in, each with the choices that it looks at.
  const causes = (item) => {
    const found = [];
    for (let one = item; one; one = one.parentElement.closest(".item")) {
      if (!one.dataset.when) continue;
      for (const test of conditionsOf(one).tests) {
        const chosen = (test.near || []).flat().filter(() => test.as === "choice").map(texts);
        if (judge(test) !== false) found.push(JSON.stringify([one.id, conditionsOf(one).tests.indexOf(test), chosen]));
      }
    }
    return found;
  };
  const notices = form ? Array.from(form.querySelectorAll("[data-notice]"), (stop) => (
    { stop, item: stop.closest(".item"), apart: Boolean(stop.closest(".item[hidden]")), seen: [] })) : [];

  // A notice comes up in sight: under the answer that has just brought it up, else at the top of the page.
  const notify = (asked, cause) => {
    for (const notice of notices) {
      const { stop, item } = notice;
      const shown = asked.get(item);
      const now = shown ? causes(item) : [];
      const fresh = cause && now.some((one) => !notice.seen.includes(one));
      notice.seen = now;
      const banner = Array.from(document.querySelectorAll("[data-banner]")).find((one) => one.dataset.banner === stop.dataset.notice);
      if (banner) banner.hidden = !shown;
      if (!shown) item.append(stop);
      else if (fresh) {
        cause.querySelector(":scope > .question").after(stop);
        stop.scrollIntoView({ block: "nearest" });
      } else if (!banner && (cause ? stop.offsetParent === null : notice.apart && stop.parentElement === item)) form.prepend(stop);
    }
  };

  const describe = (item, on) => {
    const question = item.querySelector(":scope > .question");
    const told = question.tagName === "FIELDSET" ? question : document.getElementById(item.id + "-i");
    const ids = (told.getAttribute("aria-describedby") || "").split(" ").filter((one) => one && one !== item.id + "-s");
    if (on) ids.push(item.id + "-s");
    if (ids.length) told.setAttribute("aria-describedby", ids.join(" "));
    else told.removeAttribute("aria-describedby");
  };

  const refresh = (items, cause) => {
    const asked = new Map();
    for (const item of items) {
      const around = item.parentElement.closest(".item");
      const above = !around || (asked.get(around) && (!around.dataset.field || read(around.dataset.field, around.dataset.kind).length > 0));
      const on = Boolean(above) && enabled(item);
      const shown = on || answered(item);
      asked.set(item, on);
      item.hidden = item.disabled = !shown;
      const note = item.dataset.field ? document.getElementById(item.id + "-s") : null;
      if (!note || note.hidden === (on || !answered(item))) continue;
      note.hidden = on || !answered(item);
      describe(item, !note.hidden);
    }
    notify(asked, cause);
  };

  const exclude = (box) => {
    const boxes = inputs(box.name).filter((one) => one.type === "checkbox" && one !== box);
    for (const one of boxes) if (box.checked && ("exclusive" in box.dataset || "exclusive" in one.dataset)) one.checked = false;
  };

  // A time is of the zone of this browser, unless it came with another one: then it keeps that until it is cleared.
  const zones = () => {
    for (const told of form.querySelectorAll("[data-zone]")) {
      const field = document.getElementById(told.id.replace(/n$/, "i"));
      const zone = form.elements[part("z", field.name)];
      const here = () => {
        const known = span(field.value.trim(), "Z");
        const when = known ? new Date(known[0]) : new Date();
        const local = known ? new Date(when.getUTCFullYear(), when.getUTCMonth(), when.getUTCDate(), when.getUTCHours(), when.getUTCMinutes()) : when;
        const minutes = -local.getTimezoneOffset();
        const two = (value) => String(Math.floor(value)).padStart(2, "0");
        return (minutes < 0 ? "-" : "+") + two(Math.abs(minutes) / 60) + ":" + two(Math.abs(minutes) % 60);
      };
      let foreign = /[T ]\S/.test(field.value.trim()) && zone.value.replace("Z", "+00:00") !== here();
      const set = () => {
        if (field.value === "") foreign = false;
        if (!foreign) zone.value = here();
        told.textContent = (foreign ? "UTC" : "your time, UTC") + zone.value.replace("Z", "");
      };
      field.addEventListener("input", set);
      set();
    }
  };

  // What was filled in is kept for this page in the history of this tab alone, so that neither "back" nor a reload loses it. The entry of
  // the history has a name, the storage of the tab has the fields of that name; the page is then asked for again with them.
  const PREFIX = "form:";
  const page = document.querySelector("form[data-keep]");
  const storage = (() => {
    try {
      return window.sessionStorage;
    } catch {
      return null;
    }
  })();
  const entry = (history.state && history.state.form) || "";
  const held = entry && storage ? storage.getItem(entry) : null;

  const again = () => {
    const [go] = held.split("&", 1);
    const carrier = document.createElement("form");
    carrier.method = "post";
    carrier.action = location.pathname;
    for (const [name, value] of [...new URLSearchParams(held.slice(go.length + 1)), ["go", go]]) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      carrier.append(field);
    }
    document.querySelector("main").textContent = "One moment: your answers are being put back.";
    document.body.append(carrier);
    history.replaceState(null, "");
    carrier.submit();
  };

  const keep = () => {
    const name = PREFIX + Date.now() + String(Math.random()).slice(2);
    const save = () => {
      try {
        storage.setItem(name, page.dataset.keep + "&" + new URLSearchParams(new FormData(page)));
        return true;
      } catch {
        return false;
      }
    };
    if ("first" in page.dataset && !entry) for (const key of Object.keys(storage)) if (key.startsWith(PREFIX)) storage.removeItem(key);
    if (!save()) return;
    history.replaceState({ form: name }, "");
    page.addEventListener("input", save);
    window.addEventListener("pagehide", save);
    window.addEventListener("pageshow", (event) => event.persisted && !storage.getItem(name) ? location.reload() : save());
  };

  if (page && held) {
    again();
    return;
  }
  if (form) {
    const items = Array.from(form.querySelectorAll(".item"));
    const gone = entry ? form.querySelector(".lost") : null;
    if (gone) gone.hidden = false;
    let touched = false;
    zones();
    form.addEventListener("input", (event) => {
      touched = true;
      if (event.target.type === "checkbox") exclude(event.target);
      refresh(items, event.target.closest(".item"));
    });
    // What the browser itself puts back counts too, but where what was kept is gone all is.
    const begin = () => {
      if (gone && !touched) form.reset();
      refresh(items, null);
    };
    window.addEventListener("pageshow", begin);
    begin();
  }
  if (page && storage) keep();
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
