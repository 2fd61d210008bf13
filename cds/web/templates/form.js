// What the form does at once where scripts run: it shows what the answers ask for, and keeps exclusive answers apart.
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
    const found = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
    return found && found[1] < "24" && found[2] < "60" && !(found[3] > "59") ? found[1] * 3600 + found[2] * 60 + Number(found[3] || 0) : null;
  };
  const span = (text, zone) => {
    const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?)?$/.exec(text);
    if (!found) return null;
    const day = Date.parse(found[1] + "T00:00:00Z");
    if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== found[1]) return null;
    if (!found[2]) return [day, day + DAY - 1];
    const moment = Date.parse(found[1] + "T" + found[2] + (found[3] || ":00") + zone);
    return Number.isNaN(moment) ? null : [moment, moment];
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
      case "date": return /^\d{4}-\d\d-\d\d$/.test(text) ? [{ span: span(text, "Z") }] : [];
      case "moment": return /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?$/.test(text) ? [{ span: span(text, zone) }] : [];
      case "time": return /^\d\d:\d\d(:\d\d)?$/.test(text) ? [{ clock: clock(text) }] : [];
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
      case "date": return value.span && test.wanted ? spans(test.operator, value.span, test.wanted) : false;
      case "time": return value.clock === null ? false : points(test.operator, value.clock, test.wanted);
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
  const judge = (test) => {
    const states = new Set(test.near.map((names) => met(test, names.flatMap((name) => read(name, test.kind)))));
    return states.size === 1 ? [...states][0] : null;
  };
  const conditions = new Map();
  const enabled = (item) => {
    if (!item.dataset.when) return true;
    if (!conditions.has(item)) conditions.set(item, JSON.parse(item.dataset.when));
    const { all, tests } = conditions.get(item);
    const met = tests.map((test) => judge(test) !== false);
    return all ? met.every(Boolean) : met.some(Boolean);
  };

  const answered = (item) => Array.from(item.querySelectorAll("input, select, textarea")).some((one) =>
    one.closest(".item[data-field]").dataset.field && !/^[nuz]/.test(one.name) && one.name.includes(":") && one.type !== "hidden"
    && one.value.trim() !== "" && (!["radio", "checkbox"].includes(one.type) || one.checked));

  const notify = (item, shown, cause) => {
    const notice = item.querySelector(":scope > .stop[data-notice]");
    if (!notice) return;
    const name = notice.dataset.notice;
    const banner = Array.from(document.querySelectorAll("[data-banner]")).find((one) => one.dataset.banner === name);
    if (banner) banner.hidden = !shown;
    const home = item.hidden && shown && cause && !banner;
    if (home) cause.after(item);
  };

  const refresh = (items, cause) => {
    const asked = new Map();
    for (const item of items) {
      const around = item.parentElement.closest(".item");
      const above = !around || (asked.get(around) && (!around.dataset.field || read(around.dataset.field, around.dataset.kind).length > 0));
      const on = Boolean(above) && enabled(item);
      const shown = on || answered(item);
      asked.set(item, on);
      notify(item, shown, cause);
      item.hidden = item.disabled = !shown;
      const note = item.dataset.field ? document.getElementById(item.id + "-s") : null;
      if (!note) continue;
      note.hidden = on || !answered(item);
      const clear = item.querySelector(":scope > .question .clear");
      if (clear && !note.hidden) clear.hidden = false;
    }
  };

  const exclude = (box) => {
    const boxes = inputs(box.name).filter((one) => one.type === "checkbox" && one !== box);
    for (const one of boxes) if (box.checked && ("exclusive" in box.dataset || "exclusive" in one.dataset)) one.checked = false;
  };

  const zones = () => {
    for (const told of document.querySelectorAll("[data-zone]")) {
      const field = told.closest(".item").querySelector("input[type=datetime-local]");
      const zone = form.elements[part("z", field.name)];
      const set = () => {
        const minutes = -new Date(field.value || Date.now()).getTimezoneOffset();
        const two = (value) => String(Math.floor(value)).padStart(2, "0");
        zone.value = (minutes < 0 ? "-" : "+") + two(Math.abs(minutes) / 60) + ":" + two(Math.abs(minutes) % 60);
        told.textContent = "your time (UTC" + zone.value + ")";
      };
      field.addEventListener("input", set);
      set();
    }
  };

  if (form) {
    const items = Array.from(form.querySelectorAll(".item"));
    zones();
    refresh(items, null);
    form.addEventListener("input", (event) => {
      if (event.target.type === "checkbox") exclude(event.target);
      refresh(items, event.target.closest(".item"));
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
