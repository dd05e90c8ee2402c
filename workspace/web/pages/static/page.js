// Pages are complete without this file. With it, times are those of the visitor's zone, and an order is taken as soon
// as it is chosen.
"use strict";
document.documentElement.classList.add("scripted");

const parts = new Intl.DateTimeFormat("en", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
const whole = new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "long" });

for (const one of document.querySelectorAll("time[data-shows]")) {
  const moment = new Date(one.dateTime);
  const said = Object.fromEntries(parts.formatToParts(moment).map(({ type, value }) => [type, value]));
  const day = `${said.day} ${said.month} ${said.year}`;
  one.textContent = one.dataset.shows === "day" ? day : `${day}, ${said.hour}:${said.minute}`;
  one.title = whole.format(moment);
}

for (const one of document.querySelectorAll("select[data-sends]")) {
  one.addEventListener("change", () => one.form.requestSubmit());
}
